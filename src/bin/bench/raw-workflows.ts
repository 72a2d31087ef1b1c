/** The baseline of the benchmark: what the same server does with a parent, a child per item, and one activity each. */
import {
  ChildWorkflowCancellationType,
  condition,
  ParentClosePolicy,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';

export interface RawActivities {
  work(item: number): Promise<string>;
}

/** One item. */
export async function rawChild(item: number): Promise<string> {
  const { work } = proxyActivities<RawActivities>({ startToCloseTimeout: '1m' });
  return await work(item);
}

/** Carries `count` children through, at most `width` at once. */
export async function rawParent(count: number, width: number): Promise<number> {
  let underWay = 0;
  let done = 0;
  const follow = async (item: number): Promise<void> => {
    const child = await startChild(rawChild, {
      args: [item],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    await child.result();
    underWay -= 1;
    done += 1;
  };
  for (let item = 0; item < count;) {
    while (underWay < width && item < count) {
      underWay += 1;
      void follow(item++);
    }
    const seen = done;
    await condition(() => done > seen);
  }
  await condition(() => done === count);
  return done;
}

import { setMaxListeners } from 'node:events';
import { Context, log } from '@temporalio/activity';
import pLimit from 'p-limit';
import type { ObjectKey, StackObjectRow } from '../db/repositories/stack-types.ts';
import {
  stackObservedSignal,
  stackWorkflowID,
  TASK_QUEUE,
  WORKFLOW_TYPES,
  type ObservedInstance,
} from '../workflows/contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { ownerKey, seenCondition } from './object-conditions.ts';
import type { StackMonitorActivities } from './stack-types.ts';

/** The activity ends after that long, so that its workflow's history tells that it is well. */
const SHIFT_MS = 10 * 60_000;
const PAGE_SIZE = 500;
const AT_ONCE = 20;

/** Looks after the instances of all stacks: one that is not as recorded is reported to its stack's workflow (A85, A86). */
export function createStackMonitorActivities(deps: ActivityDependencies): StackMonitorActivities {
  return {
    watchInstances: ({ everySeconds }) =>
      withHeartbeat(async (signal) => {
        const end = deps.clock() + SHIFT_MS;
        // Each look that is under way listens to it; Node would warn of a leak.
        setMaxListeners(2 * AT_ONCE, signal);
        try {
          do {
            await lookAtAll(deps, signal);
            await Context.current().sleep(everySeconds * 1000);
          } while (deps.clock() < end);
        } catch (error) {
          // A shift may end at any time: the next one begins on another worker, or when this one is back.
          if (!Context.current().cancellationDetails?.workerShutdown) throw error;
        }
      }),
  };
}

async function lookAtAll(deps: ActivityDependencies, signal: AbortSignal): Promise<void> {
  const limit = pLimit(AT_ONCE);
  let after: ObjectKey | undefined;
  for (;;) {
    const rows = await deps.repositories.stackObjects.listPowered(after, PAGE_SIZE);
    const looks = await Promise.allSettled(
      rows.map((row) => limit(async () => ((await differs(deps, row, signal)) ? [row] : []))),
    );
    signal.throwIfAborted();
    tellFailures(looks);
    await report(
      deps,
      looks.flatMap((look) => (look.status === 'fulfilled' ? look.value : [])),
    );
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_SIZE) return;
    after = { stack: last.stack, label: last.label, name: last.name };
  }
}

/** One that can't be looked at must not keep the others from being looked at. */
function tellFailures(looks: PromiseSettledResult<unknown>[]): void {
  const failed = looks.filter((look) => look.status === 'rejected');
  const [first] = failed;
  if (!first) return;
  log.warn('Some instances could not be looked at', {
    instances: failed.length,
    reason: String(first.reason),
  });
}

async function differs(
  deps: ActivityDependencies,
  row: StackObjectRow,
  signal: AbortSignal,
): Promise<boolean> {
  const { objType, name } = row;
  const described = await deps.drivers[objType].describe({ objType, name, owner: ownerKey(row) }, signal);
  return described?.state !== 'pending' && seenCondition(described, row) !== row.condition;
}

/** A workflow that was terminated is started again by the report. */
async function report(deps: ActivityDependencies, rows: StackObjectRow[]): Promise<void> {
  const byStack = new Map<string, ObservedInstance[]>();
  for (const { stack, label, name } of rows) {
    byStack.set(stack, [...(byStack.get(stack) ?? []), { label, name }]);
  }
  for (const [name, observed] of byStack) {
    await deps.temporal.workflow.signalWithStart(WORKFLOW_TYPES.stack, {
      workflowId: stackWorkflowID(name),
      taskQueue: TASK_QUEUE,
      args: [{ name, tuning: deps.tuning }],
      signal: stackObservedSignal,
      signalArgs: [observed],
      staticSummary: `stack ${name}`,
    });
  }
}

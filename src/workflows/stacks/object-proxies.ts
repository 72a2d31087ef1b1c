import { proxyActivities } from '@temporalio/workflow';
import type {
  StackObjectActivities,
  StackProjectionActivities,
} from '../../activities/stacks/object-activity-types.ts';
import type { ObjectType } from '../../domain/stacks/definition.ts';
import { OBJECTS_TASK_QUEUE, type Tuning } from '../contract/engine.ts';
import { localProjectionActivities, UNLESS_REFUSED } from '../projections.ts';
import { heartbeatTimeoutMs, objectTimeoutSeconds } from '../tuning.ts';

/** Short reads and writes of the database. */
export function stackProjection(summary: string): StackProjectionActivities {
  return localProjectionActivities<StackProjectionActivities>(summary);
}

/**
 * Activities on one object; each ends within the timeout for objects, all attempts together. A nested stack has as
 * long as its own objects need, each of which ends within that time.
 */
export function objectActivities(
  tuning: Tuning | undefined,
  objType: ObjectType,
  summary: string,
): StackObjectActivities {
  const limitMs = objectTimeoutSeconds(tuning) * 1000;
  return proxyActivities<StackObjectActivities>({
    taskQueue: OBJECTS_TASK_QUEUE,
    summary,
    ...(objType === 'orchestration' ? { startToCloseTimeout: limitMs } : { scheduleToCloseTimeout: limitMs }),
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    // A stop of what is being created begins when the creation has really ended.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 15_000, ...UNLESS_REFUSED },
  });
}

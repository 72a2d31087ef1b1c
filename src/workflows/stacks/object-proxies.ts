import { ApplicationFailure, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  StackObjectActivities,
  StackProjectionActivities,
} from '../../activities/stacks/object-activity-types.ts';
import { DATABASE_REFUSED } from '../../domain/errors.ts';
import type { ObjectType } from '../../domain/stacks/definition.ts';
import { OBJECTS_TASK_QUEUE, type Tuning } from '../contract/engine.ts';
import { heartbeatTimeoutMs, objectTimeoutSeconds } from '../tuning.ts';

const NOT_REPEATED = { nonRetryableErrorTypes: [DATABASE_REFUSED] };

/**
 * Short reads and writes as local activities, as for orchestrations: a database that is away is waited for, and what it refuses
 * for good fails at once.
 */
export function stackProjection(summary: string): StackProjectionActivities {
  return proxyLocalActivities<StackProjectionActivities>({
    summary,
    startToCloseTimeout: '30s',
    localRetryThreshold: '2s',
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000, ...NOT_REPEATED },
  });
}

/** True for the failure of a short read or write that the database would refuse again. */
export function isStatementRefused(error: unknown): error is ApplicationFailure {
  // A local activity throws its failure as it is.
  return error instanceof ApplicationFailure && error.type === DATABASE_REFUSED;
}

/**
 * Activities on one object; each ends within the timeout for objects, all attempts together. A nested stack has as long as its
 * own objects need, each of which ends within that time.
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
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 15_000, ...NOT_REPEATED },
  });
}

/** Factories of all activities, sorted by task queue. Each takes its dependencies; none keeps state that matters. */
import type { ActivityDependencies } from './dependencies.ts';
import { createOrchestrationActivities } from './orchestration.ts';
import { createProjectionActivities } from './projection.ts';
import { createQueueActivities } from './queue.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createRuntimeLockActivities } from './runtime-lock.ts';
import type {
  OrchestrationActivities,
  ProjectionActivities,
  QueueActivities,
  ReconcileActivities,
} from './types.ts';
import { createUpgradeActivities } from './upgrade.ts';

export type ShortActivities = ProjectionActivities &
  OrchestrationActivities &
  QueueActivities &
  ReconcileActivities;

/** Activities of the main task queue. */
export function createShortActivities(deps: ActivityDependencies): ShortActivities {
  return {
    ...createProjectionActivities(deps),
    ...createOrchestrationActivities(deps),
    ...createRuntimeLockActivities(deps),
    ...createQueueActivities(deps),
    ...createReconcileActivities(deps),
  };
}

export { createUpgradeActivities };
export type { ActivityDependencies };

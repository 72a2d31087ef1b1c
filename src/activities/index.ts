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
import { createStackMonitorActivities } from './stack-monitor.ts';
import { createStackObjectActivities } from './stack-objects.ts';
import { createStackProjectionActivities } from './stack-projection.ts';
import type {
  StackMonitorActivities,
  StackObjectActivities,
  StackProjectionActivities,
} from './stack-types.ts';
import { createUpgradeActivities } from './upgrade.ts';

export type ShortActivities = ProjectionActivities &
  OrchestrationActivities &
  QueueActivities &
  ReconcileActivities &
  StackProjectionActivities;

/** Activities of the main task queue. */
export function createShortActivities(deps: ActivityDependencies): ShortActivities {
  return {
    ...createProjectionActivities(deps),
    ...createOrchestrationActivities(deps),
    ...createRuntimeLockActivities(deps),
    ...createQueueActivities(deps),
    ...createReconcileActivities(deps),
    ...createStackProjectionActivities(deps),
  };
}

/** Activities on the objects of stacks, on their own task queue. */
export function createObjectActivities(
  deps: ActivityDependencies,
): StackObjectActivities & StackMonitorActivities {
  return { ...createStackObjectActivities(deps), ...createStackMonitorActivities(deps) };
}

export { createUpgradeActivities };
export type { ActivityDependencies };

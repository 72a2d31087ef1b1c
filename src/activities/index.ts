/** Factories of all activities, sorted by task queue. Each takes its dependencies; none keeps state that matters. */
import type { ActivityDependencies } from './activity-dependencies.ts';
import { eachWithHeartbeat } from './heartbeat.ts';
import { createFleetActivities } from './upgrades/fleet-reading.ts';
import { createOrchestrationActivities } from './upgrades/planning.ts';
import { createPlanActivities, createPlanProjectionActivities } from './upgrades/plan-making.ts';
import { createPolicyActivities } from './upgrades/policy-asking.ts';
import { createProjectionActivities } from './upgrades/projection.ts';
import { createQueueActivities } from './upgrades/turn-queue.ts';
import { createReconcileActivities } from './reconciliation.ts';
import { createRuntimeLockActivities } from './upgrades/runtime-lock.ts';
import type {
  FleetActivities,
  OrchestrationActivities,
  PlanProjectionActivities,
  PolicyActivities,
  ProjectionActivities,
  QueueActivities,
} from './upgrades/activity-types.ts';
import type { ReconcileActivities } from './reconciliation.ts';
import { createStackMonitorActivities } from './stacks/monitoring.ts';
import { createStackObjectActivities } from './stacks/object-activities.ts';
import { createStackProjectionActivities } from './stacks/recording.ts';
import type { StackProjectionActivities } from './stacks/object-activity-types.ts';
import { createWebhookActivities } from './webhooks/webhook-shift.ts';
import type { WebhookActivities } from './webhooks/webhook-activity-types.ts';
import { createUpgradeActivities } from './upgrades/upgrade-activities.ts';

export type ShortActivities = ProjectionActivities &
  OrchestrationActivities &
  QueueActivities &
  PlanProjectionActivities &
  PolicyActivities &
  FleetActivities &
  ReconcileActivities &
  StackProjectionActivities &
  WebhookActivities;

/** Activities of the main task queue. */
export function createShortActivities(deps: ActivityDependencies): ShortActivities {
  return {
    ...eachWithHeartbeat(createProjectionActivities(deps)),
    ...createOrchestrationActivities(deps),
    ...createRuntimeLockActivities(deps),
    ...createQueueActivities(deps),
    ...eachWithHeartbeat(createPlanProjectionActivities(deps)),
    ...createPolicyActivities(deps),
    ...createFleetActivities(deps),
    ...createReconcileActivities(deps),
    ...createStackProjectionActivities(deps),
    ...createWebhookActivities(deps),
  };
}

/** All activities, by the worker that executes them. */
export interface Activities {
  short: ShortActivities;
  upgrades: ReturnType<typeof createUpgradeActivities>;
  plans: ReturnType<typeof createPlanActivities>;
  objects: ReturnType<typeof createStackObjectActivities>;
  monitor: ReturnType<typeof createStackMonitorActivities>;
}

export function createActivities(deps: ActivityDependencies): Activities {
  return {
    short: createShortActivities(deps),
    upgrades: createUpgradeActivities(deps),
    plans: createPlanActivities(deps),
    objects: createStackObjectActivities(deps),
    monitor: createStackMonitorActivities(deps),
  };
}

export { createPlanActivities, createUpgradeActivities };
export type { ActivityDependencies };

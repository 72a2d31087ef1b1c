/** Shared by both features: task queues, workflow types, search attributes, and values that a run is started with. */

/** Workflows and short activities. */
export const TASK_QUEUE = 'drydock';
/** The long upgrade activities, apart, so that they can never starve the queue or the projection. */
export const UPGRADES_TASK_QUEUE = 'drydock-upgrades';
/** The activities that create and change the objects of stacks, apart for the same reason. */
export const OBJECTS_TASK_QUEUE = 'drydock-objects';
/** The activity that looks after the instances of all stacks: however much happens to objects, its rounds go on. */
export const MONITOR_TASK_QUEUE = 'drydock-monitor';
/** The activity that makes plans to look at: one at a time, since it has a whole fleet in memory. */
export const PLANS_TASK_QUEUE = 'drydock-plans';
/** The Temporal Schedule that runs the reconciler. */
export const RECONCILER_SCHEDULE_ID = 'drydock-reconciler';
/** The Temporal Schedule that has the inventory read. */
export const FLEET_SCHEDULE_ID = 'drydock-fleet';
/** A paused Schedule whose memo names the installation that the namespace belongs to. */
export const INSTALLATION_SCHEDULE_ID = 'drydock-installation';

/** Search attributes, all of type Keyword. */
export const SEARCH_ATTRIBUTES = [
  'OrchestrationState',
  'OrchestrationType',
  'RuntimeID',
  'StackStatus',
] as const;

export const WORKFLOW_TYPES = {
  orchestration: 'orchestrationWorkflow',
  queue: 'queueWorkflow',
  operation: 'operationWorkflow',
  reconcile: 'reconcileWorkflow',
  stack: 'stackWorkflow',
  policyPreview: 'policyPreviewWorkflow',
  rolloutPlan: 'rolloutPlanWorkflow',
  fleet: 'fleetWorkflow',
  stackMonitor: 'stackMonitorWorkflow',
  webhooks: 'webhooksWorkflow',
} as const;

/** Values that change how a run behaves, fixed when the workflow starts so that replay sees the same ones. */
export interface Tuning {
  /** Continue as new after that many history events; only what Temporal suggests when not given. */
  continueAsNewAfterEvents?: number;
  /** Operations read from the plan at once, default 200. */
  pageSize?: number;
  /** Seconds between two looks at detached children, default 120. */
  sweepSeconds?: number;
  /** Seconds an operation may execute, default 10,800 (3 h). */
  operationTimeoutSeconds?: number;
  /** Seconds without a heartbeat after which an activity counts as dead, default 30. */
  heartbeatSeconds?: number;
  /** Attempts at making a plan to look at, default 10, which take some three minutes. */
  planAttempts?: number;
  /** Objects of one stack that are created, changed or destroyed at the same time, default 10. */
  objectsAtOnce?: number;
  /** Seconds that one object may take to be created, changed or destroyed, with all attempts, default 1,800. */
  objectTimeoutSeconds?: number;
  /** Seconds that an object which is to be destroyed may be in use by something else, default 300. */
  inUseSeconds?: number;
  /** Seconds between two looks at the instances of all stacks, default 10. */
  monitorSeconds?: number;
  /** Seconds between two looks for what webhooks are to be told, default 2. */
  webhookSeconds?: number;
  /** Seconds after which the activity that tells webhooks ends, and the next one begins, default 600. */
  webhookShiftSeconds?: number;
  /** Seconds after which an instance that should run, and is not ready, counts as one that does not, default 120. */
  pendingSeconds?: number;
}

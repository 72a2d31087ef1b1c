/** Every workflow, for the worker's bundle. */
export { orchestrationWorkflow } from './upgrades/orchestration-workflow.ts';
export { queueWorkflow } from './upgrades/queue-workflow.ts';
export { operationWorkflow } from './upgrades/operation-workflow.ts';
export { fleetWorkflow } from './upgrades/fleet-workflow.ts';
export { policyPreviewWorkflow } from './upgrades/policy-preview-workflow.ts';
export { rolloutPlanWorkflow } from './upgrades/rollout-plan-workflow.ts';
export { reconcileWorkflow } from './reconcile-workflow.ts';
export { stackWorkflow } from './stacks/life-cycle-workflow.ts';
export { stackMonitorWorkflow } from './stacks/monitor-workflow.ts';
export { webhooksWorkflow } from './webhooks/webhooks-workflow.ts';

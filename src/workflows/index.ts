/** Every workflow, for the worker's bundle. */
export { orchestrationWorkflow } from './orchestration.ts';
export { queueWorkflow } from './queue.ts';
export { operationWorkflow } from './operation.ts';
export { reconcileWorkflow } from './reconcile.ts';
export { stackWorkflow } from './stack.ts';
export { stackMonitorWorkflow } from './stack-monitor.ts';

import {
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { StackStatus } from '../../domain/stacks/statuses.ts';
import {
  STACK_MONITOR_WORKFLOW_ID,
  stackWorkflowID,
  type StackInput,
} from '../../workflows/contract/stacks.ts';
import { TASK_QUEUE, WORKFLOW_TYPES, type Tuning } from '../../workflows/contract/engine.ts';

const STACK_STATUS = defineSearchAttributeKey('StackStatus', 'KEYWORD');

/** The workflow of a stack, and of the monitor, as the client starts them by their type. */
export type StackWorkflow = (input: StackInput) => Promise<void>;
export type StackMonitorWorkflow = (input: { tuning?: Tuning }) => Promise<void>;

type Options<W extends StackWorkflow | StackMonitorWorkflow> = WorkflowStartOptions<W> & {
  workflowIdConflictPolicy: WorkflowIdConflictPolicy;
};

/**
 * How the workflow of a stack is started, whoever does it; one that runs is left as it is. `status` is what the search
 * attribute says until the run has read the database.
 */
export function stackStartOptions(
  name: string,
  tuning: Tuning | undefined,
  status: StackStatus = 'stopped',
): Options<StackWorkflow> {
  return {
    workflowId: stackWorkflowID(name),
    taskQueue: TASK_QUEUE,
    args: [{ name, tuning }],
    // The workflow of a removed stack has ended; a stack added under its name later gets a new one.
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    typedSearchAttributes: [{ key: STACK_STATUS, value: status }],
    staticSummary: `stack ${name}`,
  };
}

/** How the monitor of all stacks is started; one that runs is left as it is. */
export function monitorStartOptions(tuning: Tuning | undefined): Options<StackMonitorWorkflow> {
  return {
    workflowId: STACK_MONITOR_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ tuning }],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: 'looks after the instances of all stacks',
  };
}

/** Makes sure that the monitor of stacks runs. One that runs already is left alone. */
export async function ensureStackMonitor(client: Client, tuning: Tuning | undefined): Promise<void> {
  await client.workflow.start<StackMonitorWorkflow>(WORKFLOW_TYPES.stackMonitor, monitorStartOptions(tuning));
}

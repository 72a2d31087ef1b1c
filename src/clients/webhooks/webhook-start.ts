import { WorkflowIdConflictPolicy, type Client } from '@temporalio/client';
import { TASK_QUEUE, WORKFLOW_TYPES, type Tuning } from '../../workflows/contract/engine.ts';
import { WEBHOOKS_WORKFLOW_ID, type WebhooksInput } from '../../workflows/contract/webhooks.ts';

/** Makes sure that webhooks are told. One that does so already is left alone. */
export async function ensureWebhooks(client: Client, tuning: Tuning | undefined): Promise<void> {
  await client.workflow.start<(input: WebhooksInput) => Promise<void>>(WORKFLOW_TYPES.webhooks, {
    workflowId: WEBHOOKS_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ tuning }],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    staticSummary: 'tells webhooks what happens',
  });
}

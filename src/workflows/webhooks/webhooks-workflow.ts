import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { WebhookActivities } from '../../activities/webhooks/webhook-activity-types.ts';
import type { WebhooksInput } from '../contract/webhooks.ts';
import { heartbeatTimeoutMs } from '../tuning.ts';

/** Shifts in one run. */
const SHIFTS = 100;
const SECONDS = 2;
const SHIFT_SECONDS = 600;

/** Tells webhooks what happens, for ever; there is one. What is to be told, and what came of it, stands in rows: nothing of it is in the history. */
export async function webhooksWorkflow(input: WebhooksInput): Promise<void> {
  const { tuning } = input;
  const { tellWebhooks } = proxyActivities<WebhookActivities>({
    summary: 'tells webhooks what happens',
    startToCloseTimeout: '2h',
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    retry: { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 30_000 },
  });
  for (let shift = 0; shift < SHIFTS; shift += 1) {
    await tellWebhooks({
      everySeconds: tuning?.webhookSeconds ?? SECONDS,
      shiftSeconds: tuning?.webhookShiftSeconds ?? SHIFT_SECONDS,
    });
  }
  await continueAsNew<typeof webhooksWorkflow>(input);
}

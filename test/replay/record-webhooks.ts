/** The history of telling webhooks; recorded by hand as those of record.ts are. */
import { it } from 'vitest';
import { ensureWebhooks } from '../../src/clients/webhooks/webhook-start.ts';
import { WEBHOOKS_WORKFLOW_ID } from '../../src/workflows/contract/webhooks.ts';
import { until } from '../support/environment.ts';
import { Rig } from '../support/rig.ts';
import { record } from './history.ts';

it('records telling webhooks, over the end of a run', async () => {
  const tuning = { webhookSeconds: 0, webhookShiftSeconds: 0 };
  const rig = await Rig.start({ tuning });
  await ensureWebhooks(rig.client, tuning);
  const runs = await until(
    async () => {
      const found = await rig.runs(WEBHOOKS_WORKFLOW_ID);
      return found.length > 1 && found;
    },
    { what: 'the run has continued as a new one' },
  );
  await record(rig, 'webhooks', {
    ...{ workflowID: WEBHOOKS_WORKFLOW_ID, runID: runs[0] },
    path: ['tellWebhooks begins', 'tellWebhooks answers', 'run continues as new'],
  });
});

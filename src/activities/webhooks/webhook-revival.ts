import { describeExecution } from '../../clients/temporal-executions.ts';
import { ensureWebhooks } from '../../clients/webhooks/webhook-start.ts';
import { WEBHOOKS_WORKFLOW_ID } from '../../workflows/contract/webhooks.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'temporal' | 'repositories' | 'tuning'>;

/** Starts the workflow that tells webhooks, when it is missing and there is somebody to be told. False when it runs, or nobody misses it. */
export async function reviveWebhooks({ temporal, repositories, tuning }: Deps): Promise<boolean> {
  if ((await repositories.webhooks.enabled()).length === 0) return false;
  if ((await describeExecution(temporal, WEBHOOKS_WORKFLOW_ID))?.running) return false;
  await ensureWebhooks(temporal, tuning);
  return true;
}

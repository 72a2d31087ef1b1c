/** Telling webhooks: what starts it, and the one ID that it has. */
import type { Tuning } from './engine.ts';

/** The one workflow that tells webhooks what happens. */
export const WEBHOOKS_WORKFLOW_ID = 'webhooks';

export interface WebhooksInput {
  tuning?: Tuning;
}

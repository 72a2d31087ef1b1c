import type { WebhookDeed } from '../../../domain/webhooks/deed-reasons.ts';
import type { Statements } from '../../connection.ts';
import { webhookChanges } from '../../schema/index.ts';
import type { DoneBy } from './webhook-repository.ts';

/** Logs a deed in the transaction that does it. Nothing for what has changed nothing. */
export async function logDeed(
  tx: Statements,
  { id, description }: { id: string; description: string },
  deed: WebhookDeed | undefined,
  { actor, now }: DoneBy,
): Promise<void> {
  if (deed) await tx.insert(webhookChanges).values({ webhookID: id, description, at: now, actor, ...deed });
}

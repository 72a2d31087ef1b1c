import { bigint, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { WebhookDeedKind } from '../../../domain/webhooks/deed-reasons.ts';
import { instant } from '../instant.ts';
import { streamPlace } from '../stream-place.ts';

/** Append-only: what was done to webhooks, without URLs and secrets. It stays when a webhook is removed. */
export const webhookChanges = pgTable(
  'webhook_changes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    webhookID: uuid('webhook_id').notNull(),
    /** Of the webhook, as it was from then on: an ID alone says nothing when the webhook is gone. */
    description: text('description').notNull(),
    at: instant('at').notNull(),
    /** Subject of a token, or `drydock`. */
    actor: text('actor').notNull(),
    kind: text('kind').$type<WebhookDeedKind>().notNull(),
    reason: text('reason').notNull(),
    tx: streamPlace(),
  },
  (t) => [
    // With the actor, so that deeds of people are counted without reading the rows.
    index('webhook_changes_time').on(t.at, t.id, t.actor),
    index('webhook_changes_stream').on(t.tx, t.id),
  ],
);

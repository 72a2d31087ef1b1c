import { sql } from 'drizzle-orm';
import { boolean, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { WebhookEventType } from '../../../domain/webhooks/event-types.ts';
import { instant } from '../instant.ts';
import { streamPlace } from '../stream-place.ts';

/** Receivers that are told what happens. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    /** May hold a secret of the receiver's in its path: shown to administrators alone, and never logged. */
    url: text('url').notNull(),
    description: text('description').notNull(),
    /** Empty for all but those that are told only when they are named. */
    events: jsonb('events').$type<WebhookEventType[]>().notNull(),
    /** `whsec_…`, as it was sent; never answered. */
    secret: text('secret').notNull(),
    /** The one before it, which signs, too, until then; null when there is none any more. */
    earlierSecret: text('earlier_secret'),
    earlierUntil: instant('earlier_until'),
    isEnabled: boolean('is_enabled').notNull(),
    /** Why it is disabled, and by whom; null while it is enabled. */
    disabledReason: text('disabled_reason'),
    disabledBy: text('disabled_by'),
    createdBy: text('created_by').notNull(),
    /** Of the request that has added it, with its SHA-256, hex: the same one again adds nothing. */
    idempotencyKey: text('idempotency_key'),
    requestHash: text('request_hash'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Where the event stream stood when it was enabled last: it is told what was logged from then on. */
    tx: streamPlace(),
  },
  (t) => [
    uniqueIndex('webhooks_idempotency')
      .on(t.createdBy, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);
export type WebhookRow = typeof webhooks.$inferSelect;

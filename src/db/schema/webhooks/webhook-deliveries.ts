import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { WebhookEventType } from '../../../domain/webhooks/event-types.ts';
import type { DeliveryState } from '../../../domain/webhooks/delivery-states.ts';
import { instant } from '../instant.ts';
import { webhooks } from './webhook.ts';

/** Each event that a webhook is told, and what came of it; kept for 30 days. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Order of writing. */
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    webhookID: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    eventID: uuid('event_id').notNull(),
    type: text('type').$type<WebhookEventType>().notNull(),
    /** The body of the request. */
    body: text('body').notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    /** Attempts that have ended, since it was asked for last. */
    attempts: integer('attempts').notNull().default(0),
    /** When the next attempt is due; null when there is none. */
    nextAt: instant('next_at'),
    /** While an attempt is under way, when its process counts as dead: nobody else sends it before. */
    sendingUntil: instant('sending_until'),
    /** When the last attempt ended; null before the first one. */
    attemptedAt: instant('attempted_at'),
    /** HTTP status of the last answer; null when there was none. */
    answerStatus: integer('answer_status'),
    /** The beginning of the last answer, or why there was none; null before the first attempt. */
    answer: text('answer'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_event').on(t.webhookID, t.eventID),
    index('webhook_deliveries_due')
      .on(t.webhookID, t.nextAt, t.seq)
      .where(sql`${t.state} = 'pending'`),
    index('webhook_deliveries_newest').on(t.webhookID, t.seq),
    index('webhook_deliveries_created').on(t.createdAt),
  ],
);
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect;

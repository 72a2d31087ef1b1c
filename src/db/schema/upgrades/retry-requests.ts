import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '../instant.ts';
import { orchestrations } from './orchestrations.ts';

/** One row per retry that was asked for under an idempotency key, to be answered again: kept as long as its orchestration. */
export const retryRequests = pgTable(
  'retry_requests',
  {
    /** UUIDv5 of caller, orchestration and key. */
    id: uuid('id').primaryKey(),
    orchestrationID: uuid('orchestration_id')
      .notNull()
      .references(() => orchestrations.id, { onDelete: 'cascade' }),
    /** SHA-256, hex, of the operation IDs that were named. */
    requestHash: text('request_hash').notNull(),
    /** Operations that the answer names as retried, in order of position. */
    retried: uuid('retried').array().notNull(),
    /** Those that it left out, because their runtime has a newer operation. */
    old: uuid('old').array().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('retry_requests_orchestration').on(t.orchestrationID)],
);

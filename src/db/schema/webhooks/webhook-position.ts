import { sql } from 'drizzle-orm';
import { bigint, boolean, check, pgTable, text } from 'drizzle-orm/pg-core';
import type { Source } from '../../../domain/event-stream/position.ts';
import { instant } from '../instant.ts';

/** One row: how far the logs were read for webhooks. None before the first webhook. */
export const webhookPosition = pgTable(
  'webhook_position',
  {
    only: boolean('only').primaryKey().default(true),
    tx: text('tx').notNull(),
    source: text('source').$type<Source>().notNull(),
    id: bigint('id', { mode: 'number' }).notNull(),
    /** Null before the first row of all. */
    at: instant('at'),
  },
  (t) => [check('webhook_position_only', sql`${t.only}`)],
);

import { boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from '../instant.ts';
import { streamPlace } from '../stream-place.ts';

/** Each pause of everything, and each resume after one; the highest revision holds. Append-only: it is the log of them, too. */
export const queueControl = pgTable(
  'queue_control',
  {
    /** From 1, without gaps. */
    revision: integer('revision').primaryKey(),
    isPaused: boolean('is_paused').notNull(),
    /** Subject of a token. */
    changedBy: text('changed_by').notNull(),
    /** In their words; may be empty. */
    reason: text('reason').notNull(),
    changedAt: instant('changed_at').notNull(),
    tx: streamPlace(),
  },
  (t) => [index('queue_control_stream').on(t.tx, t.revision)],
);
export type QueueControlRow = Omit<typeof queueControl.$inferSelect, 'tx'>;

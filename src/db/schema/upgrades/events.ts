import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from '../instant.ts';
import { OF_PEOPLE } from '../of-people.ts';
import { streamPlace } from '../stream-place.ts';

/** True of the event by which an orchestration was canceled: by a request, its budget, or the answer to a question. */
export const IS_CANCEL = sql`operation_id is null and (kind = 'state' and to_state = 'canceling' or kind = 'rejected')`;

/** True of an event that is about the orchestration itself, and about none of its operations. */
export const IS_OWN = sql`operation_id is null`;

/** Append-only: every change of a state and every request that changed something. Who, when, what, why. */
export const events = pgTable(
  'events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    orchestrationID: uuid('orchestration_id').notNull(),
    operationID: uuid('operation_id'),
    /** The number of the wave that it is about; null for what is about no wave, or about an operation. */
    wave: integer('wave'),
    at: instant('at').notNull(),
    /** Subject of a token, or `drydock`. */
    actor: text('actor').notNull(),
    /** `created`, `planned`, `plan-changed`, `state`, `rescheduled`, `deferred`, `paused`, `resumed`, `retried`, `workers`, `front`, `skipped`, `wave`, `approved`, `rejected`. */
    kind: text('kind').notNull(),
    /** Phases for a move of a wave. */
    fromState: text('from_state'),
    toState: text('to_state'),
    reason: text('reason').notNull(),
    tx: streamPlace(),
  },
  (t) => [
    index('events_orchestration').on(t.orchestrationID, t.id),
    // A few of the hundreds of thousands that an orchestration has.
    index('events_own').on(t.orchestrationID, t.id).where(IS_OWN),
    index('events_operation')
      .on(t.operationID, t.id)
      .where(sql`${t.operationID} is not null`),
    index('events_stream').on(t.tx, t.id),
    index('events_cancels').on(t.orchestrationID, t.id).where(IS_CANCEL),
    index('events_of_people').on(t.at, t.id).where(OF_PEOPLE.upgrades),
    // Rows are written in the order of their times, nearly: what happened in a night stands in a few pages, and a row costs next to nothing.
    index('events_time').using('brin', t.at).with({ pages_per_range: 32, autosummarize: true }),
  ],
);
export type EventRow = Omit<typeof events.$inferSelect, 'tx'>;

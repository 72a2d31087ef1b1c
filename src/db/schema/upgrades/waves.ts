import {
  boolean,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { WaveApproval } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { WavePhase } from '../../../domain/upgrades/wave-phases.ts';
import { instant } from '../instant.ts';
import { orchestrations } from './orchestrations.ts';

/** Waves of orchestrations, in their order, written with the plan; the last one is the rest. There are none without waves in the request. */
export const waves = pgTable(
  'waves',
  {
    orchestrationID: uuid('orchestration_id')
      .notNull()
      .references(() => orchestrations.id, { onDelete: 'cascade' }),
    /** From 0. */
    number: integer('number').notNull(),
    name: text('name').notNull(),
    /** Operations that were planned for it. */
    size: integer('size').notNull(),
    /** At most so many of it at once; null for as many as the orchestration may have. */
    workers: integer('workers'),
    /** Fractions are seconds. */
    soakMinutes: doublePrecision('soak_minutes').notNull(),
    approval: jsonb('approval').$type<WaveApproval>(),
    /** Failures of it that are too many from one more on; null without a budget for each wave. */
    budgetMax: integer('budget_max'),
    phase: text('phase').$type<WavePhase>().notNull(),
    /** The number of the question that was asked last, which counts up over the whole orchestration; null before. */
    question: integer('question'),
    askedAt: instant('asked_at'),
    expiresAt: instant('expires_at'),
    /** Subject of the one who has approved the question that stands, and their words; null while nobody has. */
    approvedBy: text('approved_by'),
    approvedAt: instant('approved_at'),
    approvalReason: text('approval_reason'),
    /** Somebody has resumed it although nothing of it had succeeded. */
    isWaived: boolean('is_waived').notNull().default(false),
    soakUntil: instant('soak_until'),
    /** The position up to which its runtimes were looked at, −1 to begin with; null before it is looked at, and without that. */
    lookedTo: integer('looked_to'),
    /** When those of which the look could not tell are read again, and nobody else; null on its first way through the wave. */
    looksAgainAt: instant('looks_again_at'),
    /** The runtimes that are not healthy by then are unhealthy; null like that. */
    looksUntil: instant('looks_until'),
    /** The reason why the look does not get on, a sentence; null while it does. */
    lookWaits: text('look_waits'),
    /** Of the control of everything, when it moved last: what was seen of it, and asked, before a later change is old. */
    queueRevision: integer('queue_revision').notNull().default(0),
    /** When its operations could begin, and when it passed. */
    openedAt: instant('opened_at'),
    passedAt: instant('passed_at'),
  },
  (t) => [primaryKey({ columns: [t.orchestrationID, t.number] })],
);
export type WaveRow = typeof waves.$inferSelect;

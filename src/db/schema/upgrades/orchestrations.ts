import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgSequence, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../domain/upgrades/orchestration-parameters.ts';
import type { Estimate } from '../../../domain/upgrades/estimate.ts';
import type { Pause } from '../../../domain/upgrades/rollout-control.ts';
import type { PlanChanges } from '../../../domain/upgrades/plan-comparison.ts';
import type { ExclusionReason } from '../../../domain/upgrades/runtime.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import { instant } from '../instant.ts';

/** Places at the front of lanes: each is lower than all before. */
export const orchestrationRanks = pgSequence('orchestration_ranks', {
  increment: -1,
  startWith: -1,
  maxValue: -1,
  minValue: '-9223372036854775808',
});

/** A way through the operations that wait. */
export interface FreezesWalk {
  /** Of the maintenance policy. */
  version: number;
  /** The last position that was gone through; −1 before the first one. */
  position: number;
}

/** One row per orchestration. It is written before its workflow is started, which then writes how it goes. */
export const orchestrations = pgTable(
  'orchestrations',
  {
    id: uuid('id').primaryKey(),
    /** Order of writing; breaks ties between equal creation times. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    type: text('type').$type<OrchestrationType>().notNull(),
    state: text('state').$type<OrchestrationState>().notNull(),
    description: text('description').notNull(),
    parameters: jsonb('parameters').$type<OrchestrationParameters>().notNull(),
    createdBy: text('created_by').notNull(),
    /** Why it was created, in the words of who did; may be empty. */
    reason: text('reason').notNull().default(''),
    /** The ID comes from it and the creator, where there is one. */
    idempotencyKey: text('idempotency_key'),
    requestHash: text('request_hash'),
    /** Operations in the plan; null until the plan is complete. */
    plannedCount: integer('planned_count'),
    /** Shoots left out while planning, how many for each reason. Which ones, say rows of their own. */
    excluded: jsonb('excluded').$type<{ counts: Partial<Record<ExclusionReason, number>> }>(),
    /** Version of the maintenance policy that it was planned with, whose rules it keeps; 0 for none. Null until the plan is complete. */
    policyVersion: integer('policy_version'),
    /** Version of the maintenance policy whose freezes and opt-outs its operations heed. Null until the plan is complete. */
    freezesVersion: integer('freezes_version'),
    /** How far its operations have been gone through for a newer version; null when they are not. */
    freezesWalk: jsonb('freezes_walk').$type<FreezesWalk>(),
    /** Operations without a window that begins before then are given up. Null until the plan is complete. */
    windowsUntil: instant('windows_until'),
    /** The kept plan that it was created with. Once it has a plan of its own, that one may be gone. */
    planID: uuid('plan_id'),
    /** How its own plan differs from that one; null when it does not. */
    planChanges: jsonb('plan_changes').$type<PlanChanges>(),
    /** When it will have ended, as it was worked out last; null before that. */
    estimate: jsonb('estimate').$type<Estimate>(),
    /** Why nothing of it may begin; empty while it may. */
    pauses: jsonb('pauses').$type<Pause[]>().notNull().default([]),
    /** At most so many operations at once, as a command said; null for what the request said. */
    workers: integer('workers'),
    /** Failures that are too many from one more on; null without a budget, or with one for each wave. */
    budgetMax: integer('budget_max'),
    /** Grows by one with every change of what is wanted of it. */
    revision: integer('revision').notNull().default(0),
    /** The last revision that its workflow has read. */
    observedRevision: integer('observed_revision').notNull().default(0),
    /** The last revision of the control of everything that its workflow has read. */
    observedQueueRevision: integer('observed_queue_revision').notNull().default(0),
    /** The last revision of which its workflow was told; above what it has read, a word is on its way to it. */
    toldRevision: integer('told_revision').notNull().default(0),
    /** Likewise, of the control of everything. */
    toldQueueRevision: integer('told_queue_revision').notNull().default(0),
    /** The last command by signal that was carried out: the first run of its chain of runs, and its number in it. */
    commandChain: text('command_chain'),
    commandNumber: integer('command_number'),
    createdAt: instant('created_at').notNull(),
    /** The lane in which it waits and works: as the request said, or the first one that was set then. */
    lane: text('lane').notNull(),
    /** Turns of a lane are given to the lowest first: 0, or below that for what was moved to the front, the lower the later. */
    rank: bigint('rank', { mode: 'number' }).notNull().default(0),
    /** Since when it waits for a turn, for the first time or after a retry: turns are given in this order to those of the same rank. */
    queuedAt: instant('queued_at').notNull(),
    /** Since when it has had the turn; null before the first one. */
    turnAt: instant('turn_at'),
    /**
     * Since when its workflow is to be started, or told of a retry, by whoever comes by; null once that has begun, or has looked, and after the end.
     */
    lookAt: instant('look_at'),
    updatedAt: instant('updated_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    index('orchestrations_newest').on(t.createdAt.desc().nullsFirst(), t.seq.desc().nullsFirst()),
    index('orchestrations_state').on(t.state, t.createdAt.desc().nullsFirst(), t.seq.desc().nullsFirst()),
    // Those that may have ended with failures.
    index('orchestrations_unsuccessful')
      .on(t.finishedAt)
      .where(sql`${t.state} in ('failed', 'canceled')`),
    index('orchestrations_line')
      .on(t.lane, t.rank, t.queuedAt, t.seq)
      .where(sql`${t.state} in ('pending', 'retrying', 'in progress')`),
    index('orchestrations_unobserved')
      .on(t.id)
      .where(sql`${t.revision} <> ${t.observedRevision}`),
    index('orchestrations_unplanned')
      .on(t.planID)
      .where(sql`${t.planID} is not null and ${t.plannedCount} is null`),
    index('orchestrations_look')
      .on(t.lookAt)
      .where(sql`${t.lookAt} is not null`),
  ],
);
export type OrchestrationRow = typeof orchestrations.$inferSelect;

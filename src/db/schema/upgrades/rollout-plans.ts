import { bigint, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../domain/upgrades/orchestration-parameters.ts';
import type { RolloutSummary } from '../../../domain/upgrades/rollout-summary.ts';
import { instant } from '../instant.ts';

export type RolloutPlanState = 'making' | 'made' | 'failed';

/** One row per plan that somebody has asked for to look at. Of those, the newest are kept. */
export const rolloutPlans = pgTable(
  'rollout_plans',
  {
    id: uuid('id').primaryKey(),
    /** Order of writing; breaks ties between equal creation times. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    type: text('type').$type<OrchestrationType>().notNull(),
    parameters: jsonb('parameters').$type<OrchestrationParameters>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at').notNull(),
    state: text('state').$type<RolloutPlanState>().notNull(),
    /** Why there is none, of one that has failed. */
    failure: text('failure'),
    /** When the fleet was planned. Like all that follows null until it is made. */
    madeAt: instant('made_at'),
    /** SHA-256, hex, of request, rules and what would happen to whom; no instants. */
    planHash: text('plan_hash'),
    /** SHA-256, hex, of the rules of the maintenance policy alone. */
    rulesHash: text('rules_hash'),
    /** Version of the maintenance policy; 0 for none. */
    policyVersion: integer('policy_version'),
    windowsUntil: instant('windows_until'),
    summary: jsonb('summary').$type<RolloutSummary>(),
  },
  (t) => [
    index('rollout_plans_newest').on(t.createdAt.desc().nullsFirst(), t.seq.desc().nullsFirst()),
    index('rollout_plans_hash').on(t.planHash),
  ],
);
export type RolloutPlanRow = typeof rolloutPlans.$inferSelect;

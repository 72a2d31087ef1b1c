import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../domain/upgrades/orchestration-parameters.ts';
import type { ExcludedShoot } from '../../../domain/upgrades/runtime.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import { instant } from '../instant.ts';

/** One row per orchestration: a projection of its workflow. */
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
    idempotencyKey: text('idempotency_key'),
    requestHash: text('request_hash'),
    /** Operations in the plan; null until the plan is complete. */
    plannedCount: integer('planned_count'),
    /** Shoots left out while planning: how many for each reason, and the first 100 by name. */
    excluded: jsonb('excluded').$type<{ counts: Record<string, number>; sample: ExcludedShoot[] }>(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    index('orchestrations_newest').on(t.createdAt.desc().nullsFirst(), t.seq.desc().nullsFirst()),
    index('orchestrations_state').on(t.state, t.createdAt.desc().nullsFirst(), t.seq.desc().nullsFirst()),
    uniqueIndex('orchestrations_idempotency')
      .on(t.createdBy, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);
export type OrchestrationRow = typeof orchestrations.$inferSelect;

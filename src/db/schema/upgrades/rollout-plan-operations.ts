import { integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { WindowSource } from '../../../domain/upgrades/maintenance-policy.ts';
import type { Runtime } from '../../../domain/upgrades/runtime.ts';
import { instant } from '../instant.ts';
import { rolloutPlans } from './rollout-plans.ts';

/** One row per operation that an orchestration with the request of the plan would have. */
export const rolloutPlanOperations = pgTable(
  'rollout_plan_operations',
  {
    planID: uuid('plan_id')
      .notNull()
      .references(() => rolloutPlans.id, { onDelete: 'cascade' }),
    /** Place in the inventory's order, from 0, without gaps. */
    position: integer('position').notNull(),
    runtimeID: text('runtime_id').notNull(),
    runtime: jsonb('runtime').$type<Runtime>().notNull(),
    /** The next window as of when the plan was made; null for what begins at once, like latest start and source. */
    windowBegin: instant('window_begin'),
    windowEnd: instant('window_end'),
    latestStart: instant('latest_start'),
    source: jsonb('source').$type<WindowSource>(),
    /** The definition of the window as canonical text; empty for what begins at once. */
    definition: text('definition').notNull(),
    /** From 0; 0 for a request without waves. */
    wave: integer('wave').notNull(),
    /** When it would begin and end, by the projection; null without any. */
    projectedBegin: instant('projected_begin'),
    projectedEnd: instant('projected_end'),
  },
  (t) => [
    primaryKey({ columns: [t.planID, t.position] }),
    uniqueIndex('rollout_plan_operations_runtime').on(t.planID, t.runtimeID),
  ],
);
export type RolloutPlanOperationRow = typeof rolloutPlanOperations.$inferSelect;

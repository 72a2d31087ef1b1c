import { jsonb, pgTable, uuid } from 'drizzle-orm/pg-core';
import type { EndedBy } from '../../../domain/upgrades/burn-up.ts';
import { orchestrations } from './orchestrations.ts';

/** When operations were to end as the first estimate had it, which later ones do not change. */
export const plannedEnds = pgTable('planned_ends', {
  orchestrationID: uuid('orchestration_id')
    .primaryKey()
    .references(() => orchestrations.id, { onDelete: 'cascade' }),
  line: jsonb('line').$type<EndedBy[]>().notNull(),
});

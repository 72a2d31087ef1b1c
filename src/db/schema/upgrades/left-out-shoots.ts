import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { ExclusionReason } from '../../../domain/upgrades/runtime.ts';

/** Shoots that planning has left out, with the reason. They stay as long as their owner. */
export const leftOutShoots = pgTable(
  'left_out_shoots',
  {
    /** An orchestration, or a plan that was made to look at. */
    ownerID: uuid('owner_id').notNull(),
    /** From 0, without gaps. */
    position: integer('position').notNull(),
    shootName: text('shoot_name').notNull(),
    /** Null where the Shoot carries none. */
    runtimeID: text('runtime_id'),
    reason: text('reason').$type<ExclusionReason>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.ownerID, t.position] }),
    index('left_out_shoots_runtime').on(t.ownerID, t.runtimeID),
  ],
);
export type LeftOutShootRow = typeof leftOutShoots.$inferSelect;

import { pgTable, text, uuid } from 'drizzle-orm/pg-core';

/** The runtimes of the inventory that a request did not ask for: one row per orchestration and per plan that was made to look at. */
export const unselectedRuntimes = pgTable('unselected_runtimes', {
  ownerID: uuid('owner_id').primaryKey(),
  runtimeIDs: text('runtime_ids').array().notNull(),
});

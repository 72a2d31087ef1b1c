import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { ShootStanding } from '../../../domain/upgrades/inventory-shoot.ts';
import type { DailyWindow, ExclusionReason } from '../../../domain/upgrades/runtime.ts';
import { instant } from '../instant.ts';

/**
 * The Shoots of the inventory as they were read last, one row each. A row is written when something of its Shoot has changed, so that
 * a read that finds all as it was writes none.
 */
export const runtimes = pgTable(
  'runtimes',
  {
    shootName: text('shoot_name').primaryKey(),
    /** Null where the Shoot carries none that can be looked for. Several Shoots may carry the same one. */
    runtimeID: text('runtime_id'),
    globalAccountID: text('global_account_id').notNull(),
    subAccountID: text('sub_account_id').notNull(),
    instanceID: text('instance_id').notNull(),
    servicePlanID: text('service_plan_id').notNull(),
    servicePlanName: text('service_plan_name').notNull(),
    region: text('region').notNull(),
    provider: text('provider').notNull(),
    kubernetesVersion: text('kubernetes_version').notNull(),
    machineType: text('machine_type').notNull(),
    machineImage: text('machine_image').notNull(),
    machineImageVersion: text('machine_image_version').notNull(),
    /** Null where it is missing or unreadable. */
    dailyWindow: jsonb('daily_window').$type<DailyWindow>(),
    /** Why it takes no part in upgrades; null for one that does. */
    leftOut: text('left_out').$type<ExclusionReason>(),
    standing: text('standing').$type<ShootStanding>().notNull(),
    /** Of the Shoot; where that does not say, when it was read first. */
    createdAt: instant('created_at').notNull(),
    deletingSince: instant('deleting_since'),
    /** When the row was written last. */
    changedAt: instant('changed_at').notNull(),
    /** When a read has not found it any more; null while it is there. */
    removedAt: instant('removed_at'),
  },
  (t) => [
    // The runtimes of a list without a state, in its order.
    index('runtimes_listed')
      .on(t.createdAt, t.shootName)
      .where(sql`${t.removedAt} is null and ${t.standing} not in ('suspended', 'stray')`),
    index('runtimes_runtime').on(t.runtimeID),
    index('runtimes_instance').on(t.instanceID),
    index('runtimes_sub_account').on(t.subAccountID),
    index('runtimes_global_account').on(t.globalAccountID),
    index('runtimes_removed')
      .on(t.removedAt)
      .where(sql`${t.removedAt} is not null`),
  ],
);
export type RuntimeRow = typeof runtimes.$inferSelect;

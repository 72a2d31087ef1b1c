import { index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { MaintenancePolicy } from '../../../domain/upgrades/maintenance-policy.ts';
import { instant } from '../instant.ts';
import { streamPlace } from '../stream-place.ts';

/** Every version of the maintenance policy; the highest one holds. Append-only. */
export const maintenancePolicies = pgTable(
  'maintenance_policies',
  {
    /** From 1, without gaps. */
    version: integer('version').primaryKey(),
    /** The first version since which freezes and opt-outs are the same as in this one; 0 for none at all, as before any version. */
    freezesSince: integer('freezes_since').notNull(),
    policy: jsonb('policy').$type<MaintenancePolicy>().notNull(),
    /** Subject of a token, or `drydock`. */
    changedBy: text('changed_by').notNull(),
    /** In the words of who changed it; may be empty. */
    reason: text('reason').notNull(),
    changedAt: instant('changed_at').notNull(),
    tx: streamPlace(),
  },
  (t) => [index('maintenance_policies_stream').on(t.tx, t.version)],
);
export type MaintenancePolicyRow = Omit<typeof maintenancePolicies.$inferSelect, 'tx'>;

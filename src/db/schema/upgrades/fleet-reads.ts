import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import type { FleetOutlook } from '../../../domain/upgrades/fleet-outlook.ts';
import { instant } from '../instant.ts';

/** One row: how reading the inventory stands. */
export const fleetReads = pgTable(
  'fleet_reads',
  {
    only: boolean('only').primaryKey().default(true),
    /** The number of the read that has begun last, from 1. Only that one may write. */
    reading: integer('reading').notNull(),
    begunAt: instant('begun_at').notNull(),
    /** When the last read began that came to its end: what the rows say is not older than that. Null before the first one. */
    asOf: instant('as_of'),
    /** When that one ended. */
    endedAt: instant('ended_at'),
    /** Its findings about the fleet as a whole. */
    outlook: jsonb('outlook').$type<FleetOutlook>(),
    /** When a read failed last, and why; null when the last one did not. */
    failedAt: instant('failed_at'),
    failure: text('failure'),
  },
  (t) => [check('fleet_reads_only', sql`${t.only}`)],
);
export type FleetReadRow = typeof fleetReads.$inferSelect;

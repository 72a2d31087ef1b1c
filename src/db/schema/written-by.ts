import { sql } from 'drizzle-orm';
import { customType } from 'drizzle-orm/pg-core';

const transactionID = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });

/**
 * ID of the transaction that has written the row, a decimal number. Identities are drawn before the commit: a reader that goes by them passes over
 * rows that are committed late. Rows by transaction, read up to the oldest one that is still under way, are complete (ADR 72).
 */
export function writtenBy() {
  return transactionID('tx')
    .notNull()
    .default(sql`pg_current_xact_id()`);
}

import { getTableColumns, sql } from 'drizzle-orm';
import { customType, type PgTable } from 'drizzle-orm/pg-core';

const transactionID = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });

/**
 * Where the row stands in the event stream: the ID of the transaction that has written it, or a greater one that had ended by then. Identities are drawn
 * before the commit: a reader that goes by them passes over rows that are committed late. Rows by this column, read below the oldest
 * transaction that is under way, are complete, and whatever was committed before a row was written comes before it (ADR 72).
 */
export function streamPlace() {
  return transactionID('tx')
    .notNull()
    .default(sql`stream_place()`);
}

/** A row of a log without its place in the stream. */
export function withoutPlace<T extends { tx: unknown }>({ tx: _tx, ...row }: T): Omit<T, 'tx'> {
  return row;
}

/** The columns of a log that mean something to others than the stream. */
export function columnsOfLog<T extends PgTable & { tx: unknown }>(table: T): Omit<T['_']['columns'], 'tx'> {
  const { tx: _tx, ...columns } = getTableColumns(table);
  return columns;
}

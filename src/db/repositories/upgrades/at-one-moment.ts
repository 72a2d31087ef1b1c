import { sql } from 'drizzle-orm';
import type { Database, Statements } from '../../connection.ts';

/** Nobody waits for longer, and a statement that went on would keep its connection from others. */
const STATEMENT_LIMIT_MS = 5_000;

/**
 * Runs reads that see the database as it was at one moment. Throws UnavailableError('database') when one of them takes longer than the limit, by default
 * five seconds; then it has ended there, too.
 */
export async function atOneMoment<T>(
  database: Database,
  read: (tx: Statements) => Promise<T>,
  statementLimitMs = STATEMENT_LIMIT_MS,
): Promise<T> {
  return await database.run((db) =>
    db.transaction(
      async (tx) => {
        await tx.execute(sql.raw(`set local statement_timeout = ${statementLimitMs}`));
        return await read(tx);
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    ),
  );
}

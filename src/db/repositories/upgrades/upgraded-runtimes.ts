/** Runtimes by what upgrades have done to them last. Dry runs have done nothing. */
import { sql } from 'drizzle-orm';
import type { Statements } from '../../connection.ts';

/** IDs of runtimes; the two may overlap, and who is in the first then counts as upgrading. */
export interface UpgradedRuntimes {
  upgrading: string[];
  /** The last upgrade that was begun has failed. */
  failing: string[];
}

/** Read from the partial index of what executes. */
export async function readUpgrading(tx: Statements): Promise<string[]> {
  const rows = await tx.execute<{ runtime_id: string }>(
    sql`select o.runtime_id from operations o where o.state = 'in progress' and not o.dry_run`,
  );
  return rows.map(({ runtime_id: runtimeID }) => runtimeID);
}

/**
 * Read from the partial index of what has failed, each with one look at what was done to its runtime since: its cost grows with failures,
 * not with the history. A join would read all of that (400 ms for 500,000 operations).
 */
export async function readFailing(tx: Statements): Promise<string[]> {
  const rows = await tx.execute<{ runtime_id: string }>(sql`
    select o.runtime_id from operations o
    where o.state in ('failed', 'retrying') and not o.dry_run and o.id = (
      select n.id from operations n
      where n.runtime_id = o.runtime_id and not n.dry_run and n.state in ('in progress', 'retrying', 'succeeded', 'failed')
      order by n.created_at desc, n.id desc limit 1
    )`);
  return rows.map(({ runtime_id: runtimeID }) => runtimeID);
}

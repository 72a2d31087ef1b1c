/** Runtimes by what upgrades have done to them last. Dry runs have done nothing. */
import { sql } from 'drizzle-orm';
import type { Statements } from '../../connection.ts';
import { ERROR_LIST, SILENT_LIST } from '../../schema/upgrades/state-lists.ts';

/** IDs of runtimes; the two may overlap, and who is in the first then counts as upgrading. */
export interface UpgradedRuntimes {
  upgrading: string[];
  /** Of the upgrades that have done something the one that was created last has failed. */
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
 * Read from the partial index of what has failed, with one look for each runtime that ever has: the cost grows with these, not with the history of
 * each. A join would read all of that (400 ms for 500,000 operations).
 */
export async function readFailing(tx: Statements): Promise<string[]> {
  const rows = await tx.execute<{ runtime_id: string }>(sql`
    select f.runtime_id
    from (select distinct o.runtime_id from operations o where o.state in ${ERROR_LIST} and not o.dry_run) as f,
      lateral (
        select n.state from operations n
        where n.runtime_id = f.runtime_id and n.state not in ${SILENT_LIST} and not n.dry_run
        order by n.created_at desc, n.id desc limit 1
      ) as last
    where last.state in ${ERROR_LIST}`);
  return rows.map(({ runtime_id: runtimeID }) => runtimeID);
}

/** Shoots that planning has left out: rows of orchestrations and of plans that were made to be looked at alike. */
import { and, asc, count, eq, sql, type SQL } from 'drizzle-orm';
import type { ExcludedShoot } from '../../../domain/upgrades/runtime.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { leftOutShoots, unselectedRuntimes } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import type { PlanRepository } from './plan-repository.ts';

type Inserts = Pick<Drizzle, 'insert'>;

/** Parts of a `with` that delete what belongs to the owners that a query answers. */
export function withoutLeftOut(owners: SQL): SQL {
  return sql`no_shoots as (
      delete from left_out_shoots where owner_id in (${owners})
    ), no_runtimes as (
      delete from unselected_runtimes where owner_id in (${owners})
    )`;
}

/** Shoots at the positions from `from` on. Fails when there are others at one of them. */
export async function insertLeftOut(
  db: Inserts,
  ownerID: string,
  from: number,
  shoots: readonly ExcludedShoot[],
): Promise<void> {
  if (shoots.length === 0) return;
  await db.insert(leftOutShoots).values(
    shoots.map(({ shootName, runtimeID, reason }, index) => ({
      ownerID,
      position: from + index,
      shootName,
      runtimeID,
      reason,
    })),
  );
}

/** Fails when the owner has such a row. */
export async function insertUnselected(
  db: Inserts,
  ownerID: string,
  runtimeIDs: readonly string[],
): Promise<void> {
  await db.insert(unselectedRuntimes).values({ ownerID, runtimeIDs: [...runtimeIDs] });
}

type LeftOutReads = Pick<PlanRepository, 'listLeftOut' | 'findLeftOut' | 'isUnselected' | 'countLeftOut'>;

export function createLeftOutReads(database: Database): LeftOutReads {
  const { ownerID, position, shootName, runtimeID, reason } = leftOutShoots;

  return {
    listLeftOut: (owner, { reason: why, search }, { page, pageSize }) =>
      database.run(async (db) => {
        const wanted = and(
          eq(ownerID, owner),
          why === undefined ? undefined : eq(reason, why),
          search === undefined
            ? undefined
            : sql`strpos(lower(concat_ws(chr(10), ${shootName}, ${runtimeID})), lower(${search}::text)) > 0`,
        );
        // The sort costs little: all rows of the owner are read for a search anyway.
        const isWhole = sql`lower(${search}::text) in (lower(${shootName}), lower(${runtimeID}))`;
        const rows = await db
          .select()
          .from(leftOutShoots)
          .where(wanted)
          .orderBy(...(search === undefined ? [] : [sql`${isWhole} is not true`]), asc(position))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(leftOutShoots).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
    findLeftOut: (owner, wanted) =>
      database.run(async (db) => {
        if (!isUUID(owner)) return undefined;
        const [row] = await db
          .select({ shootName, reason })
          .from(leftOutShoots)
          .where(and(eq(ownerID, owner), eq(runtimeID, wanted)))
          .orderBy(sql`${reason} = 'runtime ID of another Shoot'`, asc(position))
          .limit(1);
        return row && { ...row, runtimeID: wanted };
      }),
    isUnselected: (owner, wanted) =>
      database.run(async (db) => {
        if (!isUUID(owner)) return false;
        const rows = await db
          .select({ ownerID: unselectedRuntimes.ownerID })
          .from(unselectedRuntimes)
          .where(
            and(
              eq(unselectedRuntimes.ownerID, owner),
              sql`${wanted} = any(${unselectedRuntimes.runtimeIDs})`,
            ),
          );
        return rows.length > 0;
      }),
    countLeftOut: (owner) =>
      database.run(async (db) => {
        const rows = await db
          .select({ reason, count: count() })
          .from(leftOutShoots)
          .where(eq(ownerID, owner))
          .groupBy(reason);
        return Object.fromEntries(rows.map((row) => [row.reason, row.count]));
      }),
  };
}

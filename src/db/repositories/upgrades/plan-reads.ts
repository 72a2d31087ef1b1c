import { and, asc, eq, gt, isNull, lte, min, or, sql, type SQL } from 'drizzle-orm';
import { LIMIT_KINDS, limitKeysOf, type FullKeys } from '../../../domain/upgrades/limits.ts';
import type { Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { columnOf, LIMITED } from './limit-columns.ts';
import type { OperationRepository } from './orchestration-repositories.ts';

/** Written out so that the planner sees that the partial index covers it. */
export const WAITING = sql`${operations.state} in ('pending', 'retrying')`;

/** A page of what is due in a plan, and when more of it is. */
export async function readPlan(
  db: Drizzle,
  orchestrationID: string,
  { after, limit, now, dueBy, wave, limits }: Parameters<OperationRepository['readPlan']>[1],
): ReturnType<OperationRepository['readPlan']> {
  const ofOrchestration = eq(operations.orchestrationID, orchestrationID);
  const beyond =
    after &&
    sql`(${operations.wave}, ${operations.orderAt}, (-${operations.missed}), ${operations.position}) > (${after.wave}::int, ${after.orderAt}::timestamptz, ${-after.missed}::int, ${after.position}::int)`;
  const rows = await db
    .select({
      operationID: operations.id,
      runtimeID: operations.runtimeID,
      shootName: operations.shootName,
      attempt: operations.attempt,
      dispatch: operations.dispatch,
      wave: operations.wave,
      orderAt: operations.orderAt,
      missed: operations.missed,
      position: operations.position,
      begin: operations.windowBegin,
      end: operations.windowEnd,
      latestStart: operations.latestStart,
      ...LIMITED,
    })
    .from(operations)
    .where(
      and(
        ofOrchestration,
        WAITING,
        upTo(wave),
        lte(operations.dueAt, dueBy),
        or(isNull(operations.notBefore), lte(operations.notBefore, now)),
        beyond,
        ...(limits ? pastFull(limits.full) : []),
      ),
    )
    .orderBy(
      asc(operations.wave),
      asc(operations.orderAt),
      sql`(-${operations.missed})`,
      asc(operations.position),
    )
    .limit(limit);
  const [deferred] = await db
    .select({ next: min(operations.notBefore) })
    .from(operations)
    .where(and(ofOrchestration, WAITING, upTo(wave), gt(operations.notBefore, now)));
  // Wave by wave: in the index, what is due later stands together within a wave.
  const [later] = await db.execute<{ next: string | null }>(sql`
    select min(first.due_at) as next
    from generate_series(0, ${wave}::int) as of_wave, lateral (
      select o.due_at from operations o
      where o.orchestration_id = ${orchestrationID} and o.wave = of_wave and o.state in ('pending', 'retrying')
        and o.due_at > ${dueBy}
      order by o.due_at limit 1
    ) as first`);
  return {
    items: rows.map(({ begin, end, latestStart, region, servicePlanName, globalAccountID, ...line }) => ({
      ...line,
      ...(limits && { keys: limitKeysOf(limits.all, { region, servicePlanName, globalAccountID }) }),
      ...(begin && end ? { window: { begin, latestStart: latestStart ?? end, end } } : {}),
    })),
    ...(deferred?.next ? { nextNotBefore: deferred.next } : {}),
    ...(later?.next ? { nextDueAt: operations.dueAt.mapFromDriverValue(later.next) as string } : {}),
  };
}

/** Read past in the index and its rows: about 40 ms for 100,000 operations with 500 full keys, all before the first one that may begin. */
function pastFull(full: FullKeys): SQL[] {
  return LIMIT_KINDS.flatMap((kind) => {
    const keys = full[kind];
    return keys ? [sql`${columnOf(kind)} <> all(${sql.param(keys)}::text[])`] : [];
  });
}

/** Of waves that are not open yet nothing is to begin. Without waves, all operations are in the first one. */
export function upTo(wave: number): SQL {
  return sql`${operations.wave} <= ${wave}`;
}

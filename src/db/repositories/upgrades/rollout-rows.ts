import { eq, sql, type SQL } from 'drizzle-orm';
import type { FailureCode } from '../../../domain/errors.ts';
import { BURN_UP_POINTS, lastOfEachInstant } from '../../../domain/upgrades/burn-up.ts';
import type { AlikeOperations, GroupedBy, OperationGroup } from '../../../domain/upgrades/rollout-groups.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations, plannedEnds } from '../../schema/index.ts';
import { failuresWithCauses } from './failure-messages.ts';
import type { BurnUp, FailedOperation, FailureGroup, RolloutRepository } from './rollout-repository.ts';

/** Operations that are named of a cause. */
const MOST_NAMED = 10;

/** The key of an operation, as a text that sorts as it should. */
const KEYS: Record<Exclude<GroupedBy, 'zone'>, SQL> = {
  wave: sql`o.wave`,
  plan: sql`o.service_plan_name`,
  region: sql`o.region`,
  hour: sql`date_trunc('hour', coalesce(o.finished_at, case when o.state in ('pending', 'retrying') then o.window_begin end))`,
};

interface RawFailures extends Record<string, unknown> {
  /** Null on a page without any. */
  cause: string | null;
  code: FailureCode | null;
  message: string;
  example: string;
  count: number;
  total: number;
  others: number;
  first: string;
  last: string;
  named: FailedOperation[];
}

export function createRolloutRepository(database: Database): RolloutRepository {
  return {
    group: (orchestrationID, by) =>
      database.run(async (db) => {
        const rows = await db.execute<{
          key: string | number | null;
          state: OperationState;
          count: number;
        }>(sql`
          select ${KEYS[by]} as key, o.state, count(*)::int as count from operations o
          where o.orchestration_id = ${orchestrationID} group by 1, 2 order by 1 nulls last, 2`);
        return groupsOf(
          rows.map(({ key, ...row }) => ({ ...row, key: by === 'hour' ? instantOf(key) : textOf(key) })),
        );
      }),
    alike: (orchestrationID) =>
      database.run(
        async (db) =>
          await db.execute<AlikeOperations & Record<string, unknown>>(sql`
            select o.region, o.service_plan_name as "servicePlanName", o.global_account_id as "globalAccountID",
              o.daily_window as "dailyWindow", o.state, count(*)::int as count
            from operations o where o.orchestration_id = ${orchestrationID} group by 1, 2, 3, 4, 5`),
      ),
    failures: (orchestrationID, { page, pageSize }) =>
      database.run(async (db) => {
        // One statement, so that a page and its total are of one moment.
        const rows = await db.execute<RawFailures>(sql`
          with ${failuresWithCauses(orchestrationID)}, causes as (
            select cause, min(code) as code, min(message) as message, count(*)::int as count,
              min(at) as first, max(at) as last, (array_agg(position order by position))[1:${MOST_NAMED}::int] as positions
            from failures group by cause
          ), page as (
            select * from causes order by count desc, first, cause limit ${pageSize} offset ${(page - 1) * pageSize}
          ), all_of_them as (
            select (select count(*) from causes)::int as total,
              ((select count(*) from named) - (select count(*) from failures))::int as others
          )
          select t.total, t.others, c.cause, c.code, c.message, c.count, c.first, c.last, named_ones.example, named_ones.named
          from all_of_them t left join page c on true left join lateral (
            select (array_agg(f.description order by f.position))[1] as example, jsonb_agg(
              jsonb_build_object('operationID', f.id, 'runtimeID', f.runtime_id, 'shootName', f.shoot_name)
              order by f.position) as named
            from operations f
            where f.orchestration_id = ${orchestrationID} and f.position = any(c.positions)
          ) as named_ones on true
          order by c.count desc, c.first, c.cause`);
        const { total = 0, others = 0 } = rows[0] ?? {};
        return { rows: rows.flatMap(toFailures), total, others };
      }),
    burnUp: (orchestrationID) => database.run((db) => readBurnUp(db, orchestrationID)),
  };
}

/** True of an operation that was canceled before it began, or before it began again. */
const NEVER_BEGAN = sql`o.state = 'canceled' and o.started_at is null`;

async function readBurnUp(db: Drizzle, orchestrationID: string): Promise<BurnUp> {
  const [row] = await db
    .select({
      total: orchestrations.plannedCount,
      planned: plannedEnds.line,
      neverBegan: sql<number>`(
        select count(*)::int from operations o where o.orchestration_id = ${orchestrationID} and ${NEVER_BEGAN})`,
    })
    .from(orchestrations)
    .leftJoin(plannedEnds, eq(plannedEnds.orchestrationID, orchestrations.id))
    .where(eq(orchestrations.id, orchestrationID));
  const rows = await db.execute<{ at: string; count: number }>(sql`
    select max(finished_at) as at, max(n)::int as count from (
      select o.finished_at, row_number() over (order by o.finished_at) as n, count(*) over () as total
      from operations o where o.orchestration_id = ${orchestrationID} and o.finished_at is not null and not (${NEVER_BEGAN})
    ) as ended group by ceil(n * ${BURN_UP_POINTS}::numeric / greatest(total, ${BURN_UP_POINTS})) order by 2`);
  const actual = lastOfEachInstant(rows.map(({ at, count }) => ({ at: instantOf(at) ?? '', count })));
  const { total = null, planned, neverBegan = 0 } = row ?? {};
  return { total, planned: planned ?? [], actual, neverBegan };
}

function groupsOf(
  rows: readonly { key: string | null; state: OperationState; count: number }[],
): OperationGroup[] {
  const groups = new Map<string | null, OperationGroup>();
  for (const { key, state, count } of rows) {
    const group = groups.get(key) ?? { key, states: {} };
    group.states[state] = count;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function textOf(key: string | number | null): string | null {
  return key === null ? null : String(key);
}

function instantOf(key: string | number | null): string | null {
  return key === null ? null : (operations.dueAt.mapFromDriverValue(key) as string);
}

function toFailures({ cause, named, total: _total, others: _others, ...raw }: RawFailures): FailureGroup[] {
  if (cause === null) return [];
  const [first, last] = [instantOf(raw.first) ?? '', instantOf(raw.last) ?? ''];
  return [{ cause, ...raw, first, last, operations: named }];
}

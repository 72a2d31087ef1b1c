/** The lines of those that wait for a turn, one in each lane. */
import { sql, type SQL } from 'drizzle-orm';
import type { Drizzle, Statements } from '../../connection.ts';
import { orchestrations } from '../../schema/index.ts';
import { decodeRow } from '../rows.ts';
import type { OrchestrationRow } from './orchestration-repositories.ts';

/** Written out so that the planner sees that the partial index covers them. */
export const WAITING = sql`state in ('pending', 'retrying')`;
export const IN_LINE = sql`state in ('pending', 'retrying', 'in progress')`;

/** The order in which turns of a lane are given. */
export const ORDER_OF_TURNS = sql`rank, queued_at, seq`;

/** Each lane in which anybody stands is found by one look into the index, however many stand there. */
export const LANES_IN_LINE = sql`
  with recursive lanes(lane) as (
    (select lane from orchestrations where ${IN_LINE} order by lane limit 1)
    union all
    select (select o.lane from orchestrations o where ${IN_LINE} and o.lane > lanes.lane order by o.lane limit 1)
    from lanes where lanes.lane is not null
  )`;

/** In the order of their names. */
export async function lanesInLine(db: Drizzle): Promise<string[]> {
  const rows = await db.execute<{ lane: string }>(
    sql`${LANES_IN_LINE} select lane from lanes where lane is not null`,
  );
  return rows.map(({ lane }) => lane);
}

/** The first `limit` of each lane that wait, lane by lane. */
export async function firstOfLanes(db: Drizzle, limit: number): Promise<OrchestrationRow[]> {
  const rows = await db.execute(sql`
    ${LANES_IN_LINE}
    select waiting.* from lanes, lateral (
      select o.* from orchestrations o where ${IN_LINE} and ${WAITING} and o.lane = lanes.lane
      order by ${ORDER_OF_TURNS} limit ${limit}
    ) as waiting
    order by waiting.lane, ${ORDER_OF_TURNS}`);
  return rows.map((raw) => decodeRow(orchestrations, raw));
}

/** How many wait, by lane; lanes in which nobody does are left out. Counting 100,000 that wait takes some tens of ms. */
export async function countByLane(db: Statements): Promise<Map<string, number>> {
  const rows = await db.execute<{ lane: string; count: number }>(sql`
    select lane, count(*)::int as count from orchestrations where ${IN_LINE} and ${WAITING} group by lane`);
  return new Map(rows.map(({ lane, count }) => [lane, count]));
}

/** A condition on a row: it waits, and somebody stands before it in its lane. */
export function isBehindAnother(row: SQL): SQL {
  return sql`${row}.${WAITING} and exists (
    select from orchestrations first
    where first.lane = ${row}.lane and first.${IN_LINE} and first.${WAITING}
      and (first.rank, first.queued_at, first.seq) < (${row}.rank, ${row}.queued_at, ${row}.seq))`;
}

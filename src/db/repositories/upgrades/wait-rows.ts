import { and, count, eq, sql } from 'drizzle-orm';
import { DESCRIPTION_BEGINS } from '../../../domain/upgrades/descriptions.ts';
import type { InFlight } from '../../../domain/upgrades/drain.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { isUUID, textArray, uuidArray } from '../rows.ts';
import { isUnsent } from './guarded-changes.ts';
import { LIMITED } from './limit-columns.ts';
import { IN_LINE, ORDER_OF_TURNS, WAITING } from './line-rows.ts';
import type { OrchestrationWaits, WaitRepository, WantedInFlight, WantedWaits } from './wait-repository.ts';

export function createWaitRepository(database: Database): WaitRepository {
  const executing = (orchestrationID: string) =>
    and(eq(operations.orchestrationID, orchestrationID), eq(operations.state, 'in progress'));
  return {
    ofOrchestrations: (wanted) => database.run((db) => ofOrchestrations(db, wanted)),
    countExecuting: (orchestrationID) =>
      database.run(async (db) => {
        const [row] = await db.select({ count: count() }).from(operations).where(executing(orchestrationID));
        return row?.count ?? 0;
      }),
    inFlight: (wanted) => database.run((db) => inFlight(db, wanted)),
    complaining: (orchestrationID, limit) =>
      database.run((db) =>
        db
          .select({ id: operations.id, description: operations.description })
          .from(operations)
          .where(
            and(
              executing(orchestrationID),
              sql`starts_with(${operations.description}, ${DESCRIPTION_BEGINS.again})`,
            ),
          )
          .limit(limit),
      ),
    unsent: (orchestrationID, limit) =>
      database.run(async (db) => {
        const rows = await db
          .select({ id: operations.id })
          .from(operations)
          .where(and(executing(orchestrationID), isUnsent(sql`operations`)))
          .limit(limit);
        return rows.map(({ id }) => id);
      }),
    limitedExecuting: (orchestrationID) =>
      database.run((db) => db.select(LIMITED).from(operations).where(executing(orchestrationID))),
  };
}

const UNSENT = isUnsent(sql`o`);

interface InFlightLine extends Record<string, unknown> {
  id: string;
  since: string | null;
  last_begun_at: string | null;
  overdue: number;
  unsent: number;
}

/** Read from the index by state: an orchestration has at most 1,000 in progress. */
async function inFlight(db: Drizzle, wanted: readonly WantedInFlight[]): Promise<Map<string, InFlight>> {
  const known = wanted.filter(({ id }) => isUUID(id));
  const rows = await db.execute<InFlightLine>(sql`
    select wanted.id, min(o.started_at) filter (where not ${UNSENT}) as since,
      max(o.started_at) filter (where not ${UNSENT}) as last_begun_at,
      (count(*) filter (where o.started_at < wanted."overdueBefore" and not ${UNSENT}))::int as overdue,
      (count(*) filter (where ${UNSENT}))::int as unsent
    from jsonb_to_recordset(${JSON.stringify(known)}::jsonb) as wanted(id uuid, "overdueBefore" timestamptz)
      join operations o on o.orchestration_id = wanted.id and o.state = 'in progress'
    group by wanted.id`);
  return new Map(
    rows.map(({ id, since, last_begun_at: last, overdue, unsent }) => {
      const hasSent = since !== null && last !== null;
      const sent = hasSent && { sent: { since: toInstant(since), lastBegunAt: toInstant(last), overdue } };
      return [id, { unsent, ...sent }];
    }),
  );
}

function toInstant(value: string): string {
  return operations.startedAt.mapFromDriverValue(value) as string;
}

interface Line extends Record<string, unknown> {
  kind: 'begun' | 'line' | 'due';
  id: string;
  lane: string | null;
  state: OrchestrationState | null;
  due_at: string | null;
  description: string | null;
}

/**
 * Of those that are in progress or canceling the first come first: while Temporal is away any number may be canceling. Each part is read from an index of its own and ends after a few entries, the line of a lane after `most`: 4 ms for a thousand of
 * 20,000 that wait, and for a plan of 100,000 operations 1 ms.
 */
async function ofOrchestrations(
  db: Drizzle,
  { lanes, most, planIDs }: WantedWaits,
): Promise<OrchestrationWaits> {
  const rows = await db.execute<Line>(sql`
    select 'begun' as kind, begun.id, begun.lane, begun.state, null::timestamptz as due_at, null as description, 0::bigint as place
    from unnest(${textArray(lanes)}) as wanted(lane), lateral (
      select id, lane, state from orchestrations o
      where o.lane = wanted.lane and o.state in ('in progress', 'canceling') order by o.state desc limit 3
    ) as begun
    union all
    select 'line', line.id, line.lane, null, null, null, line.place
    from unnest(${textArray(lanes)}) as wanted(lane), lateral (
      select id, lane, row_number() over (order by ${ORDER_OF_TURNS}) as place
      from orchestrations o where ${IN_LINE} and ${WAITING} and o.lane = wanted.lane
      order by ${ORDER_OF_TURNS} limit ${most}
    ) as line
    union all
    select 'due', wanted.id, null, null, first.due_at, one.description, 0
    from unnest(${uuidArray(planIDs.filter(isUUID))}) as wanted(id), lateral (
      select o.wave, o.due_at from operations o
      where o.orchestration_id = wanted.id and o.state in ('pending', 'retrying')
        and o.wave = coalesce((
          select min(w.number) from waves w where w.orchestration_id = wanted.id and w.phase <> 'passed'
        ), 0)
      order by o.due_at limit 1
    ) as first, lateral (
      select o.description from operations o
      where o.orchestration_id = wanted.id and o.state in ('pending', 'retrying') and o.due_at = first.due_at
        and o.wave = first.wave limit 1
    ) as one
    order by place`);
  return {
    begun: rows.flatMap(({ kind, id, lane, state }) =>
      kind === 'begun' && lane !== null && state ? [{ id, lane, state }] : [],
    ),
    lines: linesOf(rows),
    firstDue: new Map(
      rows.flatMap(({ id, due_at, description }) =>
        due_at === null ? [] : [[id, { dueAt: toInstant(due_at), description: description ?? '' }]],
      ),
    ),
  };
}

/** Rows come in the order of their places. */
function linesOf(rows: readonly Line[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const { kind, id, lane } of rows) {
    if (kind !== 'line' || lane === null) continue;
    const line = lines.get(lane);
    if (line) line.push(id);
    else lines.set(lane, [id]);
  }
  return lines;
}

import { and, asc, eq, gt, isNull, sql, type SQL } from 'drizzle-orm';
import type { Replacement } from '../../../domain/upgrades/live-freezes.ts';
import { orderOf } from '../../../domain/upgrades/placement.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import { ENDED, FREEZES_SINCE, GIVEN_BACK, WAITS } from './guarded-changes.ts';
import type { Behind, OperationRepository, WaitingRow } from './orchestration-repositories.ts';

/** Operations of a row of `orchestrations` that have come to wait again, and do not heed the freezes that hold. */
const STRAGGLES = sql<boolean>`exists (
  select from operations behind
  where behind.orchestration_id = orchestrations.id and behind.state in ('pending', 'retrying') and behind.freezes_version < ${FREEZES_SINCE})`;
const MUST_WALK = sql<boolean>`coalesce(orchestrations.freezes_version, 0) < ${FREEZES_SINCE}`;

/** A row of `orchestrations` has a plan, and freezes have changed since its operations got their windows. */
export const IS_BEHIND = sql<boolean>`(orchestrations.planned_count is not null and (${MUST_WALK} or ${STRAGGLES}))`;

/** Waiting operations under freezes and opt-outs that change. */
export function createFreezeChanges(database: Database): Pick<OperationRepository, 'listBehind' | 'replace'> {
  return {
    listBehind: (orchestrationID, limit) => database.run((db) => listBehind(db, orchestrationID, limit)),
    replace: (behind, replacements, change) =>
      database.run((db) => replace(db, behind, replacements, change)),
  };
}

async function listBehind(db: Drizzle, id: string, limit: number): Promise<Behind | undefined> {
  if (!isUUID(id)) return undefined;
  const { freezesVersion, freezesWalk } = orchestrations;
  const [row] = await db
    .select({
      ...{ freezesVersion, freezesWalk, straggles: STRAGGLES },
      version: sql<number>`coalesce((select max(version) from maintenance_policies), 0)`,
      since: sql<number>`${FREEZES_SINCE}`,
    })
    .from(orchestrations)
    .where(and(eq(orchestrations.id, id), IS_BEHIND));
  if (!row) return undefined;
  const { version, since } = row;
  if (row.straggles) {
    const behind = sql`${operations.freezesVersion} < ${since}`;
    return { orchestrationID: id, version, rows: await listWaiting(db, id, behind, limit) };
  }
  // A way that was begun for an older version starts over.
  const walk =
    row.freezesWalk && row.freezesWalk.version >= since ? row.freezesWalk : { version, position: -1 };
  const beyond = and(isNull(operations.freezesVersion), gt(operations.position, walk.position));
  const rows = await listWaiting(db, id, beyond, limit);
  const last = rows.length < limit ? undefined : rows.at(-1);
  const seen = { freezesVersion: row.freezesVersion, freezesWalk: row.freezesWalk };
  const next = last ? { ...walk, position: last.position } : null;
  return {
    orchestrationID: id,
    version,
    rows,
    walk: { seen, next, heeds: last ? row.freezesVersion : walk.version },
  };
}

async function listWaiting(
  db: Drizzle,
  id: string,
  wanted: SQL | undefined,
  limit: number,
): Promise<WaitingRow[]> {
  const { position, state } = operations;
  return await db
    .select(COLUMNS)
    .from(operations)
    .where(and(eq(operations.orchestrationID, id), sql`${state} in ('pending', 'retrying')`, wanted))
    .orderBy(asc(position))
    .limit(limit);
}

const COLUMNS = {
  id: operations.id,
  attempt: operations.attempt,
  position: operations.position,
  freezesVersion: operations.freezesVersion,
  runtimeID: operations.runtimeID,
  globalAccountID: operations.globalAccountID,
  servicePlanName: operations.servicePlanName,
  region: operations.region,
  dailyWindow: operations.dailyWindow,
  windowBegin: operations.windowBegin,
  latestStart: operations.latestStart,
  windowEnd: operations.windowEnd,
  description: operations.description,
};

/**
 * Those that have waited all the time go on to have the version of their orchestration: none of them is claimed before that has the new
 * one. A child that comes back in between changes no window, so that its dispatch does not matter; what gets another window, or is tried
 * again, has another version or attempt then. What only stays gets no new dispatch: a child that sleeps for it sleeps on.
 */
async function replace(
  db: Drizzle,
  { orchestrationID, version, rows, walk }: Behind,
  replacements: readonly Replacement[],
  { actor, now }: { actor: string; now: string },
): Promise<number> {
  const wanted = JSON.stringify(rows.flatMap((row, index) => toWanted(row, replacements[index])));
  const goneOn = walk
    ? sql`update orchestrations
        set freezes_version = ${walk.heeds}, freezes_walk = ${toJSON(walk.next)}
        where id = ${orchestrationID} and freezes_version is not distinct from ${walk.seen.freezesVersion}::int
          and freezes_walk is not distinct from ${toJSON(walk.seen.freezesWalk)}
        returning id`
    : sql`select id from orchestrations where id = ${orchestrationID}`;
  const [answer] = await db.execute<{ ended: number }>(sql`
    with gone_on as (
      ${goneOn}
    ), wanted as (
      select * from jsonb_to_recordset(${wanted}::jsonb) as w(
        id uuid, attempt int, heeds int, kind text, description text, reason text,
        begins timestamptz, latest timestamptz, ends timestamptz, due timestamptz, place timestamptz)
    ), old as (
      select old.id, old.state, wanted.kind, wanted.description, wanted.reason, begins, latest, ends, due, place,
             case when heeds is null then null else ${version}::int end as version
      from gone_on, wanted join operations old on old.id = wanted.id
      where ${WAITS} and old.attempt = wanted.attempt and old.freezes_version is not distinct from wanted.heeds
      order by old.id for update of old
    ), stayed as (
      update operations set freezes_version = old.version, description = coalesce(old.description, operations.description)
      from old where operations.id = old.id and old.kind = 'stays'
    ), moved as (
      update operations
      set window_begin = begins, latest_start = latest, window_end = ends, due_at = due, order_at = place,
          description = old.description, freezes_version = old.version, updated_at = ${now}, ${GIVEN_BACK}, ${ENDED}
      from old where operations.id = old.id and old.kind = 'moves'
      returning operations.id, operations.orchestration_id, operations.state, 'rescheduled' as kind, old.state as from_state, old.reason
    ), ended as (
      update operations
      set state = 'canceled', description = old.reason, failure_code = 'WINDOW_NOT_REACHED', finished_at = ${now},
          updated_at = ${now}, ${GIVEN_BACK}, ${ENDED}
      from old where operations.id = old.id and old.kind = 'ends'
      returning operations.id, operations.orchestration_id, operations.state, 'state' as kind, old.state as from_state, old.reason
    ), logged as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select orchestration_id, id, ${now}, ${actor}, kind, from_state, state, reason
      from (select * from moved union all select * from ended) changed
    )
    select count(*)::int as ended from ended`);
  return answer?.ended ?? 0;
}

/** Nothing is written of one that stays in all respects. */
function toWanted(row: WaitingRow, replacement: Replacement | undefined): object[] {
  const { id, attempt, freezesVersion: heeds } = row;
  if (!replacement) return [];
  const seen = { id, attempt, heeds };
  if (replacement.kind !== 'moves') {
    const isUntouched =
      replacement.kind === 'stays' && replacement.description === undefined && heeds === null;
    return isUntouched ? [] : [{ ...seen, ...replacement }];
  }
  const { window, ...words } = replacement;
  const { dueAt: due, orderAt: place } = orderOf(window);
  return [
    { ...seen, ...words, due, place, begins: window?.begin, latest: window?.latestStart, ends: window?.end },
  ];
}

function toJSON(value: object | null): SQL {
  return sql`${value && JSON.stringify(value)}::jsonb`;
}

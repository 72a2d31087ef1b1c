import { and, asc, eq, gt, isNull, sql, type SQL } from 'drizzle-orm';
import type { Replacement } from '../../../domain/upgrades/live-freezes.ts';
import type { Meter } from '../../../domain/measures.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import { FREEZES_SINCE } from './guarded-changes.ts';
import { PLACED } from './limit-columns.ts';
import { measurePlaced, placingAnew, type Placed } from './placing-anew.ts';
import type { Behind, OperationRepository, WaitingRow } from './orchestration-repositories.ts';

/** Operations of a row of `orchestrations` that have come to wait again, and do not heed the freezes that hold. */
const STRAGGLES = sql<boolean>`exists (
  select from operations behind
  where behind.orchestration_id = orchestrations.id and behind.state in ('pending', 'retrying') and behind.freezes_version < ${FREEZES_SINCE})`;
const MUST_WALK = sql<boolean>`coalesce(orchestrations.freezes_version, 0) < ${FREEZES_SINCE}`;

/** A row of `orchestrations` has a plan, and freezes have changed since its operations got their windows. */
export const IS_BEHIND = sql<boolean>`(orchestrations.planned_count is not null and (${MUST_WALK} or ${STRAGGLES}))`;

/** Waiting operations under freezes and opt-outs that change. */
export function createFreezeChanges(
  database: Database,
  meter: Meter,
): Pick<OperationRepository, 'listBehind' | 'replace' | 'roll'> {
  return {
    listBehind: (orchestrationID, limit) => database.run((db) => listBehind(db, orchestrationID, limit)),
    replace: async (behind, replacements, change) => {
      const placed = await database.write((db) => replace(db, behind, replacements, change));
      return measurePlaced(meter, placed, false);
    },
    roll: async (rolled, change) => {
      const placed = await database.write((db) => roll(db, rolled, change));
      return measurePlaced(meter, placed, true);
    },
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
    .select(WAITING_COLUMNS)
    .from(operations)
    .where(and(eq(operations.orchestrationID, id), sql`${state} in ('pending', 'retrying')`, wanted))
    .orderBy(asc(position))
    .limit(limit);
}

/** Of a row that waits. */
export const WAITING_COLUMNS = {
  id: operations.id,
  attempt: operations.attempt,
  dispatch: operations.dispatch,
  position: operations.position,
  freezesVersion: operations.freezesVersion,
  description: operations.description,
  ...PLACED,
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
): Promise<Placed[]> {
  const goneOn = walk
    ? sql`update orchestrations
        set freezes_version = ${walk.heeds}, freezes_walk = ${toJSON(walk.next)}
        where id = ${orchestrationID} and freezes_version is not distinct from ${walk.seen.freezesVersion}::int
          and freezes_walk is not distinct from ${toJSON(walk.seen.freezesWalk)}
        returning id`
    : sql`select id from orchestrations where id = ${orchestrationID}`;
  const touched = rows.flatMap((row, index) => {
    const replacement = replacements[index];
    return replacement && !isUntouched(row, replacement) ? [{ row, replacement }] : [];
  });
  return await db.execute<Placed>(
    placingAnew({
      rows: touched,
      goneOn,
      guard: sql`old.freezes_version is not distinct from wanted.heeds`,
      version: sql`case when heeds is null then null else ${version}::int end`,
      actor,
      now,
    }),
  );
}

/** A row that is claimed, given back or tried again meanwhile has another state, dispatch or attempt then, and stays as it is. */
async function roll(
  db: Drizzle,
  { rows, version }: Parameters<OperationRepository['roll']>[0],
  { actor, now }: { actor: string; now: string },
): Promise<Placed[]> {
  return await db.execute<Placed>(
    placingAnew({
      rows,
      goneOn: sql`select true`,
      guard: sql`old.dispatch = wanted.dispatch`,
      version: sql`${version}::int`,
      set: sql`, missed = operations.missed + 1`,
      actor,
      now,
    }),
  );
}

/** Nothing is written of one that stays in all respects. */
function isUntouched({ freezesVersion }: WaitingRow, replacement: Replacement): boolean {
  return replacement.kind === 'stays' && replacement.description === undefined && freezesVersion === null;
}

function toJSON(value: object | null): SQL {
  return sql`${value && JSON.stringify(value)}::jsonb`;
}

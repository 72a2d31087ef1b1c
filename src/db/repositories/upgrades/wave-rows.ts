import { asc, eq, getTableColumns, inArray, sql, type SQL } from 'drizzle-orm';
import { failedAtPause } from '../../../domain/upgrades/failure-budget.ts';
import { pauseOfEverything } from '../../../domain/upgrades/rollout-control.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OpenWave, WaveMove } from '../../../domain/upgrades/wave-phases.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { orchestrations, waves, type WaveRow } from '../../schema/index.ts';
import { decodeRow, isUUID } from '../rows.ts';
import type { ControlRepository, CountedWave, SeenWave, StandingWave, Wanted } from './control-repository.ts';
import { afterOthers, FIRST_LOOK, UNASKED } from './control-statements.ts';
import { COUNTED, UNHEALTHY } from './counted-failures.ts';
import { IS_BEHIND } from './freeze-changes.ts';
import { EVERYTHING_PAUSED } from './guarded-changes.ts';
import { latestControl, QUEUE_REVISION } from './queue-rows.ts';
import { readUnhealthy } from './look-rows.ts';

/** The waves of orchestrations: how they are read, and how they move on. */
export function createWaveRows(
  database: Database,
): Pick<ControlRepository, 'wanted' | 'moveWave' | 'openWaves' | 'waveRows' | 'waves'> {
  const own = { id: sql`${waves.orchestrationID}`, number: sql`${waves.number}` };
  const isUnended = sql<boolean>`(${some(WAITING, own)} or ${some(IN_PROGRESS, own)})`;

  return {
    wanted: (id) => database.run((db) => wanted(db, id)),
    moveWave: (id, wave, move, now) =>
      database.write((db) =>
        afterOthers(db, id, async (tx) => (await tx.execute(moving(id, wave, move, now))).length > 0),
      ),
    openWaves: (ids) =>
      database.run(async (db) => {
        const rows = await db
          .selectDistinctOn([waves.orchestrationID], { ...getTableColumns(waves), isUnended })
          .from(waves)
          .where(inArray(waves.orchestrationID, ids.filter(isUUID)))
          .orderBy(
            waves.orchestrationID,
            sql`${waves.phase} = 'passed'`,
            sql`case when ${waves.phase} = 'passed' then -${waves.number} else ${waves.number} end`,
          );
        return new Map(rows.map((row) => [row.orchestrationID, row]));
      }),
    waveRows: (id) => database.run((db) => readRows(db, id)),
    waves: (id) => database.run((db) => readWaves(db, id)),
  };
}

async function wanted(db: Drizzle, id: string): Promise<Wanted | undefined> {
  const { pauses, revision, state, lookAt, parameters, workers, budgetMax } = orchestrations;
  const [row] = await db
    .select({
      pauses,
      revision,
      state,
      lookAt,
      parameters,
      workers,
      budgetMax,
      isBehind: IS_BEHIND,
    })
    .from(orchestrations)
    .where(eq(orchestrations.id, id));
  if (!row) return undefined;
  const control = await latestControl(db);
  const everything = pauseOfEverything(control);
  const merged = {
    ...row,
    pauses: [...row.pauses, ...(everything ? [everything] : [])],
    queueRevision: control?.revision ?? 0,
  };
  const { strategy, dryRun } = row.parameters;
  if (!strategy.waves) return merged;
  // A dry run has changed nothing that could show.
  const wave = await openWave(db, id, (strategy.checks?.health ?? false) && !dryRun);
  if (!wave) return merged;
  const { queueRevision: controlRevision } = merged;
  const seen = { revision: row.revision, controlRevision };
  return { ...merged, wave: { ...wave, ...seen, isOld: wave.queueRevision < controlRevision } };
}

const W = { id: sql`w.orchestration_id`, number: sql`w.number` };

/** True when some operation of a wave, by default of `w`, is in such a state. */
function some(states: SQL, { id, number } = W): SQL {
  return sql`exists (
    select from operations o where o.orchestration_id = ${id} and o.wave = ${number} and o.state in (${states}))`;
}

/** Written out so that the planner sees which partial index covers it. */
const WAITING = sql`'pending', 'retrying'`;
const IN_PROGRESS = sql`'in progress'`;

/** The first one that has not passed, or the last one. What has succeeded, and failed, is looked for only where it counts. */
async function openWave(db: Drizzle, id: string, looks: boolean): Promise<(WaveRow & OpenWave) | undefined> {
  const [raw] = await db.execute(sql`
    with w as (
      select * from waves where orchestration_id = ${id}
      order by phase = 'passed', case when phase = 'passed' then -number else number end limit 1
    ), unended as (
      select ${some(WAITING)} or ${some(IN_PROGRESS)} as is_unended from w
    )
    select w.*, is_unended,
           phase = 'looking' and not exists (
             select from operations o
             where o.orchestration_id = w.orchestration_id and o.wave = w.number and o.state = 'succeeded'
               and w.looks_again_at is null and o.position > coalesce(w.looked_to, -1)
           ) and not exists (
             select from operations o
             where o.orchestration_id = w.orchestration_id and o.wave = w.number and o.state = 'succeeded'
               and o.uncertain is not null
           ) as is_looked_at,
           case when phase = 'looking' then (
             select count(*)::int from operations o
             where o.orchestration_id = w.orchestration_id and o.wave = w.number and o.unhealthy is not null
           ) else 0 end as unhealthy,
           case when is_unended and phase <> 'gate' then true else ${some(sql`'succeeded'`)} end as has_succeeded,
           case when is_unended then true else ${some(sql`'failed'`)} end as has_failed,
           exists (
             select from operations o where o.orchestration_id = w.orchestration_id and o.wave > w.number and o.state in (${WAITING})
           ) as has_later
    from w, unended`);
  if (!raw) return undefined;
  const row = decodeRow(waves, raw);
  return {
    ...row,
    isApproved: row.approvedBy !== null,
    isUnended: raw['is_unended'] === true,
    hasSucceeded: raw['has_succeeded'] === true,
    hasFailed: raw['has_failed'] === true,
    hasLater: raw['has_later'] === true,
    looks,
    isLookedAt: raw['is_looked_at'] === true,
    unhealthy: Number(raw['unhealthy']),
  };
}

/**
 * The wave as it was read moves on, the next one opens when it passes, and the event is written. Asking and passing need the very revision that
 * was read: an answer, a pause or a resume since then may mean another move.
 */
function moving(id: string, wave: SeenWave, move: WaveMove, now: string): SQL {
  const { number, phase, revision, queueRevision, controlRevision } = wave;
  const isFree =
    phase === 'running' ||
    phase === 'soaking' ||
    'isAnew' in move ||
    (move.to === 'passed' && move.isLast === true);
  const guard = isFree
    ? sql`true`
    : sql`o.pauses = '[]'::jsonb and o.revision = ${revision} and not ${EVERYTHING_PAUSED}`;
  return sql`
    with o as (
      select id, pauses, revision, state from orchestrations where id = ${id}
    ), moved as (
      update waves set phase = ${move.to}, queue_revision = ${controlRevision}, ${assignments(id, move, now)}
      from o
      where orchestration_id = ${id} and number = ${number} and phase = ${phase} and queue_revision = ${queueRevision}
        and o.state = 'in progress' and ${guard}
      returning number, name
    ), opened as (
      update waves set phase = 'running', opened_at = ${now}
      from moved
      where orchestration_id = ${id} and ${move.to} = 'passed' and phase = 'waiting' and waves.number = moved.number + 1
    ), logged as (
      insert into events (orchestration_id, wave, at, actor, kind, from_state, to_state, reason)
      select ${id}, number, ${now}, 'drydock', 'wave', ${phase}, ${move.to}, 'Wave ' || name || ': ' || ${move.reason} from moved
    )
    select number from moved`;
}

function assignments(id: string, move: WaveMove, now: string): SQL {
  switch (move.to) {
    case 'soaking':
      return sql`soak_until = ${move.until}`;
    case 'looking':
      return sql`looked_to = -1, ${FIRST_LOOK}, ${UNASKED}`;
    case 'gate':
      return UNASKED;
    case 'asking':
      return sql`asked_at = ${now}, expires_at = ${move.expiresAt}, approved_by = null, approved_at = null, approval_reason = null,
        question = (select coalesce(max(question), 0) + 1 from waves asked where asked.orchestration_id = ${id})`;
    case 'passed':
      return sql`passed_at = ${now}, expires_at = null`;
  }
}

async function readRows(db: Drizzle, id: string): Promise<StandingWave[]> {
  if (!isUUID(id)) return [];
  const isOld = sql<boolean>`${waves.queueRevision} < ${QUEUE_REVISION}`;
  return await db
    .select({ ...getTableColumns(waves), isOld })
    .from(waves)
    .where(eq(waves.orchestrationID, id))
    .orderBy(asc(waves.number));
}

async function readWaves(db: Drizzle, id: string): Promise<CountedWave[]> {
  const rows = await readRows(db, id);
  if (rows.length === 0) return [];
  const counted = await db.execute<{
    wave: number;
    state: OperationState;
    count: number;
    failures: number;
  }>(sql`
    select o.wave, o.state, count(*)::int as count,
           (count(*) filter (where ${COUNTED}) + count(*) filter (where ${UNHEALTHY}))::int as failures
    from operations o where o.orchestration_id = ${id} group by o.wave, o.state`);
  const unhealthy = await readUnhealthy(db, id);
  const charged = await readCharged(db, id, rows);
  return rows.map((row) => {
    const ofIt = counted.filter(({ wave }) => wave === row.number);
    const now = ofIt.reduce((sum, { failures }) => sum + failures, 0);
    return {
      ...row,
      stats: Object.fromEntries(ofIt.map(({ state, count }) => [state, count])),
      unhealthy: unhealthy.get(row.number) ?? { count: 0, first: [] },
      failures: { now, atPause: charged?.wave === row.number ? charged.failed : null },
    };
  });
}

/** The wave whose budget has paused the orchestration, and the failures that counted then. It is the open one: no wave passes a pause but the last. */
async function readCharged(
  db: Drizzle,
  id: string,
  rows: readonly StandingWave[],
): Promise<{ wave: number; failed: number } | undefined> {
  const open = rows.find(({ phase }) => phase !== 'passed') ?? rows.at(-1);
  if (!open || open.budgetMax === null) return undefined;
  const { pauses } = orchestrations;
  const [row] = await db.select({ pauses }).from(orchestrations).where(eq(orchestrations.id, id));
  const failed = row && failedAtPause(row.pauses);
  return failed === undefined ? undefined : { wave: open.number, failed };
}

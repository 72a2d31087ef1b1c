import { and, asc, eq, gt, inArray, lt, lte, ne, or, sql, type SQL } from 'drizzle-orm';
import { secondsBetween, type Meter } from '../../../domain/measures.ts';
import type { Command, Pause } from '../../../domain/upgrades/rollout-control.ts';
import type { Database, Statements } from '../../connection.ts';
import { orchestrations, waves } from '../../schema/index.ts';
import { decodeRow, isUUID } from '../rows.ts';
import type { CommandNumber, Controlled, ControlRepository, PauseOnly } from './control-repository.ts';
import { afterOthers, askedAtOf, commandStatement, controlStatement, pausing } from './control-statements.ts';
import { failures, failuresOf } from './counted-failures.ts';
import { IS_BEHIND } from './freeze-changes.ts';
import { EVERYTHING_PAUSED } from './guarded-changes.ts';
import { QUEUE_REVISION } from './queue-rows.ts';
import { createLookRows } from './look-rows.ts';
import { measureEnds } from './measured-changes.ts';
import { createWaveRows } from './wave-rows.ts';

/** Nothing of an orchestration may begin: it is paused, or everything is, or it is to be canceled. `id` is the ID of its row. */
export function isHeld(id: SQL): SQL {
  return sql`(${EVERYTHING_PAUSED} or exists (
    select from orchestrations held
    where held.id = ${id} and (held.pauses <> '[]'::jsonb or held.state in ('canceling', 'canceled'))))`;
}

/** Skipping, and forgiving, a hundred thousand operations takes some seconds. */
const COMMAND_LIMIT_MS = 60_000;

const REVISIONS = { revision: orchestrations.revision, queueRevision: QUEUE_REVISION };

/** Workflows that have not read what is wanted of them. The others read their rows when they get their turn. */
export const IS_UNOBSERVED = and(
  or(
    ne(orchestrations.revision, orchestrations.observedRevision),
    lt(orchestrations.observedQueueRevision, QUEUE_REVISION),
    and(eq(orchestrations.state, 'in progress'), IS_BEHIND),
  ),
  inArray(orchestrations.state, ['in progress', 'canceling']),
);

function holds(id: string, only: PauseOnly): SQL {
  if ('failures' in only) return sql`(${failures(id, only.wave)}) > ${only.failures}`;
  return sql`exists (
    select from waves w
    where w.orchestration_id = ${id} and w.phase = 'asking' and w.question = ${only.question} and w.approved_by is null)`;
}

export function createControlRepository(database: Database, meter: Meter): ControlRepository {
  return {
    ...createWaveRows(database),
    ...createLookRows(database),
    command: async (id, command, now, numbered) => {
      const done = await database.write(async (db) => {
        if (!isUUID(id)) return undefined;
        return await afterOthers(db, id, (tx) =>
          numbered
            ? carryOutOnce(tx, id, command, now, numbered)
            : carryOut(tx, commandStatement(id, command, now)),
        );
      }, COMMAND_LIMIT_MS);
      if (done) measureCommand(meter, command, done, now);
      return done;
    },
    pause: async (id, code, change, only) => {
      const done = await database.write(async (db) => {
        const pause: Pause = { code, by: change.actor, reason: change.reason, since: change.now };
        const effect = pausing(pause);
        const applies = only ? sql`${effect.applies} and ${holds(id, only)}` : effect.applies;
        const askedAt = only && 'question' in only ? askedAtOf(only.question) : undefined;
        const statement = controlStatement(id, { ...effect, applies, askedAt }, change);
        return await afterOthers(db, id, (tx) => carryOut(tx, statement));
      });
      if (done) measureAnswer(meter, 'expired', done, change.now);
      return done?.changed ?? false;
    },
    countFailures: (id, wave) =>
      database.run(async (db) => {
        const [row] = await db.execute<{ count: number }>(failures(id, wave));
        return row?.count ?? 0;
      }),
    failuresOf: (asked) => database.run((db) => failuresOf(db, asked)),
    observed: (id, { revision, queueRevision }) =>
      database.run(async (db) => {
        const { observedRevision, observedQueueRevision, lookAt } = orchestrations;
        const isNewer = or(lt(observedRevision, revision), lt(observedQueueRevision, queueRevision));
        const noted = await db
          .update(orchestrations)
          .set({
            observedRevision: sql`greatest(${observedRevision}, ${revision}::int)`,
            observedQueueRevision: sql`greatest(${observedQueueRevision}, ${queueRevision}::int)`,
            // A retry since then is yet to be read.
            lookAt: sql`case when ${orchestrations.revision} > ${revision}::int then ${lookAt} end`,
          })
          .where(and(eq(orchestrations.id, id), isNewer))
          .returning({ id: orchestrations.id });
        if (noted.length === 0) return true;
        // Only when that is noted: whoever looks for a word on its way from now on finds none, and tells.
        const [latest] = await db.select(REVISIONS).from(orchestrations).where(eq(orchestrations.id, id));
        return latest?.revision === revision && latest.queueRevision === queueRevision;
      }),
    told: (id, { revision = 0, queueRevision = 0 }) =>
      database.run(async (db) => {
        const { toldRevision, toldQueueRevision } = orchestrations;
        await db
          .update(orchestrations)
          .set({
            toldRevision: sql`greatest(${toldRevision}, ${revision}::int)`,
            toldQueueRevision: sql`greatest(${toldQueueRevision}, ${queueRevision}::int)`,
          })
          .where(eq(orchestrations.id, id));
      }),
    listUnobserved: (afterID, limit) =>
      database.run(async (db) => {
        const { id } = orchestrations;
        const rows = await db
          .select({ id })
          .from(orchestrations)
          .where(and(IS_UNOBSERVED, afterID === '' ? undefined : gt(id, afterID)))
          .orderBy(asc(id))
          .limit(limit);
        return rows.map((row) => row.id);
      }),
    listUntold: (limit) =>
      database.run((db) => {
        const { id, observedRevision, observedQueueRevision, toldRevision, toldQueueRevision } =
          orchestrations;
        const isUntold = and(
          lte(toldRevision, observedRevision),
          lte(toldQueueRevision, observedQueueRevision),
        );
        return db
          .select({ id, ...REVISIONS })
          .from(orchestrations)
          .where(and(IS_UNOBSERVED, isUntold))
          .orderBy(asc(id))
          .limit(limit);
      }),
  };
}

/** A command with what the meter is told of it. */
interface CarriedOut extends Controlled {
  /** The operations that have ended by it. */
  ended: number;
  /** RFC 3339 UTC; null when it has answered no question. */
  askedAt: string | null;
}

async function carryOut(db: Statements, statement: SQL): Promise<CarriedOut | undefined> {
  const [raw] = await db.execute(statement);
  if (!raw) return undefined;
  const { was_changed: changed, ended_operations: ended, question_asked_at: askedAt } = raw;
  return {
    changed: changed === true,
    row: decodeRow(orchestrations, raw),
    ended: Number(ended),
    askedAt: askedAt === null ? null : (waves.askedAt.mapFromDriverValue(askedAt) as string),
  };
}

function measureCommand(meter: Meter, { command }: Command, done: CarriedOut, now: string): void {
  const { type, parameters } = done.row;
  measureEnds(meter, { count: done.ended, type, isDryRun: parameters.dryRun }, 'canceled');
  if (command === 'approve') measureAnswer(meter, 'approved', done, now);
  if (command === 'reject') measureAnswer(meter, 'rejected', done, now);
}

function measureAnswer(
  meter: Meter,
  answer: 'approved' | 'rejected' | 'expired',
  { changed, askedAt }: CarriedOut,
  now: string,
): void {
  if (changed && askedAt !== null) meter.approvalWait({ answer }, secondsBetween(askedAt, now));
}

/** Its number stays in the row, also when it has nothing to change: it must not do so later. */
async function carryOutOnce(
  db: Statements,
  id: string,
  command: Command,
  now: string,
  { chain, number }: CommandNumber,
): Promise<CarriedOut | undefined> {
  const { commandChain, commandNumber } = orchestrations;
  const isNew = or(sql`${commandChain} is distinct from ${chain}`, lt(commandNumber, number));
  const [row] = await db
    .update(orchestrations)
    .set({ commandChain: chain, commandNumber: number })
    .where(and(eq(orchestrations.id, id), isNew))
    .returning();
  if (row) return await carryOut(db, commandStatement(id, command, now));
  const [standing] = await db.select().from(orchestrations).where(eq(orchestrations.id, id));
  return standing && { changed: false, isOld: true, row: standing, ended: 0, askedAt: null };
}

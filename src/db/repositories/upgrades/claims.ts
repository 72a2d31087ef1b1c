/** Claims of operations: each by itself, and those of an orchestration with limits one after the other, several in a transaction. */
import { and, eq, sql } from 'drizzle-orm';
import { DRYDOCK } from '../../../domain/actors.ts';
import { UnavailableError } from '../../../domain/errors.ts';
import type { Meter } from '../../../domain/measures.ts';
import { CANCELED } from '../../../domain/upgrades/descriptions.ts';
import type { Hold } from '../../../domain/upgrades/hold-words.ts';
import { isAnyFull, keysOf, TakenKeys } from '../../../domain/upgrades/limits.ts';
import { isFinalOperationState } from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { gathering } from '../gathering.ts';
import { isUUID } from '../rows.ts';
import { isHeld } from './control-rows.ts';
import { afterOthers } from './control-statements.ts';
import { executing } from './execution-changes.ts';
import {
  changeOne,
  ENDED,
  enters,
  EVERYTHING_PAUSED,
  FREEZES_SINCE,
  HEEDED,
  stopOneUnsent,
  UNSENT_AND_HELD,
} from './guarded-changes.ts';
import { LIMITED } from './limit-columns.ts';
import { measureEnds, measureStart } from './measured-changes.ts';
import type {
  Claim,
  Dispatch,
  LimitedClaim,
  OperationRepository,
  OperationRow,
} from './orchestration-repositories.ts';

/** Claims of one transaction: commands of their orchestration, and claims by other processes, wait for so many. */
const MOST_TOGETHER = 100;

interface Asked {
  id: string;
  by: Dispatch & { claim: string };
  now: string;
}

interface LimitedAsked extends Asked {
  keys: LimitedClaim['keys'];
}

export function createClaims(database: Database, meter: Meter): Pick<OperationRepository, 'claim'> {
  // A transaction for each of a thousand would keep all connections of the pool waiting for the same lock, most of them for longer than the
  // database may take.
  const claimInLine = gathering(MOST_TOGETHER, (orchestrationID: string, asked: LimitedAsked[]) =>
    database.write((db) => afterOthers(db, orchestrationID, (tx) => claimEach(tx, orchestrationID, asked))),
  );
  return {
    claim: async (id, by, now, limited) => {
      // An ID that the database refuses would be the end of the claims beside it.
      if (!isUUID(id)) return { kind: 'refused' };
      const claim = limited
        ? await claimInLine(limited.orchestrationID, { id, by, now, keys: limited.keys })
        : await database.write((db) => claimOne(db, { id, by, now }, false));
      if (claim.kind === 'claimed' && isOf(claim.row, now)) measureStart(meter, claim.row);
      if (claim.kind === 'stopped') {
        const { type, dryRun } = claim.row;
        measureEnds(meter, { count: 1, type, isDryRun: dryRun }, 'canceled');
      }
      return claim;
    },
  };
}

/** An operation that was in progress already has begun before. */
function isOf({ startedAt }: OperationRow, now: string): boolean {
  return startedAt !== null && Date.parse(startedAt) === Date.parse(now);
}

/**
 * Claims while nobody else claims of the same orchestration, whose row is locked: what is in progress, counted once, grows by these claims alone. Places of
 * operations that end meanwhile are for later claims. Rows are locked in the order of their IDs, as by everybody who changes many.
 */
async function claimEach(
  db: Statements,
  orchestrationID: string,
  asked: readonly LimitedAsked[],
): Promise<Map<LimitedAsked, Claim>> {
  const rows = await db
    .select({ id: operations.id, ...LIMITED })
    .from(operations)
    .where(and(eq(operations.orchestrationID, orchestrationID), eq(operations.state, 'in progress')));
  const taken = new TakenKeys(
    {},
    rows.map((row) => ({ keys: keysOf(row) })),
  );
  const inProgress = new Set(rows.map(({ id }) => id));
  const claims = new Map<LimitedAsked, Claim>();
  for (const one of [...asked].sort(byID)) {
    const claim = await claimOne(db, one, isAnyFull(one.keys, taken));
    if (claim.kind === 'claimed' && !inProgress.has(claim.row.id)) {
      inProgress.add(claim.row.id);
      taken.take(keysOf(claim.row));
    }
    claims.set(one, claim);
  }
  return claims;
}

function byID(one: Asked, other: Asked): number {
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}

/** Claims what waits, unless a key of it is full. What is in progress already only changes hands, full or not. */
async function claimOne(db: Statements, { id, by, now }: Asked, isFull: boolean): Promise<Claim> {
  const done = await changeOne(db, id, {
    set: sql`state = 'in progress', description = 'Upgrade under way', started_at = ${now}, finished_at = null,
        claim = ${by.claim}, freezes_version = ${HEEDED}, ${ENDED}`,
    guard: sql`old.attempt = ${by.attempt} and old.dispatch = ${by.dispatch} and ${enters('in progress')} and not ${isFull}
        and ${HEEDED} >= ${FREEZES_SINCE} and not ${isHeld(sql`old.orchestration_id`)}`,
    kind: 'state',
    actor: 'drydock',
    reason: 'It is executed',
    now,
  });
  const row = done?.row;
  if (row?.attempt !== by.attempt || row.state === 'canceled') return { kind: 'refused' };
  if (isFinalOperationState(row.state)) return { kind: 'finished', row };
  if (row.dispatch !== by.dispatch) return { kind: 'given back' };
  if (done?.changed) return { kind: 'claimed', row };
  if (row.state === 'in progress') {
    // By the dispatch alone: it may have been claimed before.
    const { attempt, dispatch } = by;
    const stopped = await stopOneUnsent(
      db,
      id,
      { attempt, dispatch },
      { actor: DRYDOCK, reason: CANCELED, now },
    );
    return stopped ? { kind: 'stopped', row: stopped } : await takeClaim(db, id, by);
  }
  return isFull ? { kind: 'full', row } : { kind: 'held', row, by: await holdOf(db, id) };
}

/** Executed by others before, which have sent nothing; since then its orchestration was paused, or freezes have changed. */
async function isHeldUnsent(db: Statements, { id }: OperationRow): Promise<boolean> {
  const [row] = await db.execute(sql`select from operations old where id = ${id} and ${UNSENT_AND_HELD}`);
  return row !== undefined;
}

/** Looked at after the claim, which says only that there is one: null when it is over again. */
async function holdOf(db: Statements, id: string): Promise<Hold | null> {
  const [row] = await db.execute<{ hold: Hold | null }>(sql`
    select case
      when ${EVERYTHING_PAUSED} then 'everything paused'
      when o.pauses <> '[]'::jsonb then 'paused'
      when o.state in ('canceling', 'canceled') then 'canceled'
      when ${HEEDED} < ${FREEZES_SINCE} then 'freezes'
    end as hold
    from operations old join orchestrations o on o.id = old.orchestration_id where old.id = ${id}`);
  return row?.hold ?? null;
}

/** A row that is in progress in this dispatch goes over to the execution that asks for it last. */
async function takeClaim(
  db: Statements,
  id: string,
  { attempt, dispatch, claim }: Dispatch & { claim: string },
): Promise<Claim> {
  const [row] = await db
    .update(operations)
    .set({ claim })
    .where(and(executing(id, attempt), eq(operations.dispatch, dispatch)))
    .returning();
  if (row && (await isHeldUnsent(db, row))) return { kind: 'held', row, by: await holdOf(db, id) };
  if (row) return { kind: 'claimed', row };
  throw new UnavailableError(
    'database',
    'The operation was changed while it was claimed; it is claimed anew',
  );
}

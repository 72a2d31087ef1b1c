import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import { UnavailableError } from '../../../domain/errors.ts';
import { isFinalOperationState } from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { isHeld } from './control-rows.ts';
import { afterOthers } from './control-statements.ts';
import { columnOf } from './limit-columns.ts';
import {
  changeOne,
  ENDED,
  enters,
  FREEZES_SINCE,
  HEEDED,
  standsAs,
  UNSENT_AND_HELD,
} from './guarded-changes.ts';
import {
  SEVERAL_VERSIONS,
  type Claim,
  type Dispatch,
  type LimitedClaim,
  type OperationRepository,
  type OperationRow,
  type SeenOperation,
} from './orchestration-repositories.ts';

type ExecutionChanges = Pick<
  OperationRepository,
  'claim' | 'finish' | 'recordUpgraded' | 'recordRequest' | 'withdrawRequest' | 'recordAccepted' | 'describe'
>;

const ACTOR = 'drydock';

/** Changes by an execution of an upgrade, from the claim to the end. */
export function createExecutionChanges(database: Database): ExecutionChanges {
  return {
    claim: (id, by, now, limited) =>
      database.run((db) =>
        limited
          ? afterOthers(db, limited.orchestrationID, (tx) => claim(tx, id, by, now, limited))
          : claim(db, id, by, now),
      ),

    finish: (id, dispatch, end, now) =>
      database.run(async (db) => {
        const code = end.state === 'failed' ? end.code : null;
        const config = end.state === 'succeeded' && end.config ? JSON.stringify(end.config) : null;
        const done = await changeOne(db, id, {
          set: sql`state = ${end.state}, description = ${end.description}, failure_code = ${code}, finished_at = ${now},
              config = coalesce(${config}::jsonb, operations.config)`,
          guard: sql`${standsAs(dispatch)} and old.state = 'in progress'`,
          kind: 'state',
          actor: ACTOR,
          reason: end.description,
          now,
        });
        return ofAttempt(done?.row, dispatch.attempt);
      }),

    recordRequest: (id, seen, { config, baselineOperationID, sentSecrets = null }) =>
      database.run(async (db) => {
        const accepted = await db
          .update(operations)
          .set({
            config,
            baselineOperationID: sql`coalesce(${operations.baselineOperationID}, ${baselineOperationID})`,
            sentSecrets: sql`case when ${operations.baselineOperationID} is null
              or ${operations.sentSecrets} is not distinct from ${sentSecrets}::text
              then ${sentSecrets} else ${SEVERAL_VERSIONS} end`,
          })
          .where(and(claimedBy(id, seen), isNull(operations.provisionerOperationID)))
          .returning({ id: operations.id });
        return accepted.length > 0;
      }),

    withdrawRequest: (id, seen) =>
      database.run(async (db) => {
        await db
          .update(operations)
          .set({ baselineOperationID: null })
          .where(and(claimedBy(id, seen), isNull(operations.provisionerOperationID)));
      }),

    recordUpgraded: (id, seen, description, now) =>
      database.run(async (db) => {
        await db
          .update(operations)
          .set({ upgradedAt: now, description, updatedAt: now })
          .where(and(claimedBy(id, seen), isNull(operations.upgradedAt)));
        const [row] = await db.select().from(operations).where(eq(operations.id, id));
        return row;
      }),

    recordAccepted: (id, attempt, { provisionerOperationID, description, now }) =>
      database.run(async (db) => {
        const ours = sql`attempt = ${attempt}`;
        await db.execute(sql`
          update operations
          set provisioner_operation_id = case when ${ours} then ${provisionerOperationID} else provisioner_operation_id end,
              earlier_operation_id = case when ${ours} then earlier_operation_id else ${provisionerOperationID} end,
              description = case when ${ours} and state = 'in progress' then ${description} else description end,
              updated_at = ${now}
          where id = ${id} and (attempt in (${attempt}, ${attempt + 1}) or attempt > ${attempt} and earlier_operation_id is null)`);
      }),

    describe: (id, attempt, description, now) =>
      database.run(async (db) => {
        await db.update(operations).set({ description, updatedAt: now }).where(executing(id, attempt));
      }),
  };
}

/** The row when it is of the attempt that is asked for. */
function ofAttempt(row: OperationRow | undefined, attempt: number): OperationRow | undefined {
  return row?.attempt === attempt ? row : undefined;
}

async function claim(
  db: Statements,
  id: string,
  by: Dispatch & { claim: string },
  now: string,
  limited?: LimitedClaim,
): Promise<Claim> {
  const isFull = limited !== undefined && (await isAnyFull(db, limited));
  const done = await changeOne(db, id, {
    set: sql`state = 'in progress', description = 'Upgrade under way', started_at = ${now}, finished_at = null,
        claim = ${by.claim}, freezes_version = ${HEEDED}, ${ENDED}`,
    guard: sql`old.attempt = ${by.attempt} and old.dispatch = ${by.dispatch} and ${enters('in progress')} and not ${isFull}
        and ${HEEDED} >= ${FREEZES_SINCE} and not ${isHeld(sql`old.orchestration_id`)}`,
    kind: 'state',
    actor: ACTOR,
    reason: 'It is executed',
    now,
  });
  const row = ofAttempt(done?.row, by.attempt);
  if (!row || row.state === 'canceled') return { kind: 'refused' };
  if (isFinalOperationState(row.state)) return { kind: 'finished', row };
  if (row.dispatch !== by.dispatch) return { kind: 'given back' };
  if (done?.changed) return { kind: 'claimed', row };
  if (row.state === 'in progress') return await takeClaim(db, id, by);
  return { kind: isFull ? 'full' : 'held', row };
}

/**
 * True when as many of one of these keys are in progress as may be. Nobody else claims at the same time: the row of their orchestration is
 * locked. A claim of what is in progress already only changes hands, full or not.
 */
async function isAnyFull(db: Statements, { orchestrationID, keys }: LimitedClaim): Promise<boolean> {
  if (keys.length === 0) return false;
  const isFull = keys.map(
    ({ kind, key, limit }) => sql`count(*) filter (where ${columnOf(kind)} = ${key}) >= ${limit}::int`,
  );
  const [answer] = await db.execute<{ is_full: boolean }>(sql`
    select ${sql.join(isFull, sql` or `)} as is_full
    from operations
    where orchestration_id = ${orchestrationID} and state = 'in progress'`);
  return answer?.is_full === true;
}

/** An operation that executes in this attempt; a note for another one comes too late. */
function executing(id: string, attempt: number): SQL | undefined {
  return and(eq(operations.id, id), eq(operations.attempt, attempt), eq(operations.state, 'in progress'));
}

/** An operation that this very execution has claimed. */
function claimedBy(id: string, { attempt, dispatch, claim }: SeenOperation): SQL | undefined {
  return and(
    executing(id, attempt),
    eq(operations.dispatch, dispatch),
    claim === null ? isNull(operations.claim) : eq(operations.claim, claim),
  );
}

/** Executed by others before, which have sent nothing; since then its orchestration was paused, or freezes have changed. */
async function isHeldUnsent(db: Statements, { id }: OperationRow): Promise<boolean> {
  const [row] = await db.execute(sql`select from operations old where id = ${id} and ${UNSENT_AND_HELD}`);
  return row !== undefined;
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
  if (row) return { kind: (await isHeldUnsent(db, row)) ? 'held' : 'claimed', row };
  throw new UnavailableError(
    'database',
    'The operation was changed while it was claimed; it is claimed anew',
  );
}

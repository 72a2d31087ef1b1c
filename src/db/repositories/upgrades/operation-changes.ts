import { and, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import { UnavailableError } from '../../../domain/errors.ts';
import {
  isFinalOperationState,
  OPERATION_ENTERED_FROM,
  WAITING_OPERATION_STATES,
} from '../../../domain/upgrades/states.ts';
import { describeWindow } from '../../../domain/upgrades/windows.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { hasNewer } from './operation-reads.ts';
import { decodeRow, isUUID, oneOf, uuidArray } from '../rows.ts';
import {
  SEVERAL_VERSIONS,
  type Claim,
  type Dispatch,
  type OperationRepository,
  type OperationRow,
  type SeenOperation,
} from './orchestration-repositories.ts';
import type { StateChange } from '../repository-types.ts';

/** A guarded change of one operation, with its event. */
interface Change extends StateChange {
  /** Assignments, without `updated_at`. */
  set: SQL;
  /** Condition on `old`, the row as it stands, locked. */
  guard: SQL;
  kind: string;
}

/** What was known of a busy runtime says nothing any more: the attempt has begun, has ended, or waits for another window. */
const ENDED = sql`not_before = null, busy_since = null`;
/** It waits in the plan again: whoever acts for the child that was started before changes nothing from now on. */
const GIVEN_BACK = sql`dispatch = operations.dispatch + 1, claim = null`;
const waiting = sql`old.state in ${oneOf(WAITING_OPERATION_STATES)}`;
const enters = (state: keyof typeof OPERATION_ENTERED_FROM): SQL =>
  sql`old.state in ${oneOf(OPERATION_ENTERED_FROM[state])}`;

/** True of `old` when it stands as it was seen: in this dispatch, and with the same claim where the claim was looked at. */
function standsAs(seen: Dispatch | SeenOperation): SQL {
  const dispatch = sql`old.attempt = ${seen.attempt} and old.dispatch = ${seen.dispatch}`;
  return 'claim' in seen ? sql`${dispatch} and old.claim is not distinct from ${seen.claim}::text` : dispatch;
}

/**
 * Changes one operation in one statement: locks the row, updates it when the guard holds, writes the event. Answers the row
 * that stands afterwards, changed or not.
 */
async function changeOne(
  db: Drizzle,
  id: string,
  change: Change,
): Promise<{ changed: boolean; row: OperationRow } | undefined> {
  const [raw] = await db.execute(sql`
    with old as (
      select * from operations where id = ${id} for update
    ), changed as (
      update operations set ${change.set}, updated_at = ${change.now}
      from old where operations.id = old.id and ${change.guard}
      returning operations.*
    ), logged as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select changed.orchestration_id, changed.id, ${change.now}, ${change.actor}, ${change.kind}, old.state,
             changed.state, ${change.reason}
      from changed join old on old.id = changed.id
    )
    select true as was_changed, changed.* from changed
    union all
    select false, old.* from old where not exists (select from changed)`);
  return raw ? { changed: raw['was_changed'] === true, row: decodeRow(operations, raw) } : undefined;
}

/** The same for many operations, chosen by a condition; answers how many changed. */
async function changeMany(db: Drizzle, chosen: SQL, change: Change): Promise<number> {
  const [answer] = await db.execute<{ count: number }>(sql`
    with old as (
      select id, state from operations where ${chosen} order by id for update
    ), changed as (
      update operations set ${change.set}, updated_at = ${change.now}
      from old where operations.id = old.id and ${change.guard}
      returning operations.id, operations.orchestration_id, operations.state, old.state as old_state
    ), logged as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select orchestration_id, id, ${change.now}, ${change.actor}, ${change.kind}, old_state, state, ${change.reason}
      from changed
    )
    select count(*)::int as count from changed`);
  return answer?.count ?? 0;
}

type Changes = Pick<
  OperationRepository,
  | 'claim'
  | 'finish'
  | 'fail'
  | 'cancelOne'
  | 'cancelWaiting'
  | 'giveBack'
  | 'reschedule'
  | 'defer'
  | 'retry'
  | 'failOvertaken'
  | 'recordRequest'
  | 'withdrawRequest'
  | 'recordAccepted'
  | 'describe'
>;

const ACTOR = 'drydock';
const MANY_LIMIT_MS = 120_000;

/** Everything that moves operations from state to state. */
export function createOperationChanges(database: Database): Changes {
  /** The row when it is of the attempt that is asked for. */
  const ofAttempt = (row: OperationRow | undefined, attempt: number): OperationRow | undefined =>
    row?.attempt === attempt ? row : undefined;

  return {
    claim: (id, by, now) =>
      database.run(async (db) => {
        const done = await changeOne(db, id, {
          set: sql`state = 'in progress', description = 'Upgrade under way', started_at = ${now}, finished_at = null,
              claim = ${by.claim}, ${ENDED}`,
          guard: sql`old.attempt = ${by.attempt} and old.dispatch = ${by.dispatch} and ${enters('in progress')}`,
          kind: 'state',
          actor: ACTOR,
          reason: 'It is executed',
          now,
        });
        const row = ofAttempt(done?.row, by.attempt);
        if (!row || row.state === 'canceled') return { kind: 'refused' };
        if (isFinalOperationState(row.state)) return { kind: 'finished', row };
        if (row.dispatch !== by.dispatch) return { kind: 'given back' };
        return done?.changed ? { kind: 'claimed', row } : await takeClaim(db, id, by);
      }),

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

    fail: (id, seen, { code, message }, now) =>
      database.run(async (db) => {
        // Refused: nothing of it can turn up at the Provisioner later.
        const baseline = code === 'PROVISIONER_REFUSED' ? sql`, baseline_operation_id = null` : sql``;
        const done = await changeOne(db, id, {
          set: sql`state = 'failed', description = ${message}, failure_code = ${code}, finished_at = ${now}, ${ENDED}${baseline}`,
          guard: sql`${standsAs(seen)} and ${enters('failed')}`,
          kind: 'state',
          actor: ACTOR,
          reason: message,
          now,
        });
        return ofAttempt(done?.row, seen.attempt);
      }),

    cancelOne: (id, dispatch, change) =>
      database.run(async (db) => {
        const done = await changeOne(db, id, {
          ...change,
          set: sql`state = 'canceled', description = ${change.reason}, finished_at = ${change.now}, ${ENDED}`,
          guard: sql`${standsAs(dispatch)} and ${enters('canceled')}`,
          kind: 'state',
        });
        return done?.changed ?? false;
      }),

    cancelWaiting: (orchestrationID, change) =>
      database.run(
        (db) =>
          changeMany(
            db,
            sql`orchestration_id = ${orchestrationID} and state in ${oneOf(WAITING_OPERATION_STATES)}`,
            {
              ...change,
              set: sql`state = 'canceled', description = ${change.reason}, finished_at = ${change.now}, ${ENDED}`,
              guard: enters('canceled'),
              kind: 'state',
            },
          ),
        MANY_LIMIT_MS,
      ),

    giveBack: (id, { attempt, dispatch }) =>
      database.run(async (db) => {
        await db.execute(sql`
          update operations set ${GIVEN_BACK}, ${ENDED}
          where id = ${id} and attempt = ${attempt} and dispatch = ${dispatch}
            and state in ${oneOf(WAITING_OPERATION_STATES)}`);
      }),

    reschedule: (id, seen, { begin, end }, change) =>
      database.run(async (db) => {
        const unsent = sql`old.state = 'in progress' and old.provisioner_operation_id is null`;
        const done = await changeOne(db, id, {
          ...change,
          set: sql`window_begin = ${begin}, window_end = ${end}, due_at = ${begin},
              description = ${`Waits for its window ${describeWindow({ begin, end })}`},
              state = case when old.attempt = 1 then 'pending' else 'retrying' end, started_at = null, ${GIVEN_BACK}, ${ENDED}`,
          guard: sql`${standsAs(seen)} and (${waiting} or (${unsent}))`,
          kind: 'rescheduled',
        });
        return done?.changed ?? false;
      }),

    defer: (id, attempt, notBefore, change) =>
      database.run(async (db) => {
        const waits = and(
          eq(operations.id, id),
          eq(operations.attempt, attempt),
          inArray(operations.state, [...WAITING_OPERATION_STATES]),
        );
        // The first time is an event; looking again every few seconds for hours is not.
        const first = await changeOne(db, id, {
          ...change,
          set: sql`not_before = ${notBefore}, busy_since = ${change.now}, description = ${change.reason}`,
          guard: sql`old.attempt = ${attempt} and ${waiting} and old.busy_since is null`,
          kind: 'deferred',
        });
        if (first?.changed) return first.row.busySince ?? undefined;
        const set = { notBefore, description: change.reason, updatedAt: change.now };
        const [again] = await db
          .update(operations)
          .set(set)
          .where(waits)
          .returning({ busySince: operations.busySince });
        return again?.busySince ?? undefined;
      }),

    retry: (orchestrationID, operationIDs, requestID, change) =>
      database.run(
        (db) =>
          changeMany(
            db,
            sql`orchestration_id = ${orchestrationID} and state = 'failed' and id = any(${uuidArray(operationIDs.filter(isUUID))})
                and retry_request_id is distinct from ${requestID}`,
            {
              ...change,
              set: sql`state = 'retrying', description = 'Waits to be tried again', attempt = operations.attempt + 1,
                  retry_request_id = ${requestID}, failure_code = null, config = null, baseline_operation_id = null,
                  earlier_operation_id = coalesce(operations.provisioner_operation_id, operations.earlier_operation_id),
                  provisioner_operation_id = null, started_at = null, finished_at = null, ${ENDED}, ${GIVEN_BACK}`,
              guard: enters('retrying'),
              kind: 'state',
            },
          ),
        MANY_LIMIT_MS,
      ),

    failOvertaken: (orchestrationID, change) =>
      database.run(
        (db) =>
          changeMany(
            db,
            sql`orchestration_id = ${orchestrationID} and state in ${oneOf(WAITING_OPERATION_STATES)} and ${hasNewer(sql`operations`)}`,
            {
              ...change,
              set: sql`state = 'failed', description = ${change.reason}, failure_code = 'OVERTAKEN', finished_at = ${change.now}, ${ENDED}`,
              guard: enters('failed'),
              kind: 'state',
            },
          ),
        MANY_LIMIT_MS,
      ),

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

/** An operation that executes in this attempt; a note for another one comes too late. */
function executing(id: string, attempt: number): SQL | undefined {
  return and(eq(operations.id, id), eq(operations.attempt, attempt), eq(operations.state, 'in progress'));
}

/** One that this very execution has claimed. */
function claimedBy(id: string, { attempt, dispatch, claim }: SeenOperation): SQL | undefined {
  return and(
    executing(id, attempt),
    eq(operations.dispatch, dispatch),
    claim === null ? isNull(operations.claim) : eq(operations.claim, claim),
  );
}

/** A row that is in progress in this dispatch goes over to the execution that asks for it last. */
async function takeClaim(
  db: Drizzle,
  id: string,
  { attempt, dispatch, claim }: Dispatch & { claim: string },
): Promise<Claim> {
  const [row] = await db
    .update(operations)
    .set({ claim })
    .where(and(executing(id, attempt), eq(operations.dispatch, dispatch)))
    .returning();
  if (row) return { kind: 'claimed', row };
  throw new UnavailableError(
    'database',
    'The operation was changed while it was claimed; it is claimed anew',
  );
}

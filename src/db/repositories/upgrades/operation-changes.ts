import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import {
  isFinalOperationState,
  OPERATION_ENTERED_FROM,
  WAITING_OPERATION_STATES,
} from '../../../domain/upgrades/states.ts';
import { describeWindow } from '../../../domain/upgrades/windows.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { decodeRow, isUUID, oneOf, uuidArray } from '../rows.ts';
import type { OperationRepository, OperationRow } from './orchestration-repositories.ts';
import type { StateChange } from '../repository-types.ts';

/** A guarded change of one operation, with its event. */
interface Change extends StateChange {
  /** Assignments, without `updated_at`. */
  set: SQL;
  /** Condition on `old`, the row as it stands, locked. */
  guard: SQL;
  kind: string;
}

/** Sets nothing but what follows from the end of an attempt. */
const ENDED = sql`not_before = null, busy_since = null`;
const waiting = sql`old.state in ${oneOf(WAITING_OPERATION_STATES)}`;
const enters = (state: keyof typeof OPERATION_ENTERED_FROM): SQL =>
  sql`old.state in ${oneOf(OPERATION_ENTERED_FROM[state])}`;

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
  | 'reschedule'
  | 'defer'
  | 'retry'
  | 'recordRequest'
  | 'recordProvisionerOperation'
  | 'describe'
>;

const ACTOR = 'drydock';
const MANY_LIMIT_MS = 120_000;

/** Everything that moves operations from state to state. */
export function createOperationChanges(database: Database): Changes {
  /** Notes of the attempt that executes; a late one changes nothing. */
  const note = (id: string, attempt: number, set: PgUpdateSetSource<typeof operations>): Promise<void> =>
    database.run(async (db) => {
      const executing = and(
        eq(operations.id, id),
        eq(operations.attempt, attempt),
        eq(operations.state, 'in progress'),
      );
      await db.update(operations).set(set).where(executing);
    });
  /** The row when it is of the attempt that is asked for. */
  const ofAttempt = (row: OperationRow | undefined, attempt: number): OperationRow | undefined =>
    row?.attempt === attempt ? row : undefined;

  return {
    claim: (id, attempt, now) =>
      database.run(async (db) => {
        const done = await changeOne(db, id, {
          set: sql`state = 'in progress', description = 'Upgrade under way', started_at = ${now}, finished_at = null, ${ENDED}`,
          guard: sql`old.attempt = ${attempt} and ${enters('in progress')}`,
          kind: 'state',
          actor: ACTOR,
          reason: 'It is executed',
          now,
        });
        const row = ofAttempt(done?.row, attempt);
        if (!row || row.state === 'canceled') return { kind: 'refused' };
        if (row.state === 'in progress') return { kind: 'claimed', row };
        return isFinalOperationState(row.state) ? { kind: 'finished', row } : { kind: 'refused' };
      }),

    finish: (id, attempt, end, now) =>
      database.run(async (db) => {
        const code = end.state === 'failed' ? end.code : null;
        const config = end.state === 'succeeded' && end.config ? JSON.stringify(end.config) : null;
        const done = await changeOne(db, id, {
          set: sql`state = ${end.state}, description = ${end.description}, failure_code = ${code}, finished_at = ${now},
              config = coalesce(${config}::jsonb, operations.config)`,
          guard: sql`old.attempt = ${attempt} and old.state = 'in progress'`,
          kind: 'state',
          actor: ACTOR,
          reason: end.description,
          now,
        });
        return ofAttempt(done?.row, attempt);
      }),

    fail: (id, attempt, { code, message }, now) =>
      database.run(async (db) => {
        const done = await changeOne(db, id, {
          set: sql`state = 'failed', description = ${message}, failure_code = ${code}, finished_at = ${now}, ${ENDED}`,
          guard: sql`old.attempt = ${attempt} and ${enters('failed')}`,
          kind: 'state',
          actor: ACTOR,
          reason: message,
          now,
        });
        return ofAttempt(done?.row, attempt);
      }),

    cancelOne: (id, attempt, change) =>
      database.run(async (db) => {
        await changeOne(db, id, {
          ...change,
          set: sql`state = 'canceled', description = ${change.reason}, finished_at = ${change.now}, ${ENDED}`,
          guard: sql`old.attempt = ${attempt} and ${enters('canceled')}`,
          kind: 'state',
        });
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

    reschedule: (id, attempt, { begin, end }, change) =>
      database.run(async (db) => {
        const differs = sql`old.window_begin is distinct from ${begin}::timestamptz`;
        const unsent = sql`old.state = 'in progress' and old.provisioner_operation_id is null`;
        await changeOne(db, id, {
          ...change,
          set: sql`window_begin = ${begin}, window_end = ${end}, due_at = ${begin},
              description = ${`Waits for its window ${describeWindow({ begin, end })}`},
              state = case when old.attempt = 1 then 'pending' else 'retrying' end, started_at = null`,
          guard: sql`old.attempt = ${attempt} and ((${waiting} and ${differs}) or (${unsent}))`,
          kind: 'rescheduled',
        });
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
                  provisioner_operation_id = null, started_at = null, finished_at = null, ${ENDED}`,
              guard: enters('retrying'),
              kind: 'state',
            },
          ),
        MANY_LIMIT_MS,
      ),

    recordRequest: (id, attempt, { config, baselineOperationID }) =>
      note(id, attempt, {
        config,
        baselineOperationID: sql`coalesce(${operations.baselineOperationID}, ${baselineOperationID})`,
      }),
    recordProvisionerOperation: (id, attempt, provisionerOperationID) =>
      note(id, attempt, { provisionerOperationID }),
    describe: (id, attempt, description, now) => note(id, attempt, { description, updatedAt: now }),
  };
}

/** Changes of operations that name what they may leave: a late or repeated one changes nothing. Each writes its event. */
import { sql, type SQL } from 'drizzle-orm';
import { OPERATION_ENTERED_FROM, WAITING_OPERATION_STATES } from '../../../domain/upgrades/states.ts';
import type { Statements } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { decodeRow, oneOf } from '../rows.ts';
import type { StateChange } from '../repository-types.ts';
import { NONE_CHANGED, type ManyChanged } from './measured-changes.ts';
import type { Dispatch, OperationRow, SeenOperation } from './orchestration-repositories.ts';

/** A guarded change of one operation, with its event. */
export interface Change extends Omit<StateChange, 'reason'> {
  /** For the event log; may be taken from the row. */
  reason: string | SQL;
  /** Assignments, without `updated_at`. */
  set: SQL;
  /** Condition on `old`, the row as it stands, locked. */
  guard: SQL;
  kind: string;
}

/** Earlier looks at a busy runtime say nothing any more: the attempt has begun, has ended, or waits for another window. */
export const ENDED = sql`not_before = null, busy_since = null`;
/** It waits in the plan again: whoever acts for the child that was started before changes nothing from now on. */
export const GIVEN_BACK = sql`dispatch = operations.dispatch + 1, claim = null, upgraded_at = null`;
/**
 * It goes to another place in the plan: earlier looks at a busy runtime say nothing any more, and the wait for another try goes on. That is the one
 * that has no beginning.
 */
export const MOVED = sql`not_before = case when operations.busy_since is null then operations.not_before end, busy_since = null`;
/** An attempt that has failed leaves the row to the next one, which knows of what the Provisioner was given. */
export const ANOTHER_ATTEMPT = sql`state = 'retrying', is_forgiven = false, attempt = operations.attempt + 1, failure_code = null, config = null,
  earlier_operation_id = coalesce(operations.provisioner_operation_id, operations.earlier_operation_id),
  baseline_operation_id = null, provisioner_operation_id = null, unhealthy = null, uncertain = null,
  freezes_version = 0, started_at = null, finished_at = null, ${GIVEN_BACK}`;
/** The version since which freezes and opt-outs are those that hold now: a window by an earlier one may be wrong. */
export const FREEZES_SINCE = sql`coalesce((select freezes_since from maintenance_policies order by version desc limit 1), 0)`;
/** The version whose freezes and opt-outs the window of `old` heeds. */
export const HEEDED = sql`coalesce(old.freezes_version, (select o.freezes_version from orchestrations o where o.id = old.orchestration_id), 0)`;
/** Everything is paused, with one call. */
export const EVERYTHING_PAUSED = sql`coalesce((select is_paused from queue_control order by revision desc limit 1), false)`;
/**
 * True of a row of operations when no request of this attempt can have been sent. One whose runtime had what is wanted, and is checked after that, is as
 * good as sent: it comes to its end.
 */
export function isUnsent(row: SQL): SQL {
  return sql`(${row}.baseline_operation_id is null and ${row}.provisioner_operation_id is null and ${row}.upgraded_at is null)`;
}
/**
 * True of `old` when its orchestration, or everything, is paused, or freezes have changed since it got its window, and no request of this attempt can have
 * been sent.
 */
export const UNSENT_AND_HELD = sql`${isUnsent(sql`old`)}
  and (${EVERYTHING_PAUSED} or ${HEEDED} < ${FREEZES_SINCE}
    or exists (select from orchestrations o where o.id = old.orchestration_id and o.pauses <> '[]'::jsonb))`;
/** True of a row of operations in progress that ends as those that wait: its orchestration is canceled, and no request of this attempt can have been sent. */
function isStopped(row: SQL): SQL {
  return sql`(${row}.state = 'in progress' and ${isUnsent(row)} and exists (
    select from orchestrations o where o.id = ${row}.orchestration_id and o.state in ('canceling', 'canceled')))`;
}
export const WAITS = sql`old.state in ${oneOf(WAITING_OPERATION_STATES)}`;
export const enters = (state: keyof typeof OPERATION_ENTERED_FROM): SQL =>
  sql`old.state in ${oneOf(OPERATION_ENTERED_FROM[state])}`;

/** True of `old` when it stands as it was seen: in this dispatch, and with the same claim where the claim was looked at. */
export function standsAs(seen: Dispatch | SeenOperation): SQL {
  const dispatch = sql`old.attempt = ${seen.attempt} and old.dispatch = ${seen.dispatch}`;
  return 'claim' in seen ? sql`${dispatch} and old.claim is not distinct from ${seen.claim}::text` : dispatch;
}

/**
 * Changes one operation in one statement: locks the row, updates it when the guard holds, writes the event. Answers the row
 * that stands afterwards, changed or not.
 */
export async function changeOne(
  db: Statements,
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

/** The same for many operations of one orchestration, chosen by a condition; answers how many changed. */
export async function changeMany(db: Statements, chosen: SQL, change: Change): Promise<ManyChanged> {
  const [answer] = await db.execute<ManyChanged & Record<string, unknown>>(sql`
    with old as (
      select id, state from operations where ${chosen} order by id for update
    ), changed as (
      update operations set ${change.set}, updated_at = ${change.now}
      from old where operations.id = old.id and ${change.guard}
      returning operations.id, operations.orchestration_id, operations.state, old.state as old_state, operations.type, operations.dry_run
    ), logged as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select orchestration_id, id, ${change.now}, ${change.actor}, ${change.kind}, old_state, state, ${change.reason}
      from changed
    )
    select count(*)::int as count, min(type) as type, bool_or(dry_run) as "isDryRun" from changed`);
  return answer ?? NONE_CHANGED;
}

function canceled({ reason, now }: StateChange): SQL {
  return sql`state = 'canceled', description = ${reason}, finished_at = ${now}, ${ENDED}`;
}

/** Ends one in progress to which nothing was sent when its orchestration is canceled. Undefined when nothing has changed. */
export async function stopOneUnsent(
  db: Statements,
  id: string,
  seen: Dispatch,
  change: StateChange,
): Promise<OperationRow | undefined> {
  const guard = sql`${standsAs(seen)} and ${isStopped(sql`old`)}`;
  const done = await changeOne(db, id, { ...change, set: canceled(change), guard, kind: 'state' });
  return done?.changed ? done.row : undefined;
}

/** The same for all of an orchestration: hardly ever more than it has workers. */
export async function stopUnsent(
  db: Statements,
  orchestrationID: string,
  change: StateChange,
): Promise<ManyChanged> {
  const stopped = sql`orchestration_id = ${orchestrationID} and ${isStopped(sql`operations`)}`;
  const guard = sql`old.state = 'in progress'`;
  return await changeMany(db, stopped, { ...change, set: canceled(change), guard, kind: 'state' });
}

/** Cancels all operations of an orchestration that wait. */
export async function cancelWaiting(
  db: Statements,
  orchestrationID: string,
  change: StateChange,
): Promise<ManyChanged> {
  const waiting = sql`orchestration_id = ${orchestrationID} and state in ${oneOf(WAITING_OPERATION_STATES)}`;
  return await changeMany(db, waiting, {
    ...change,
    set: canceled(change),
    guard: WAITS,
    kind: 'state',
  });
}

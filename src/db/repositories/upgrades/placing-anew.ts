import { sql, type SQL } from 'drizzle-orm';
import type { Replacement } from '../../../domain/upgrades/live-freezes.ts';
import type { Meter } from '../../../domain/measures.ts';
import { orderOf } from '../../../domain/upgrades/placement.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import { ENDED, GIVEN_BACK, MOVED, WAITS } from './guarded-changes.ts';
import { measureEnds, type ManyChanged } from './measured-changes.ts';
import type { WaitingRow } from './operation-repository.ts';

/** Waiting operations that are placed anew, thousands of them in one statement. */
export interface PlacingAnew {
  /** As they were read, each with what becomes of it. */
  rows: readonly { row: WaitingRow; replacement: Replacement }[];
  /** A statement that answers one row, or none when nothing is to change. */
  goneOn: SQL;
  /** On `old`, a row that waits, and `wanted`, which has the `attempt`, the `dispatch` and the freezes' version, `heeds`, that were read. */
  guard: SQL;
  /** Of the maintenance policy by which they are placed, on `wanted`. */
  version: SQL;
  /** Assignments more for one that moves. */
  set?: SQL;
  actor: string;
  now: string;
}

/** One statement, with an event for each that moves or ends: what an earlier attempt has begun ends as a failure. Answers a row of {@link Placed} for each kind and state. */
export function placingAnew({ rows, goneOn, guard, version, set = sql``, actor, now }: PlacingAnew): SQL {
  const wanted = JSON.stringify(rows.map(({ row, replacement }) => toWanted(row, replacement)));
  return sql`
    with gone_on as (
      ${goneOn}
    ), wanted as (
      select * from jsonb_to_recordset(${wanted}::jsonb) as w(
        id uuid, attempt int, dispatch int, heeds int, kind text, description text, reason text,
        begins timestamptz, latest timestamptz, ends timestamptz, due timestamptz, place timestamptz)
    ), old as (
      select old.id, old.state, wanted.kind, wanted.description, wanted.reason, begins, latest, ends, due, place, ${version} as version
      from gone_on, wanted join operations old on old.id = wanted.id
      where ${WAITS} and old.attempt = wanted.attempt and ${guard}
      order by old.id for update of old
    ), stayed as (
      update operations set freezes_version = old.version, description = coalesce(old.description, operations.description)
      from old where operations.id = old.id and old.kind = 'stays'
    ), moved as (
      update operations
      set window_begin = begins, latest_start = latest, window_end = ends, due_at = due, order_at = place,
          description = old.description, freezes_version = old.version, updated_at = ${now}, ${GIVEN_BACK}, ${MOVED} ${set}
      from old where operations.id = old.id and old.kind = 'moves'
      returning operations.id, operations.orchestration_id, operations.state, 'rescheduled' as kind, old.state as from_state, old.reason, operations.type, operations.dry_run
    ), ended as (
      update operations
      set state = case when operations.earlier_operation_id is null then 'canceled' else 'failed' end, description = old.reason, failure_code = 'WINDOW_NOT_REACHED', finished_at = ${now},
          updated_at = ${now}, ${GIVEN_BACK}, ${ENDED}
      from old where operations.id = old.id and old.kind = 'ends'
      returning operations.id, operations.orchestration_id, operations.state, 'state' as kind, old.state as from_state, old.reason, operations.type, operations.dry_run
    ), changed as (
      select * from moved union all select * from ended
    ), logged as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select orchestration_id, id, ${now}, ${actor}, kind, from_state, state, reason
      from changed
    )
    select kind, state, count(*)::int as count, min(type) as type, bool_or(dry_run) as "isDryRun" from changed group by kind, state`;
}

/** Operations that were placed anew, by what has become of them. */
export interface Placed extends ManyChanged, Record<string, unknown> {
  kind: 'rescheduled' | 'state';
  state: OperationState;
}

/** Tells the meter, and answers how many have ended. With `isMissed` their windows were over. */
export function measurePlaced(meter: Meter, placed: readonly Placed[], isMissed: boolean): number {
  let ended = 0;
  for (const some of placed) {
    if (isMissed && some.type !== null && some.isDryRun !== true)
      meter.windowMissed({ type: some.type }, some.count);
    if (some.kind !== 'state') continue;
    measureEnds(meter, some, some.state, 'WINDOW_NOT_REACHED');
    ended += some.count;
  }
  return ended;
}

function toWanted(
  { id, attempt, dispatch, freezesVersion: heeds }: WaitingRow,
  replacement: Replacement,
): object {
  const seen = { id, attempt, dispatch, heeds };
  if (replacement.kind !== 'moves') return { ...seen, ...replacement };
  const { window, ...words } = replacement;
  const { dueAt: due, orderAt: place } = orderOf(window);
  return {
    ...seen,
    ...words,
    due,
    place,
    begins: window?.begin,
    latest: window?.latestStart,
    ends: window?.end,
  };
}

/** The statements behind commands: each changes the row of the orchestration, and what hangs on it, when it changes anything. */
import { sql, type SQL } from 'drizzle-orm';
import type { Command, Pause } from '../../../domain/upgrades/rollout-control.ts';
import {
  isFinalOrchestrationState,
  ORCHESTRATION_STATES,
  WAITING_OPERATION_STATES,
} from '../../../domain/upgrades/states.ts';
import type { Drizzle, Statements } from '../../connection.ts';
import { oneOf } from '../rows.ts';
import { ENDED } from './guarded-changes.ts';
import { isBehindAnother } from './line-rows.ts';
import { QUEUE_REVISION } from './queue-rows.ts';
import type { StateChange } from '../repository-types.ts';

/**
 * Runs statements on an orchestration when whoever changes it at the moment has done so. A statement sees what was committed before it began, so
 * the lock is taken by one of its own.
 */
export async function afterOthers<T>(
  db: Drizzle,
  id: string,
  work: (tx: Statements) => Promise<T>,
): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`select from orchestrations where id = ${id} for update`);
    return await work(tx);
  });
}

/** Canceling starts nothing more anyway, and can't be called back. */
const CONTROLLABLE = ORCHESTRATION_STATES.filter(
  (state) => state !== 'canceling' && !isFinalOrchestrationState(state),
);

/** The change that a command makes. */
interface Effect {
  /** The condition on `old`, the row as it stands, locked, under which it changes anything. */
  applies: SQL;
  /** Assignments to the row, each beginning with a comma. */
  set?: SQL;
  /** Common table expressions, each beginning with a comma; `applied` holds the ID when the command applies. */
  beside?: SQL;
  kind: string;
  /** The number of the wave that it is about. */
  wave?: SQL;
  /** The number of operations that end by it. */
  ended?: SQL;
  /** The time of the question that it answers. */
  askedAt?: SQL;
}

/** The look at a wave is on its first way through it. */
export const FIRST_LOOK = sql`looks_again_at = null, looks_until = null, look_waits = null`;
/** No question of the wave stands. */
export const UNASKED = sql`expires_at = null, approved_by = null, approved_at = null, approval_reason = null`;
/** Before its gate, and where its runtimes were looked at, they are so again: what was seen is old by then. */
const LOOKED_AT_ANEW = sql`phase = case when looked_to is null then 'gate' else 'looking' end,
        looked_to = case when looked_to is not null then -1 end, ${FIRST_LOOK}`;

/** Adds a reason to pause, and withdraws a question that stands: it is asked anew after the resume. */
export function pausing(pause: Pause, kind = 'paused'): Effect {
  return {
    applies: sql`not old.pauses @> ${JSON.stringify([{ code: pause.code }])}::jsonb`,
    set: sql`, pauses = old.pauses || ${JSON.stringify([pause])}::jsonb`,
    beside: sql`, withdrawn as (
      update waves set ${LOOKED_AT_ANEW}, ${UNASKED}
      from applied where waves.orchestration_id = applied.id and waves.phase = 'asking'
    )`,
    kind,
  };
}

function resuming(acknowledge: boolean): Effect {
  const isEnough = acknowledge ? sql`true` : sql`not old.pauses @> '[{"code": "budget"}]'::jsonb`;
  const forgiven = acknowledge
    ? sql`, forgiven as (
        update operations set is_forgiven = true
        from (
          select o.id from operations o join applied on o.orchestration_id = applied.id
          where o.state = 'failed' or o.unhealthy is not null order by o.id for update of o
        ) as counted
        where operations.id = counted.id and (operations.state = 'failed' or operations.unhealthy is not null)
      )`
    : sql``;
  return {
    applies: sql`old.pauses <> '[]'::jsonb and ${isEnough}`,
    set: sql`, pauses = '[]'::jsonb`,
    beside: sql`${forgiven}, waived as (
      update waves set ${LOOKED_AT_ANEW},
        is_waived = is_waived or phase = 'gate' and old.pauses @> '[{"code": "no-evidence"}]'::jsonb
      from applied join old on old.id = applied.id
      where waves.orchestration_id = applied.id and waves.phase in ('looking', 'gate')
    )`,
    kind: 'resumed',
  };
}

/** The time of a question, of the orchestration in `changed`. */
export function askedAtOf(question: number): SQL {
  return sql`(select w.asked_at from waves w where w.orchestration_id = changed.id and w.question = ${question})`;
}

function answering(number: number, { command, by, reason }: Command, now: string): Effect {
  const asked = sql`exists (
    select from waves w where w.orchestration_id = old.id and w.phase = 'asking' and w.question = ${number}
      and w.queue_revision = ${QUEUE_REVISION}
      and w.approved_by is null and (w.expires_at is null or w.expires_at > ${now}))`;
  const wave = sql`(select w.number from waves w where w.orchestration_id = old.id and w.question = ${number})`;
  const askedAt = askedAtOf(number);
  if (command === 'reject')
    return { applies: asked, set: sql`, state = 'canceling'`, kind: 'rejected', wave, askedAt };
  return {
    applies: sql`${asked} and old.pauses = '[]'::jsonb`,
    beside: sql`, answered as (
      update waves set approved_by = ${by}, approved_at = ${now}, approval_reason = ${reason}
      from applied where waves.orchestration_id = applied.id and waves.question = ${number}
    )`,
    kind: 'approved',
    wave,
    askedAt,
  };
}

/** Operations that wait, by a condition on `o`. */
function skipping(chosen: SQL, { by, reason }: Command, now: string): Effect {
  const waits = sql`o.orchestration_id = old.id and o.state in ${oneOf(WAITING_OPERATION_STATES)} and ${chosen}`;
  const description = `Skipped by ${by}${reason === '' ? '' : `: ${reason}`}`;
  return {
    applies: sql`exists (select from operations o where ${waits})`,
    beside: sql`, waiting as (
      select o.id, o.state from operations o join old on true join applied on applied.id = old.id where ${waits} order by o.id for update of o
    ), skipped as (
      update operations set state = 'canceled', description = ${description}, finished_at = ${now}, updated_at = ${now}, ${ENDED}
      from waiting where operations.id = waiting.id and operations.state in ${oneOf(WAITING_OPERATION_STATES)}
      returning operations.id, operations.orchestration_id, waiting.state
    ), told as (
      insert into events (orchestration_id, operation_id, at, actor, kind, from_state, to_state, reason)
      select orchestration_id, id, ${now}, ${by}, 'state', state, 'canceled', ${description} from skipped
    )`,
    kind: 'skipped',
    ended: sql`(select count(*)::int from skipped)`,
  };
}

function effectOf(command: Command, now: string): Effect {
  switch (command.command) {
    case 'pause':
      return pausing({ code: 'person', by: command.by, reason: command.reason, since: now });
    case 'resume':
      return resuming(command.acknowledge);
    case 'workers':
      return {
        applies: sql`coalesce(old.workers, (old.parameters #>> '{strategy,parallel,workers}')::int) <> ${command.workers}`,
        set: sql`, workers = ${command.workers}`,
        kind: 'workers',
      };
    case 'front':
      return {
        applies: isBehindAnother(sql`old`),
        set: sql`, rank = nextval('orchestration_ranks')`,
        kind: 'front',
      };
    case 'approve':
    case 'reject':
      return answering(command.number, command, now);
    case 'skip':
      return skipping(sql`o.id = ${command.operationID}`, command, now);
    case 'skip-wave':
      return skipping(ofWave(command.wave), command, now);
  }
}

function ofWave(name: string): SQL {
  return sql`o.wave = (select w.number from waves w where w.orchestration_id = o.orchestration_id and w.name = ${name})`;
}

/** The words of the event for a command, besides who has sent it. */
function saidOf(command: Command): string {
  const said = (what: string): string => (command.reason === '' ? what : `${what}: ${command.reason}`);
  switch (command.command) {
    case 'pause':
    case 'front':
      return command.reason;
    case 'resume':
      return command.acknowledge ? said('the failures so far are forgiven') : command.reason;
    case 'workers':
      return said(`${command.workers} workers`);
    case 'approve':
    case 'reject':
      return said(`question ${command.number}`);
    case 'skip':
      return said(`operation ${command.operationID}`);
    case 'skip-wave':
      return said(`wave ${command.wave}`);
  }
}

/** The statement for a command of a person. */
export function commandStatement(id: string, command: Command, now: string): SQL {
  return controlStatement(id, effectOf(command, now), { actor: command.by, reason: saidOf(command), now });
}

/** Carries an effect out on the row of an orchestration, with its event. Answers the row, as `was_changed` whether it applied, as `ended_operations` how many operations end by it, and as `question_asked_at` since when it was asked for. */
export function controlStatement(id: string, effect: Effect, { actor, reason, now }: StateChange): SQL {
  const { applies, set = sql``, beside = sql``, kind, wave = sql`null::int` } = effect;
  const { ended = sql`0`, askedAt = sql`null::timestamptz` } = effect;
  return sql`
    with old as (
      select * from orchestrations where id = ${id} for update
    ), applied as (
      select id from old where old.state in ${oneOf(CONTROLLABLE)} and ${applies}
    ), changed as (
      update orchestrations
      set revision = old.revision + 1, updated_at = ${now} ${set}
      from old join applied on applied.id = old.id
      where orchestrations.id = old.id
      returning orchestrations.*
    ), logged as (
      insert into events (orchestration_id, wave, at, actor, kind, from_state, to_state, reason)
      select changed.id, ${wave}, ${now}, ${actor}, ${kind}, nullif(old.state, changed.state),
             nullif(changed.state, old.state), ${reason}
      from changed join old on old.id = changed.id
    )${beside}
    select true as was_changed, ${ended} as ended_operations, ${askedAt} as question_asked_at, changed.* from changed
    union all
    select false, 0, null, old.* from old where not exists (select from changed)`;
}

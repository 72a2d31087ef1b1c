/** Changes of the state of an orchestration, each with its event. */
import { eq, sql, type SQL } from 'drizzle-orm';
import { secondsBetween, type Meter } from '../../../domain/measures.ts';
import { CANCELED } from '../../../domain/upgrades/descriptions.ts';
import {
  isFinalOperationState,
  isFinalOrchestrationState,
  OPERATION_STATES,
  ORCHESTRATION_ENTERED_FROM,
  type OrchestrationState,
} from '../../../domain/upgrades/states.ts';
import type { Database, Statements } from '../../connection.ts';
import { orchestrations } from '../../schema/index.ts';
import { decodeRow, oneOf } from '../rows.ts';
import { afterOthers } from './control-statements.ts';
import { cancelWaiting, stopUnsent } from './guarded-changes.ts';
import { measureEnds, NONE_CHANGED, type ManyChanged } from './measured-changes.ts';
import type { OrchestrationRepository, OrchestrationRow, Transition } from './orchestration-repositories.ts';

/** Canceling 100,000 operations takes some seconds. */
const LOSE_LIMIT_MS = 120_000;

const UNENDED = OPERATION_STATES.filter((state) => !isFinalOperationState(state));
/** It is not canceled, and nothing of `old` waits or executes. */
const ALL_ENDED = sql`old.state <> 'canceling' and not exists (
  select from operations o where o.orchestration_id = old.id and o.state in ${oneOf(UNENDED)})`;

export function createOrchestrationTransitions(
  database: Database,
  meter: Meter,
): Pick<OrchestrationRepository, 'transition' | 'close' | 'lose' | 'cancelLeft'> {
  return {
    transition: async (id, to, change) => {
      const row = await database.write((db) => transition(db, id, to, change));
      if (row && to === 'in progress')
        meter.queueWait({ lane: row.lane }, secondsBetween(row.queuedAt, change.now));
      return row;
    },
    // A retry that is written at the same moment comes before or after.
    close: (id, to, change) =>
      database.write((db) => afterOthers(db, id, (tx) => transition(tx, id, to, change, ALL_ENDED))),
    lose: async (id, { revision }, change) => {
      const { stopped, waiting } = await database.write(
        (db) =>
          afterOthers(db, id, async (tx): Promise<{ stopped: ManyChanged; waiting?: ManyChanged }> => {
            // Once it has failed, its row says no longer that it was canceled.
            const stopped = await stopUnsent(tx, id, { ...change, reason: CANCELED });
            const seen = sql`old.revision = ${revision}`;
            if (!(await transition(tx, id, 'failed', change, seen))) return { stopped };
            return { stopped, waiting: await cancelWaiting(tx, id, change) };
          }),
        LOSE_LIMIT_MS,
      );
      measureEnds(meter, stopped, 'canceled');
      measureEnds(meter, waiting ?? NONE_CHANGED, 'canceled');
      return waiting && waiting.count + stopped.count;
    },
    cancelLeft: async (id, { revision }, change) => {
      const canceled = await database.write(
        (db) =>
          afterOthers(db, id, async (tx) => {
            const [row] = await tx.select().from(orchestrations).where(eq(orchestrations.id, id));
            const isAsSeen = row?.revision === revision && isFinalOrchestrationState(row.state);
            return isAsSeen ? await cancelWaiting(tx, id, change) : NONE_CHANGED;
          }),
        LOSE_LIMIT_MS,
      );
      measureEnds(meter, canceled, 'canceled');
      return canceled.count;
    },
  };
}

/** `guard` is a condition on `old`, the row as it stands, locked, besides the table of states. */
export async function transition(
  db: Statements,
  id: string,
  to: OrchestrationState,
  change: Transition,
  guard: SQL = sql`true`,
): Promise<OrchestrationRow | undefined> {
  const finishedAt = isFinalOrchestrationState(to) ? change.now : null;
  const [raw] = await db.execute(sql`
    with old as (
      select id, state, revision from orchestrations where id = ${id} for update
    ), changed as (
      update orchestrations
      set state = ${to}, updated_at = ${change.now}, finished_at = ${finishedAt},
          look_at = case when ${finishedAt}::timestamptz is null then look_at end,
          revision = orchestrations.revision + ${change.isWanted ? 1 : 0},
          pauses = case when ${finishedAt}::timestamptz is null then pauses else '[]'::jsonb end,
          rank = case when ${to} = 'retrying' then 0 else rank end,
          turn_at = case when ${to} = 'in progress' then ${change.now}::timestamptz else turn_at end,
          queued_at = case when ${to} = 'retrying' then ${change.now}::timestamptz else queued_at end,
          description = coalesce(${change.description ?? null}, description)
      from old
      where orchestrations.id = old.id and old.state in ${oneOf(ORCHESTRATION_ENTERED_FROM[to])} and ${guard}
      returning orchestrations.*
    ), logged as (
      insert into events (orchestration_id, at, actor, kind, from_state, to_state, reason)
      select changed.id, ${change.now}, ${change.actor}, 'state', old.state, changed.state, ${change.reason}
      from changed join old on old.id = changed.id
    )
    select * from changed`);
  return raw ? decodeRow(orchestrations, raw) : undefined;
}

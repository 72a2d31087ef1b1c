import { and, eq, inArray, sql } from 'drizzle-orm';
import { orderOf } from '../../../domain/upgrades/placement.ts';
import type { Meter } from '../../../domain/measures.ts';
import { WAITING_OPERATION_STATES } from '../../../domain/upgrades/states.ts';
import type { Database } from '../../connection.ts';
import { operations } from '../../schema/index.ts';
import { oneOf } from '../rows.ts';
import {
  cancelWaiting,
  changeMany,
  changeOne,
  ENDED,
  enters,
  GIVEN_BACK,
  MOVED,
  standsAs,
  stopUnsent,
  UNSENT_AND_HELD,
  WAITS,
} from './guarded-changes.ts';
import { measureEnd, measureEnds } from './measured-changes.ts';
import { hasNewer } from './operation-reads.ts';
import type { OperationRepository } from './orchestration-repositories.ts';

type PlanChanges = Pick<
  OperationRepository,
  | 'cancelOne'
  | 'cancelWaiting'
  | 'stopUnsent'
  | 'giveBack'
  | 'giveBackHeld'
  | 'reschedule'
  | 'defer'
  | 'failOvertaken'
>;

const MANY_LIMIT_MS = 120_000;

/** The state of an operation that was executing, and is to wait. */
const WAITS_AGAIN = sql`case when old.attempt = 1 then 'pending' else 'retrying' end`;

/** Changes of operations that wait in the plan, or are to wait there again. */
export function createPlanChanges(database: Database, meter: Meter): PlanChanges {
  return {
    cancelOne: async (id, dispatch, change) => {
      const done = await database.write((db) =>
        changeOne(db, id, {
          ...change,
          set: sql`state = 'canceled', description = ${change.reason}, failure_code = ${change.code ?? null}, finished_at = ${change.now}, ${ENDED}`,
          guard: sql`${standsAs(dispatch)} and ${WAITS}`,
          kind: 'state',
        }),
      );
      if (done?.changed) measureEnd(meter, done.row);
      return done?.changed ?? false;
    },

    cancelWaiting: async (orchestrationID, change) => {
      const canceled = await database.write(
        (db) => cancelWaiting(db, orchestrationID, change),
        MANY_LIMIT_MS,
      );
      measureEnds(meter, canceled, 'canceled');
      return canceled.count;
    },

    stopUnsent: async (orchestrationID, change) => {
      const stopped = await database.write((db) => stopUnsent(db, orchestrationID, change));
      measureEnds(meter, stopped, 'canceled');
      return stopped.count;
    },

    giveBack: (id, { attempt, dispatch }) =>
      database.run(async (db) => {
        await db.execute(sql`
          update operations set ${GIVEN_BACK}, ${MOVED}
          where id = ${id} and attempt = ${attempt} and dispatch = ${dispatch}
            and state in ${oneOf(WAITING_OPERATION_STATES)}`);
      }),

    giveBackHeld: (id, seen, change) =>
      database.write(async (db) => {
        const done = await changeOne(db, id, {
          ...change,
          set: sql`state = ${WAITS_AGAIN}, description = ${change.description ?? change.reason}, started_at = null, ${GIVEN_BACK}, ${ENDED}`,
          guard: sql`${standsAs(seen)} and old.state = 'in progress' and ${UNSENT_AND_HELD}`,
          kind: 'state',
        });
        return done?.changed ?? false;
      }),

    reschedule: async (id, seen, place, change) => {
      const done = await database.write(async (db) => {
        const { window, description, freezesVersion } = place;
        const { dueAt, orderAt } = orderOf(window);
        const unsent = sql`old.state = 'in progress' and old.provisioner_operation_id is null`;
        return await changeOne(db, id, {
          ...change,
          set: sql`window_begin = ${window?.begin ?? null}, window_end = ${window?.end ?? null},
              latest_start = ${window?.latestStart ?? null}, due_at = ${dueAt}, order_at = ${orderAt},
              missed = operations.missed + 1, freezes_version = ${freezesVersion}, description = ${description},
              state = ${WAITS_AGAIN}, started_at = null, ${GIVEN_BACK}, ${MOVED}`,
          guard: sql`${standsAs(seen)} and (${WAITS} or (${unsent}))`,
          kind: 'rescheduled',
        });
      });
      if (done?.changed && !done.row.dryRun) meter.windowMissed({ type: done.row.type });
      return done?.changed ?? false;
    },

    defer: (id, { attempt, dispatch }, notBefore, change) =>
      database.write(async (db) => {
        const waits = and(
          eq(operations.id, id),
          eq(operations.attempt, attempt),
          eq(operations.dispatch, dispatch),
          inArray(operations.state, [...WAITING_OPERATION_STATES]),
        );
        // The first time is an event; looking again every few seconds for hours is not.
        const first = await changeOne(db, id, {
          ...change,
          set: sql`not_before = ${notBefore}, busy_since = ${change.now}, description = ${change.reason}`,
          guard: sql`${standsAs({ attempt, dispatch })} and ${WAITS} and old.busy_since is null`,
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

    failOvertaken: async (orchestrationID, change) => {
      const failed = await database.write(
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
      );
      measureEnds(meter, failed, 'failed', 'OVERTAKEN');
      return failed.count;
    },
  };
}

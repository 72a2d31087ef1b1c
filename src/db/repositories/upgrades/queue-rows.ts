import { desc, inArray, sql } from 'drizzle-orm';
import { pauseOfEverything } from '../../../domain/upgrades/rollout-control.ts';
import type { Database, Statements } from '../../connection.ts';
import { orchestrations, queueControl, type QueueControlRow } from '../../schema/index.ts';
import { columnsOfLog, withoutPlace } from '../../schema/stream-place.ts';
import { decodeRow } from '../rows.ts';
import { countByLane, firstOfLanes } from './line-rows.ts';
import type { QueueRepository } from './queue-repository.ts';

/** Of the control of everything; 0 before its first change. */
export const QUEUE_REVISION = sql<number>`coalesce((select max(revision) from queue_control), 0)`;

/** More than lanes are set: others are left over, and lost ones stand for moments. */
const MOST_BEGUN = 100;

export function createQueueRepository(database: Database): QueueRepository {
  return {
    latest: () => database.run((db) => latestControl(db)),
    pause: () => database.run(async (db) => pauseOfEverything(await latestControl(db))),
    change: (isPaused, change) =>
      database.write(async (db) => {
        // Two that change it at once want the same number: the primary key lets one of them have it.
        const [raw] = await db.execute(sql`
          with latest as (
            select revision, is_paused from queue_control
            union all
            select 0, false
            order by revision desc limit 1
          )
          insert into queue_control (revision, is_paused, changed_by, reason, changed_at)
          select revision + 1, ${isPaused}, ${change.actor}, ${change.reason}, ${change.now}::timestamptz
          from latest where is_paused <> ${isPaused}
          on conflict do nothing
          returning *`);
        if (!raw) return { changed: false, row: await latestControl(db) };
        return { changed: true, row: withoutPlace(decodeRow(queueControl, raw)) };
      }),
    lanes: (limit) =>
      database.run(async (db) => {
        const { id, lane, type, parameters, state, createdBy, turnAt, pauses, estimate } = orchestrations;
        const begun = await db
          .select({ id, lane, type, parameters, state, createdBy, turnAt, pauses, estimate })
          .from(orchestrations)
          .where(inArray(state, ['in progress', 'canceling']))
          // Those in progress first: while Temporal is away any number may be canceling that have never had a turn.
          .orderBy(desc(state))
          .limit(MOST_BEGUN);
        return { begun, waiting: await countByLane(db), first: await firstOfLanes(db, limit) };
      }),
  };
}

export async function latestControl(db: Statements): Promise<QueueControlRow | undefined> {
  const [row] = await db
    .select(columnsOfLog(queueControl))
    .from(queueControl)
    .orderBy(desc(queueControl.revision))
    .limit(1);
  return row;
}

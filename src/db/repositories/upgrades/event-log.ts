import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import type { Database } from '../../connection.ts';
import { events } from '../../schema/index.ts';
import { IS_CANCEL } from '../../schema/upgrades/events.ts';
import { columnsOfLog } from '../../schema/stream-place.ts';
import type { EventRepository } from './orchestration-repositories.ts';

export function createEventRepository(database: Database): EventRepository {
  return {
    canceled: (orchestrationID) =>
      database.run(async (db) => {
        const { actor: by, at, reason, id } = events;
        const [last] = await db
          .select({ by, at, reason })
          .from(events)
          .where(and(eq(events.orchestrationID, orchestrationID), IS_CANCEL))
          .orderBy(desc(id))
          .limit(1);
        return last;
      }),
    list: (orchestrationID, filter, { page, pageSize }) =>
      database.run(async (db) => {
        const wanted = and(
          eq(events.orchestrationID, orchestrationID),
          filter.operationID === undefined ? undefined : eq(events.operationID, filter.operationID),
        );
        // Skipped rows are walked over in the index alone.
        const ids = db
          .select({ id: events.id })
          .from(events)
          .where(wanted)
          .orderBy(asc(events.id))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const rows = await db
          .select(columnsOfLog(events))
          .from(events)
          .where(inArray(events.id, ids))
          .orderBy(asc(events.id));
        const [total] = await db.select({ count: count() }).from(events).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
  };
}

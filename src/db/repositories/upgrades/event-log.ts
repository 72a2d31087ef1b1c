import { and, asc, count, desc, eq, inArray } from 'drizzle-orm';
import type { Database } from '../../connection.ts';
import { events, operations } from '../../schema/index.ts';
import { IS_CANCEL, IS_OWN } from '../../schema/upgrades/events.ts';
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
          filter.isOwn ? IS_OWN : undefined,
        );
        const order = filter.isNewestFirst ? desc(events.id) : asc(events.id);
        // Skipped rows are walked over in the index alone.
        const ids = db
          .select({ id: events.id })
          .from(events)
          .where(wanted)
          .orderBy(order)
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const rows = await db
          .select({ ...columnsOfLog(events), shootName: operations.shootName })
          .from(events)
          .leftJoin(operations, eq(operations.id, events.operationID))
          .where(inArray(events.id, ids))
          .orderBy(order);
        const [total] = await db.select({ count: count() }).from(events).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
  };
}

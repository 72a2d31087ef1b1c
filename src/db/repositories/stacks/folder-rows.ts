import { and, asc, count, eq, gt, inArray, or, sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { union } from 'drizzle-orm/pg-core';
import { POWERED_TYPES } from '../../../domain/stacks/definition.ts';
import type { StackStatus } from '../../../domain/stacks/statuses.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { stackEvents, stackObjects, stacks } from '../../schema/index.ts';
import { columnsOfLog } from '../../schema/stream-place.ts';
import type { Folder, StackRepository } from './life-cycle-repositories.ts';
import type { Page, Paging } from '../repository-types.ts';

type Lists = Pick<
  StackRepository,
  'listDefinitions' | 'countByStatus' | 'listNames' | 'listUnattended' | 'findMany' | 'listEvents'
>;

/** As in the index of that name. */
const UNATTENDED = sql`(${stacks.status} in ('starting', 'shutting_down', 'restarting', 'stopping', 'scheduled') or (${stacks.stopAt} is not null and ${stacks.status} <> 'stopped'))`;

/** Condition on the columns of a folder; none for the root. */
export function inFolder(
  table: { container: AnyPgColumn; folder: AnyPgColumn },
  { container, user }: Folder,
): SQL | undefined {
  if (container === undefined) return undefined;
  if (user === undefined) return eq(table.container, `/${container}/`);
  return eq(table.folder, `/${container}/${user}/`);
}

/** Pages of stacks and of their events. */
export function createStackLists(database: Database): Lists {
  return {
    listNames: ({ folder, statuses }, paging) => database.run((db) => namesIn(db, folder, statuses, paging)),
    // Read off the index of statuses alone.
    countByStatus: () =>
      database.run(async (db) => {
        const { status } = stacks;
        const rows = await db.select({ status, count: count() }).from(stacks).groupBy(status);
        return new Map(rows.map((row) => [row.status, row.count]));
      }),
    listDefinitions: (names) =>
      database.run(async (db) => {
        if (names.length === 0) return [];
        return await db.select().from(stacks).where(inArray(stacks.name, names)).orderBy(asc(stacks.name));
      }),
    listUnattended: (after, limit) =>
      database.run(async (db) => {
        const { name } = stacks;
        const waiting = db
          .select({ name })
          .from(stacks)
          .where(and(gt(name, after), UNATTENDED))
          .orderBy(asc(name))
          .limit(limit);
        const { stack, objType, condition, desired } = stackObjects;
        const busy = db
          .selectDistinct({ name: stack })
          .from(stackObjects)
          .where(
            and(
              gt(stack, after),
              or(
                inArray(condition, ['starting', 'shutting_down']),
                and(eq(condition, 'running'), eq(desired, 'shutdown')),
                and(eq(objType, 'launchplan'), eq(condition, 'shutdown'), eq(desired, 'running')),
              ),
            ),
          )
          .orderBy(asc(stack))
          .limit(limit);
        const off = db
          .selectDistinct({ name: stack })
          .from(stackObjects)
          .innerJoin(stacks, eq(stacks.name, stack))
          .where(
            and(
              gt(stack, after),
              inArray(stacks.status, ['ready', 'warning']),
              inArray(objType, [...POWERED_TYPES]),
              inArray(condition, ['shutdown', 'stopped']),
            ),
          )
          .orderBy(asc(stack))
          .limit(limit);
        const rows = await union(waiting, busy, off)
          .orderBy(sql`1`)
          .limit(limit);
        return rows.map((row) => row.name);
      }),
    findMany: (names) =>
      database.run(async (db) => {
        if (names.length === 0) return [];
        const { name, status, startedAt, startedFor, createdAt } = stacks;
        return await db
          .select({ name, status, startedAt, startedFor, createdAt })
          .from(stacks)
          .where(inArray(name, names))
          .orderBy(asc(name));
      }),
    listEvents: (stack, { page, pageSize }) =>
      database.run(async (db) => {
        const wanted = eq(stackEvents.stack, stack);
        const ids = db
          .select({ id: stackEvents.id })
          .from(stackEvents)
          .where(wanted)
          .orderBy(asc(stackEvents.id))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const rows = await db
          .select(columnsOfLog(stackEvents))
          .from(stackEvents)
          .where(inArray(stackEvents.id, ids))
          .orderBy(asc(stackEvents.id));
        const [total] = await db.select({ count: count() }).from(stackEvents).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
  };
}

/** Walks the index alone, so that the definitions of the rows that are skipped are not read. */
async function namesIn(
  db: Drizzle,
  folder: Folder,
  statuses: StackStatus[] | undefined,
  { page, pageSize }: Paging,
): Promise<Page<string>> {
  const wanted = and(
    inFolder(stacks, folder),
    statuses && statuses.length > 0 ? inArray(stacks.status, statuses) : undefined,
  );
  const rows = await db
    .select({ name: stacks.name })
    .from(stacks)
    .where(wanted)
    .orderBy(asc(stacks.name))
    .limit(pageSize)
    .offset((page - 1) * pageSize);
  const [total] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(stacks)
    .where(wanted);
  return { rows: rows.map(({ name }) => name), total: total?.count ?? 0 };
}

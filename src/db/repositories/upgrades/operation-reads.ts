import { and, asc, count, eq, exists, gt, gte, inArray, lt, lte, sql, type SQL } from 'drizzle-orm';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../../../domain/upgrades/states.ts';
import type { WaitingCode } from '../../../domain/upgrades/waiting.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations, waves } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import { earlierDurations } from './earlier-durations.ts';
import { positionsOfCause } from './failure-messages.ts';
import { WAITING_COLUMNS } from './freeze-changes.ts';
import { codeOf, narrowed } from './operation-filter.ts';
import { readPlan, upTo, WAITING } from './plan-reads.ts';
import type { OperationRepository, OperationRow, OperationStats } from './orchestration-repositories.ts';
import type { Page, Paging } from '../repository-types.ts';

const ENDED_STATES = ORCHESTRATION_STATES.filter(isFinalOrchestrationState);

type Reads = Pick<
  OperationRepository,
  | 'listOverdue'
  | 'readPlan'
  | 'find'
  | 'findMany'
  | 'list'
  | 'stats'
  | 'listUnfinished'
  | 'earlierDurations'
  | 'listExecuting'
  | 'listExecutingOfEnded'
  | 'listEndedWithWaiting'
  | 'countWaits'
  | 'describeExecuting'
>;

/** Everything that only reads operations. */
export function createOperationReads(database: Database): Reads {
  return {
    listOverdue: (orchestrationID, { wave, now, limit }) =>
      database.run((db) =>
        db
          .select(WAITING_COLUMNS)
          .from(operations)
          .where(
            and(
              eq(operations.orchestrationID, orchestrationID),
              WAITING,
              upTo(wave),
              // The first key of those that have a window is their latest start: they come first in the index.
              lte(operations.orderAt, now),
              lte(operations.latestStart, now),
            ),
          )
          .orderBy(asc(operations.wave), asc(operations.orderAt))
          .limit(limit),
      ),
    readPlan: (orchestrationID, query) => database.run((db) => readPlan(db, orchestrationID, query)),
    find: (orchestrationID, operationID) =>
      database.run(async (db) => {
        if (!isUUID(orchestrationID) || !isUUID(operationID)) return undefined;
        const wanted = and(eq(operations.id, operationID), eq(operations.orchestrationID, orchestrationID));
        return (await db.select().from(operations).where(wanted))[0];
      }),
    findMany: (ids) =>
      database.run(async (db) => {
        const wanted = ids.filter(isUUID);
        return wanted.length === 0
          ? []
          : await db.select().from(operations).where(inArray(operations.id, wanted));
      }),
    list: (orchestrationID, filter, paging) =>
      database.run(async (db) => {
        const { cause, waves: names, ...others } = filter;
        // Once for both statements of the list: it goes through the texts of all failures.
        const positions =
          cause === undefined ? undefined : await positionsOfCause(db, orchestrationID, cause);
        const waveNumbers = names && (await numbersOfWaves(db, orchestrationID, names));
        const conditions = narrowed({ ...others, positions, waveNumbers });
        return conditions.length > 0
          ? await listNarrowed(db, orchestrationID, conditions, paging)
          : await listAll(db, orchestrationID, paging);
      }),
    listUnfinished: (orchestrationID) =>
      database.run(async (db) => {
        const ended = inArray(operations.state, ['failed', 'canceled']);
        const rows = await db
          .select({ runtimeID: operations.runtimeID })
          .from(operations)
          .where(and(eq(operations.orchestrationID, orchestrationID), ended));
        return rows.map(({ runtimeID }) => runtimeID);
      }),
    stats: (orchestrationIDs) =>
      database.run(async (db) => {
        const found = new Map<string, OperationStats>();
        if (orchestrationIDs.length === 0) return found;
        const rows = await db
          .select({ id: operations.orchestrationID, state: operations.state, count: count() })
          .from(operations)
          .where(inArray(operations.orchestrationID, orchestrationIDs))
          .groupBy(operations.orchestrationID, operations.state);
        for (const { id, state, count: number } of rows) found.set(id, { ...found.get(id), [state]: number });
        return found;
      }),
    earlierDurations: (type) => earlierDurations(database, type),
    countWaits: (orchestrationID, by) =>
      database.run(async (db) => {
        const code = by ? codeOf(by) : sql`''`;
        const rows = await db.execute<{ code: WaitingCode | ''; count: number }>(sql`
          select ${code} as code, count(*)::int as count from operations
          where orchestration_id = ${orchestrationID} and ${WAITING} group by 1`);
        return new Map(rows.map((row) => [row.code, row.count]));
      }),
    describeExecuting: (orchestrationID, limit) =>
      database.run(async (db) => {
        const { description, state } = operations;
        const rows = await db
          .select({ description })
          .from(operations)
          .where(and(eq(operations.orchestrationID, orchestrationID), eq(state, 'in progress')))
          .limit(limit);
        return rows.map((row) => row.description);
      }),
    listExecuting: (orchestrationID, afterPosition, limit) =>
      database.run((db) =>
        db
          .select()
          .from(operations)
          .where(
            and(
              eq(operations.orchestrationID, orchestrationID),
              eq(operations.state, 'in progress'),
              gt(operations.position, afterPosition),
            ),
          )
          .orderBy(asc(operations.position))
          .limit(limit),
      ),
    listExecutingOfEnded: (afterID, limit) =>
      database.run(async (db) => {
        const after = afterID === '' ? undefined : gt(operations.id, afterID);
        const rows = await db
          .select({ operation: operations })
          .from(operations)
          .innerJoin(orchestrations, eq(orchestrations.id, operations.orchestrationID))
          .where(
            and(sql`${operations.state} = 'in progress'`, inArray(orchestrations.state, ENDED_STATES), after),
          )
          .orderBy(asc(operations.id))
          .limit(limit);
        return rows.map(({ operation }) => operation);
      }),
    listEndedWithWaiting: (afterID, limit) =>
      database.run(async (db) => {
        const after = afterID === '' ? undefined : gt(orchestrations.id, afterID);
        const left = db
          .select({ id: operations.id })
          .from(operations)
          .where(and(eq(operations.orchestrationID, orchestrations.id), WAITING));
        const rows = await db
          .select({ id: orchestrations.id })
          .from(orchestrations)
          .where(and(inArray(orchestrations.state, ENDED_STATES), exists(left), after))
          .orderBy(asc(orchestrations.id))
          .limit(limit);
        return rows.map(({ id }) => id);
      }),
  };
}

/** Positions have no gaps: a page is a range of them, as cheap at the end of 100,000 as at the beginning. */
async function listAll(
  db: Drizzle,
  orchestrationID: string,
  { page, pageSize }: Paging,
): Promise<Page<OperationRow>> {
  const ofOrchestration = eq(operations.orchestrationID, orchestrationID);
  // Beyond any plan, and beyond what the column can hold.
  const first = Math.min((page - 1) * pageSize, 2_000_000_000);
  const range = and(
    ofOrchestration,
    gte(operations.position, first),
    lt(operations.position, first + pageSize),
  );
  const rows = await db.select().from(operations).where(range).orderBy(asc(operations.position));
  const [last] = await db
    .select({ position: sql<number | null>`max(${operations.position})` })
    .from(operations)
    .where(ofOrchestration);
  return { rows, total: last?.position === null || last === undefined ? 0 : last.position + 1 };
}

async function numbersOfWaves(
  db: Drizzle,
  orchestrationID: string,
  names: readonly string[],
): Promise<number[]> {
  const rows = await db
    .select({ number: waves.number })
    .from(waves)
    .where(and(eq(waves.orchestrationID, orchestrationID), inArray(waves.name, [...names])));
  return rows.map(({ number }) => number);
}

/** Skipped rows are walked over without their texts: by state in an index alone. */
async function listNarrowed(
  db: Drizzle,
  orchestrationID: string,
  conditions: readonly SQL[],
  { page, pageSize }: Paging,
): Promise<Page<OperationRow>> {
  const ofOrchestration = eq(operations.orchestrationID, orchestrationID);
  const wanted = and(ofOrchestration, ...conditions);
  const positions = db
    .select({ position: operations.position })
    .from(operations)
    .where(wanted)
    .orderBy(asc(operations.position))
    .limit(pageSize)
    .offset((page - 1) * pageSize);
  const rows = await db
    .select()
    .from(operations)
    .where(and(ofOrchestration, inArray(operations.position, positions)))
    .orderBy(asc(operations.position));
  const [total] = await db.select({ count: count() }).from(operations).where(wanted);
  return { rows, total: total?.count ?? 0 };
}

/**
 * True for an operation whose runtime has a newer one of the same type: to try it again would undo that one. A dry run has
 * done nothing that could be undone, and is newer for another dry run only.
 */
export function hasNewer(o: SQL): SQL {
  return sql`exists (
    select from operations n
    where n.runtime_id = ${o}.runtime_id and n.type = ${o}.type and n.orchestration_id <> ${o}.orchestration_id
      and n.created_at > ${o}.created_at and n.state <> 'canceled' and (not n.dry_run or ${o}.dry_run)
  )`;
}

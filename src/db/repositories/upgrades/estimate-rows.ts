import { and, asc, desc, eq, gt, gte, inArray, isNotNull, sql } from 'drizzle-orm';
import type { OperationLeft } from '../../../domain/upgrades/estimate.ts';
import { workersAsked } from '../../../domain/upgrades/failure-budget.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations, plannedEnds, waves } from '../../schema/index.ts';
import { isUUID } from '../rows.ts';
import { PLACED } from './limit-columns.ts';
import type { EstimateRepository, LeftOfOrchestration } from './estimate-repository.ts';

/** Operations that are read at once. */
const PAGE = 10_000;
/** Operations that say how long others will take. */
const MOST_OWN = 1_000;

const HAS_PLAN = and(eq(orchestrations.state, 'in progress'), isNotNull(orchestrations.plannedCount));

export function createEstimateRepository(database: Database): EstimateRepository {
  return {
    listEstimated: () =>
      database.run(async (db) => {
        const rows = await db.select({ id: orchestrations.id }).from(orchestrations).where(HAS_PLAN);
        return rows.map(({ id }) => id);
      }),
    readLeft: (id) => database.run((db) => readLeft(db, id), 60_000),
    keep: (id, estimate) =>
      database.run(async (db) => {
        const isNewer = sql`coalesce((${orchestrations.estimate} ->> 'at')::timestamptz <= ${estimate.at}::timestamptz, true)`;
        await db
          .update(orchestrations)
          .set({ estimate })
          .where(and(eq(orchestrations.id, id), HAS_PLAN, isNewer));
      }),
    keepPlanned: (orchestrationID, line) =>
      database.run(async (db) => {
        await db.insert(plannedEnds).values({ orchestrationID, line }).onConflictDoNothing();
      }),
  };
}

async function readLeft(db: Drizzle, id: string): Promise<LeftOfOrchestration | undefined> {
  if (!isUUID(id)) return undefined;
  const { type, parameters, workers, policyVersion, windowsUntil, plannedCount } = orchestrations;
  const isFirst = sql<boolean>`${plannedEnds.orchestrationID} is null`;
  const [row] = await db
    .select({ type, parameters, workers, policyVersion, windowsUntil, plannedCount, isFirst })
    .from(orchestrations)
    .leftJoin(plannedEnds, eq(plannedEnds.orchestrationID, orchestrations.id))
    .where(and(eq(orchestrations.id, id), HAS_PLAN));
  if (!row || row.policyVersion === null || row.windowsUntil === null) return undefined;
  const [soaking] = await db
    .select({ wave: waves.number, until: waves.soakUntil })
    .from(waves)
    .where(and(eq(waves.orchestrationID, id), eq(waves.phase, 'soaking')));
  const left = await readOperations(db, id);
  return {
    type: row.type,
    parameters: row.parameters,
    policyVersion: row.policyVersion,
    windowsUntil: row.windowsUntil,
    workers: workersAsked(row, undefined),
    ...(soaking?.until && { soak: { wave: soaking.wave, untilMs: Date.parse(soaking.until) } }),
    ownSeconds: await readOwnSeconds(db, id),
    operations: left,
    ended: Math.max(0, (row.plannedCount ?? 0) - left.length),
    isFirst: row.isFirst,
  };
}

/** Without those whose runtime was there already: these took no time. */
async function readOwnSeconds(db: Drizzle, id: string): Promise<number[]> {
  const { startedAt, finishedAt, state, position, provisionerOperationID } = operations;
  const hasUpgraded = and(
    eq(state, 'succeeded'),
    isNotNull(provisionerOperationID),
    gte(finishedAt, startedAt),
  );
  const rows = await db
    .select({ seconds: sql<number>`extract(epoch from ${finishedAt} - ${startedAt})::float8` })
    .from(operations)
    .where(and(eq(operations.orchestrationID, id), hasUpgraded))
    .orderBy(desc(position))
    .limit(MOST_OWN);
  return rows.map(({ seconds }) => seconds);
}

async function readOperations(db: Drizzle, id: string): Promise<OperationLeft[]> {
  const left: OperationLeft[] = [];
  for (let after: number | undefined = -1; after !== undefined;) {
    const rows = await readPage(db, id, after);
    for (const row of rows) {
      const { runtimeID, globalAccountID, servicePlanName, region, dailyWindow } = row;
      const { windowBegin, latestStart, windowEnd, wave, state, notBefore, startedAt } = row;
      const identity = { runtimeID, globalAccountID, servicePlanName, region };
      left.push({
        runtime: { ...identity, maintenanceWindow: dailyWindow ?? undefined },
        wave,
        ...(windowBegin !== null &&
          windowEnd !== null && {
            window: { begin: windowBegin, latestStart: latestStart ?? windowEnd, end: windowEnd },
          }),
        ...(notBefore !== null && { notBefore }),
        ...(state === 'in progress' && startedAt !== null && { startedAt }),
      });
    }
    after = rows.length < PAGE ? undefined : rows.at(-1)?.position;
  }
  return left;
}

async function readPage(db: Drizzle, id: string, after: number) {
  return await db
    .select({
      position: operations.position,
      wave: operations.wave,
      state: operations.state,
      notBefore: operations.notBefore,
      startedAt: operations.startedAt,
      ...PLACED,
    })
    .from(operations)
    .where(
      and(
        eq(operations.orchestrationID, id),
        inArray(operations.state, ['pending', 'retrying', 'in progress']),
        gt(operations.position, after),
      ),
    )
    .orderBy(asc(operations.position))
    .limit(PAGE);
}

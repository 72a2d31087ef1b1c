import { and, asc, count, desc, eq, sql } from 'drizzle-orm';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../../../domain/upgrades/states.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { rolloutPlanOperations, rolloutPlans } from '../../schema/index.ts';
import { isUUID, oneOf } from '../rows.ts';
import { createLeftOutReads, insertLeftOut, insertUnselected, withoutLeftOut } from './left-out-rows.ts';
import { PLANS_KEPT, type MadePlan, type PlanRepository, type RolloutPlanRow } from './plan-repository.ts';

const OPEN_STATES = ORCHESTRATION_STATES.filter((state) => !isFinalOrchestrationState(state));

/** Rows of one statement; PostgreSQL takes 65,535 values in one. */
const BATCH = 1_000;

/** Some 100,000 operations are written in one transaction. */
const COMPLETE_LIMIT_MS = 300_000;
const MANY_LIMIT_MS = 120_000;

/** Plans that were made to be looked at. */
export function createPlanRepository(database: Database): PlanRepository {
  const { planHash, state, madeAt, seq } = rolloutPlans;
  const { planID, position, runtimeID } = rolloutPlanOperations;

  return {
    record: (plan) => database.run((db) => record(db, plan), MANY_LIMIT_MS),
    find: (id) => database.run((db) => find(db, id)),
    list: ({ page, pageSize }) =>
      database.run(async (db) => {
        const rows = await db
          .select()
          .from(rolloutPlans)
          .orderBy(desc(rolloutPlans.createdAt), desc(seq))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(rolloutPlans);
        return { rows, total: total?.count ?? 0 };
      }),
    findByHash: (hash) =>
      database.run(async (db) => {
        const [row] = await db
          .select()
          .from(rolloutPlans)
          .where(and(eq(planHash, hash), eq(state, 'made')))
          .orderBy(desc(madeAt), desc(seq))
          .limit(1);
        return row;
      }),
    complete: (id, made) => database.run((db) => complete(db, id, made), COMPLETE_LIMIT_MS),
    fail: (id, failure) =>
      database.run(async (db) => {
        const failed = await db
          .update(rolloutPlans)
          .set({ state: 'failed', failure })
          .where(and(eq(rolloutPlans.id, id), eq(state, 'making')))
          .returning({ id: rolloutPlans.id });
        return failed.length > 0;
      }),
    listOperations: (id, { page, pageSize }) =>
      database.run(async (db) => {
        const ofPlan = eq(planID, id);
        // Skipped rows are walked over in the index alone.
        const positions = db
          .select({ position })
          .from(rolloutPlanOperations)
          .where(ofPlan)
          .orderBy(asc(position))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const rows = await db
          .select()
          .from(rolloutPlanOperations)
          .where(and(ofPlan, sql`${position} in ${positions}`))
          .orderBy(asc(position));
        const [total] = await db.select({ count: count() }).from(rolloutPlanOperations).where(ofPlan);
        return { rows, total: total?.count ?? 0 };
      }),
    findOperation: (id, wanted) =>
      database.run(async (db) => {
        if (!isUUID(id)) return undefined;
        const [row] = await db
          .select()
          .from(rolloutPlanOperations)
          .where(and(eq(planID, id), eq(runtimeID, wanted)));
        return row;
      }),
    readCompared: (id) =>
      database.run(
        (db) =>
          db
            .select({
              runtimeID,
              shootName: sql<string>`${rolloutPlanOperations.runtime} ->> 'shootName'`,
              definition: rolloutPlanOperations.definition,
              wave: rolloutPlanOperations.wave,
            })
            .from(rolloutPlanOperations)
            .where(eq(planID, id))
            .orderBy(asc(position)),
        MANY_LIMIT_MS,
      ),
    ...createLeftOutReads(database),
  };
}

async function find(db: Drizzle, id: string): Promise<RolloutPlanRow | undefined> {
  if (!isUUID(id)) return undefined;
  return (await db.select().from(rolloutPlans).where(eq(rolloutPlans.id, id)))[0];
}

async function record(db: Drizzle, plan: Parameters<PlanRepository['record']>[0]): Promise<RolloutPlanRow> {
  await db
    .insert(rolloutPlans)
    .values({ ...plan, state: 'making' })
    .onConflictDoNothing({ target: rolloutPlans.id });
  await dropOldest(db, plan.createdAt);
  const row = await find(db, plan.id);
  if (!row) throw new Error(`The plan ${plan.id} was neither inserted nor found`);
  return row;
}

/**
 * Failed ones go first: plans that can't be made push out none that was.
 * An orchestration compares its own plan, once it has one, with the plan that it was created with. What was created between the look
 * and the deletion misses it; it says so in its changes.
 */
async function dropOldest(db: Drizzle, now: string): Promise<void> {
  await db.execute(sql`
    with ranked as (
      select id, state, created_at, row_number() over (order by state = 'failed', created_at desc, seq desc) as place from rollout_plans
    ), dropped as (
      delete from rollout_plans where id in (
        select id from ranked where place > ${PLANS_KEPT} and (state <> 'making' or created_at < ${now}::timestamptz - interval '1 day')
          and not exists (
          select from orchestrations
          where plan_id = ranked.id and plan_id is not null and planned_count is null and state in ${oneOf(OPEN_STATES)}
        )
      )
      returning id
    ), ${withoutLeftOut(sql`select id from dropped`)}
    select 1`);
}

async function complete(db: Drizzle, id: string, made: MadePlan): Promise<boolean> {
  const { operations, leftOut, notSelected, ...row } = made;
  return await db.transaction(async (tx) => {
    const [making] = await tx
      .update(rolloutPlans)
      .set({ ...row, state: 'made' })
      .where(and(eq(rolloutPlans.id, id), eq(rolloutPlans.state, 'making')))
      .returning({ id: rolloutPlans.id });
    if (!making) return false;
    for (let at = 0; at < operations.length; at += BATCH) {
      await tx.insert(rolloutPlanOperations).values(
        operations
          .slice(at, at + BATCH)
          .map(({ runtime, window, source, definition, wave, projected }, index) => ({
            planID: id,
            position: at + index,
            runtimeID: runtime.runtimeID,
            runtime,
            windowBegin: window?.begin,
            windowEnd: window?.end,
            latestStart: window?.latestStart,
            source,
            definition,
            wave,
            projectedBegin: projected?.begin,
            projectedEnd: projected?.end,
          })),
      );
    }
    for (let at = 0; at < leftOut.length; at += BATCH) {
      await insertLeftOut(tx, id, at, leftOut.slice(at, at + BATCH));
    }
    await insertUnselected(tx, id, notSelected);
    return true;
  });
}

import { and, asc, count, desc, eq, inArray, lte, sql, type SQL } from 'drizzle-orm';
import { QUEUED } from '../../../domain/upgrades/descriptions.ts';
import type { Meter } from '../../../domain/measures.ts';
import { laneOf } from '../../../domain/upgrades/lanes.ts';
import { isFinalOrchestrationState, ORCHESTRATION_STATES } from '../../../domain/upgrades/states.ts';
import type { OrchestrationRequest } from '../../../workflows/contract/upgrades.ts';
import type { Database, Drizzle } from '../../connection.ts';
import { orchestrations } from '../../schema/index.ts';
import { decodeRow, isUUID } from '../rows.ts';
import { firstOfLanes, IN_LINE, lanesInLine, WAITING } from './line-rows.ts';
import { completePlan } from './plan-completion.ts';
import { createOrchestrationTransitions } from './orchestration-transitions.ts';
import type {
  OrchestrationFilter,
  OrchestrationRepository,
  OrchestrationRow,
} from './orchestration-repositories.ts';

const OPEN_STATES = ORCHESTRATION_STATES.filter((state) => !isFinalOrchestrationState(state));
/** Operations; so many change what is the best plan of a statement. */
const LARGE_PLAN = 1_000;

function matching({ states, failedSince }: OrchestrationFilter): SQL | undefined {
  const { id, state, finishedAt } = orchestrations;
  return and(
    states && states.length > 0 ? inArray(state, states) : undefined,
    // The states stand there as in the index; one that has failed may have no operation at all, as when its planning has failed.
    failedSince === undefined
      ? undefined
      : sql`${state} in ('failed', 'canceled') and ${finishedAt} >= ${failedSince}::timestamptz
          and (${state} = 'failed' or exists (
            select from operations o where o.orchestration_id = ${id} and o.state = 'failed'))`,
  );
}

export function createOrchestrationRepository(database: Database, meter: Meter): OrchestrationRepository {
  const find = async (db: Drizzle, id: string): Promise<OrchestrationRow | undefined> => {
    if (!isUUID(id)) return undefined;
    return (await db.select().from(orchestrations).where(eq(orchestrations.id, id)))[0];
  };

  return {
    ...createOrchestrationTransitions(database, meter),
    record: (request) => database.write((db) => insert(db, request, request.createdAt)),
    begun: (request) =>
      database.write(async (db) => {
        const row = await insert(db, request, null);
        if (row.lookAt === null) return row;
        const [begun] = await db
          .update(orchestrations)
          .set({ lookAt: null })
          .where(eq(orchestrations.id, row.id))
          .returning();
        return begun ?? row;
      }),
    find: (id) => database.run((db) => find(db, id)),
    list: (filter, { page, pageSize }) =>
      database.run(async (db) => {
        const wanted = matching(filter);
        const rows = await db
          .select()
          .from(orchestrations)
          .where(wanted)
          .orderBy(desc(orchestrations.createdAt), desc(orchestrations.seq))
          .limit(pageSize)
          .offset((page - 1) * pageSize);
        const [total] = await db.select({ count: count() }).from(orchestrations).where(wanted);
        return { rows, total: total?.count ?? 0 };
      }),
    describe: (id, description, now) =>
      database.run(async (db) => {
        await db
          .update(orchestrations)
          .set({ description, updatedAt: now })
          .where(and(eq(orchestrations.id, id), inArray(orchestrations.state, OPEN_STATES)));
      }),
    planned: (id, plan) =>
      database.write(async (db) => {
        // Statements that were prepared while the table was small would read all of it until autovacuum comes by. A vacuum is not waited for.
        if (plan.count >= LARGE_PLAN) await db.execute(sql`analyze (skip_locked) operations`);
        return await completePlan(db, id, plan);
      }),
    schedulingOf: (id) =>
      database.run(async (db) => {
        const { policyVersion, windowsUntil, parameters } = orchestrations;
        const [row] = await db
          .select({ policyVersion, windowsUntil, parameters })
          .from(orchestrations)
          .where(eq(orchestrations.id, id));
        if (!row || row.policyVersion === null || row.windowsUntil === null) return undefined;
        return { ...row, policyVersion: row.policyVersion, windowsUntil: row.windowsUntil };
      }),
    countWaiting: (most) =>
      database.run(async (db) => {
        const some = db.select({ id: orchestrations.id }).from(orchestrations).where(and(IN_LINE, WAITING));
        const [waiting] = await db.select({ count: count() }).from(some.limit(most).as('some'));
        return waiting?.count ?? 0;
      }),
    listWaiting: (limit) => database.run((db) => firstOfLanes(db, limit)),
    listLanes: () => database.run((db) => lanesInLine(db)),
    listInLine: (lane, after, limit) =>
      database.run((db) => {
        const { id, rank, queuedAt, seq, lookAt } = orchestrations;
        const beyond =
          after &&
          sql`(${rank}, ${queuedAt}, ${seq}) > (${after.rank}::bigint, ${after.queuedAt}::timestamptz, ${after.seq}::bigint)`;
        return db
          .select({ id, rank, queuedAt, seq, lookAt })
          .from(orchestrations)
          .where(and(IN_LINE, eq(orchestrations.lane, lane), beyond))
          .orderBy(asc(rank), asc(queuedAt), asc(seq))
          .limit(limit);
      }),
    listUnstarted: (before, limit) =>
      database.run(async (db) => {
        const { id, lookAt } = orchestrations;
        const rows = await db
          .select({ id })
          .from(orchestrations)
          .where(lte(lookAt, before))
          .orderBy(asc(lookAt))
          .limit(limit);
        return rows.map((row) => row.id);
      }),
    listOpen: (after, limit) =>
      database.run((db) =>
        db
          .select()
          .from(orchestrations)
          .where(
            and(
              inArray(orchestrations.state, OPEN_STATES),
              after &&
                sql`(${orchestrations.createdAt}, ${orchestrations.seq}) > (${after.createdAt}::timestamptz, ${after.seq}::bigint)`,
            ),
          )
          .orderBy(asc(orchestrations.createdAt), asc(orchestrations.seq))
          .limit(limit),
      ),
  };

  async function insert(
    db: Drizzle,
    request: OrchestrationRequest,
    lookAt: string | null,
  ): Promise<OrchestrationRow> {
    const { orchestrationID, type, parameters, createdAt, createdBy, reason = '' } = request;
    const [raw] = await db.execute(sql`
      with inserted as (
        insert into orchestrations (id, type, state, description, parameters, created_by, reason, idempotency_key,
                                    request_hash, plan_id, lane, created_at, updated_at, queued_at, look_at)
        values (${orchestrationID}, ${type}, 'pending', ${QUEUED}, ${JSON.stringify(parameters)}::jsonb,
                ${createdBy}, ${reason}, ${request.idempotencyKey ?? null}, ${request.requestHash ?? null}, ${request.planID ?? null},
                ${laneOf(request)}, ${createdAt}, ${createdAt}, ${createdAt}, ${lookAt})
        on conflict (id) do nothing
        returning *
      ), logged as (
        insert into events (orchestration_id, at, actor, kind, to_state, reason)
        select id, created_at, created_by, 'created', state, coalesce(nullif(reason, ''), 'Requested through the API')
        from inserted
      )
      select * from inserted`);
    const row = raw ? decodeRow(orchestrations, raw) : await find(db, orchestrationID);
    if (!row) throw new Error(`Orchestration ${orchestrationID} was neither inserted nor found`);
    return row;
  }
}

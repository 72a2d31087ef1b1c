import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../connection.ts';
import { operations, orchestrations } from '../../schema/index.ts';
import { insertLeftOut, insertUnselected, withoutLeftOut } from './left-out-rows.ts';
import type { OperationRepository, OperationRow, PlannedOperation } from './orchestration-repositories.ts';

type PlanWriting = Pick<OperationRepository, 'clearPlan' | 'plan' | 'planLeftOut'>;

/** How the plan of an orchestration is written, until it is frozen. */
export function createPlanWriting(database: Database): PlanWriting {
  return {
    clearPlan: (orchestrationID) =>
      database.run(async (db) => {
        const incomplete = sql`select id from orchestrations where id = ${orchestrationID} and planned_count is null`;
        await db.execute(sql`
          with no_operations as (
            delete from operations where orchestration_id in (${incomplete})
          ), ${withoutLeftOut(incomplete)}
          select 1`);
      }, 120_000),
    planLeftOut: (orchestrationID, { from, leftOut, notSelected }) =>
      database.run((db) =>
        db.transaction(async (tx) => {
          if (!(await lockUnplanned(tx, orchestrationID))) return false;
          await insertLeftOut(tx, orchestrationID, from, leftOut);
          if (notSelected) await insertUnselected(tx, orchestrationID, notSelected);
          return true;
        }),
      ),
    plan: (orchestration, batch, now) => database.run((db) => plan(db, orchestration, batch, now)),
  };
}

async function plan(
  db: Drizzle,
  orchestration: { id: string; type: OperationRow['type']; dryRun: boolean },
  batch: PlannedOperation[],
  now: string,
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    if (!(await lockUnplanned(tx, orchestration.id))) return false;
    const rows = batch.map(({ operationID, position, runtime, window, ...others }) => {
      const { maintenanceWindow, cluster: _, ...identity } = runtime;
      return {
        ...identity,
        id: operationID,
        orchestrationID: orchestration.id,
        type: orchestration.type,
        dryRun: orchestration.dryRun,
        position,
        dailyWindow: maintenanceWindow,
        windowBegin: window?.begin,
        windowEnd: window?.end,
        latestStart: window?.latestStart,
        ...others,
        state: 'pending' as const,
        attempt: 1,
        createdAt: now,
        updatedAt: now,
      };
    });
    if (rows.length > 0)
      await tx.insert(operations).values(rows).onConflictDoNothing({ target: operations.id });
    return true;
  });
}

/** Shares the row with the other batches, and with nothing that cancels it; false when no plan is wanted any more. */
async function lockUnplanned(tx: Pick<Drizzle, 'select'>, orchestrationID: string): Promise<boolean> {
  const { id, state, plannedCount } = orchestrations;
  const open = await tx
    .select({ id })
    .from(orchestrations)
    .where(and(eq(id, orchestrationID), eq(state, 'in progress'), isNull(plannedCount)))
    .for('share');
  return open.length > 0;
}

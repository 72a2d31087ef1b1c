import { heartbeat } from '@temporalio/activity';
import { describeExecution } from '../clients/temporal-executions.ts';
import { startOrchestration } from '../clients/upgrades/temporal-orchestrations.ts';
import { requestOf } from '../db/repositories/upgrades/orchestration-rows.ts';
import { QUEUE_WORKFLOW_ID, queueStateQuery } from '../workflows/contract/upgrades.ts';
import { WORKFLOW_TYPES } from '../workflows/contract/engine.ts';
import type { ActivityDependencies } from './activity-dependencies.ts';
import { wakeQueue } from './upgrades/turn-queue.ts';
import {
  cancelLeftWaiting,
  releaseForgotten,
  requestFromMemo,
  settleOrchestration,
  settleOrphanedOperations,
} from './upgrades/settling.ts';
import { reviveStacks } from './stacks/revival.ts';

/** Longer than the API tries to start a workflow. */
const START_LIMIT_MS = 10_000;

export interface ReconcileActivities {
  reconcile(): Promise<{ checked: number; changed: string[] }>;
}

/** Compares the database with Temporal and mends what differs. Changes nothing when nothing is wrong. */
export function createReconcileActivities(deps: ActivityDependencies): ReconcileActivities {
  return {
    async reconcile() {
      const changed: string[] = [];
      const recorded = await recordMissing(deps);
      changed.push(...recorded);
      changed.push(...(await startUnstarted(deps)));
      const settled = await settleClosed(deps);
      changed.push(...settled.changed);
      changed.push(...(await settleOrphanedOperations(deps, heartbeat)));
      changed.push(...(await cancelLeftWaiting(deps, heartbeat)));
      changed.push(...(await releaseForgotten(deps, heartbeat)));
      changed.push(...(await wakeIdleQueue(deps)));
      changed.push(...(await reviveStacks(deps, heartbeat)));
      return { checked: settled.checked, changed };
    },
  };
}

/** Writes rows for open orchestrations that have none, as in a database that was restored. */
async function recordMissing(deps: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  const query = `WorkflowType = '${WORKFLOW_TYPES.orchestration}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of deps.temporal.workflow.list({ query })) {
    heartbeat();
    if ((await deps.repositories.orchestrations.missing([workflowId])).length === 0) continue;
    const request = requestFromMemo(memo ?? {});
    if (!request) continue;
    await deps.repositories.orchestrations.begun(request);
    changed.push(`orchestration ${workflowId} recorded`);
  }
  return changed;
}

/** Settles rows that have not ended although their workflow has. */
async function settleClosed(deps: ActivityDependencies): Promise<{ checked: number; changed: string[] }> {
  const changed: string[] = [];
  let checked = 0;
  let after: { createdAt: string; seq: number } | undefined;
  for (;;) {
    const rows = await deps.repositories.orchestrations.listOpen(after, 100);
    for (const row of rows) {
      heartbeat();
      checked += 1;
      after = { createdAt: row.createdAt, seq: row.seq };
      changed.push(...(await settleOrchestration(deps, row.id)));
    }
    if (rows.length < 100) return { checked, changed };
  }
}

/** Starts the workflows of orchestrations that were accepted while Temporal was away. */
async function startUnstarted(deps: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  // Whoever has written the row starts it within seconds.
  const before = new Date(deps.clock() - START_LIMIT_MS).toISOString();
  let after = '';
  for (;;) {
    const rows = await deps.repositories.orchestrations.listUnstarted(before, after, 100);
    for (const row of rows) {
      heartbeat();
      after = row.id;
      const isNew = await startOrchestration(deps.temporal, requestOf(row), deps.tuning);
      if (isNew) changed.push(`orchestration ${row.id} started`);
    }
    if (rows.length < 100) return changed;
  }
}

/** Wakes a queue that is missing while somebody has the turn or waits for it, or that has overlooked who waits. */
async function wakeIdleQueue(deps: ActivityDependencies): Promise<string[]> {
  const queue = await describeExecution(deps.temporal, QUEUE_WORKFLOW_ID);
  const [open] = await deps.repositories.orchestrations.listOpen(undefined, 1);
  if (!open) return [];
  if (queue?.running) {
    const { holders } = await deps.temporal.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
    if (holders.length > 0) return [];
  }
  await wakeQueue(deps);
  return ['queue woken'];
}

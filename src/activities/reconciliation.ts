import { heartbeat } from '@temporalio/activity';
import { describeExecution } from '../clients/temporal-executions.ts';
import { QUEUE_WORKFLOW_ID, queueStateQuery, type QueueState } from '../workflows/contract/upgrades.ts';
import { WORKFLOW_TYPES } from '../workflows/contract/engine.ts';
import type { ActivityDependencies } from './activity-dependencies.ts';
import { enqueue, openOrchestrations } from './upgrades/turn-queue.ts';
import {
  cancelLeftWaiting,
  releaseForgotten,
  requestFromMemo,
  settleOrchestration,
  settleOrphanedOperations,
} from './upgrades/settling.ts';
import { reviveStacks } from './stacks/revival.ts';

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
      const settled = await settleClosed(deps);
      changed.push(...settled.changed);
      changed.push(...(await settleOrphanedOperations(deps, heartbeat)));
      changed.push(...(await cancelLeftWaiting(deps, heartbeat)));
      changed.push(...(await releaseForgotten(deps, heartbeat)));
      changed.push(...(await completeQueue(deps)));
      changed.push(...(await reviveStacks(deps, heartbeat)));
      return { checked: settled.checked, changed };
    },
  };
}

/** Writes rows for open orchestrations that have none. */
async function recordMissing(deps: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  const query = `WorkflowType = '${WORKFLOW_TYPES.orchestration}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, memo } of deps.temporal.workflow.list({ query })) {
    heartbeat();
    if ((await deps.repositories.orchestrations.missing([workflowId])).length === 0) continue;
    const request = requestFromMemo(memo ?? {});
    if (!request) continue;
    await deps.repositories.orchestrations.record(request);
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

/** Starts a missing queue, and enqueues again whoever waits for a turn that the queue does not know of. */
async function completeQueue(deps: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  const queue = await describeExecution(deps.temporal, QUEUE_WORKFLOW_ID);
  const state: QueueState = queue?.running
    ? await deps.temporal.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery)
    : { waiting: [], holders: [] };
  const known = new Set([...state.waiting, ...state.holders].map(({ runID }) => runID));
  for await (const { hasTurn, ...entry } of openOrchestrations(deps)) {
    heartbeat();
    // The queue itself finds the one that has the turn when it rebuilds its memory.
    if (known.has(entry.runID) || (hasTurn && queue?.running)) continue;
    await enqueue(deps.temporal, deps.tuning, entry);
    changed.push(`orchestration ${entry.orchestrationID} enqueued again`);
  }
  return changed;
}

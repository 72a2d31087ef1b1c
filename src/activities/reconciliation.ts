import { heartbeat, log } from '@temporalio/activity';
import { lookAtOrchestration } from '../clients/upgrades/temporal-orchestrations.ts';
import { describeExecution } from '../clients/temporal-executions.ts';
import { progressQuery, QUEUE_WORKFLOW_ID, queueStateQuery } from '../workflows/contract/upgrades.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from './activity-dependencies.ts';
import { estimateAll } from './upgrades/estimates.ts';
import { startUnstarted } from './upgrades/turn-giving.ts';
import { listRunning, wakeQueue } from './upgrades/turn-queue.ts';
import {
  cancelLeftWaiting,
  releaseForgotten,
  requestFromMemo,
  settleOrchestration,
  settleOrphanedOperations,
} from './upgrades/settling.ts';
import { reviveStacks } from './stacks/revival.ts';

/** Milliseconds that whoever wrote a row may take to start its workflow. */
const START_GRACE_MS = 10_000;
/** Workflows that are started in one round. */
const MOST_STARTED = 1_000;
const PAGE = 100;

export interface ReconcileActivities {
  reconcile(): Promise<{ checked: number; changed: string[] }>;
}

/** Compares the database with Temporal and mends what differs. Changes nothing when nothing is wrong. */
export function createReconcileActivities(deps: ActivityDependencies): ReconcileActivities {
  return {
    async reconcile() {
      const changed: string[] = [];
      changed.push(...(await recordRunning(deps)));
      changed.push(...(await startAccepted(deps)));
      const settled = await settleClosed(deps);
      changed.push(...settled.changed);
      changed.push(...(await settleOrphanedOperations(deps, heartbeat)));
      changed.push(...(await cancelLeftWaiting(deps, heartbeat)));
      changed.push(...(await releaseForgotten(deps, heartbeat)));
      changed.push(...(await tellWanted(deps)));
      changed.push(...(await wakeIdleQueue(deps)));
      changed.push(...(await reviveStacks(deps, heartbeat)));
      await estimateAll(deps, heartbeat);
      return { checked: settled.checked, changed };
    },
  };
}

/**
 * Writes what rows do not say of workflows that run: rows that are missing, as in a database that was restored, and
 * retries that wait while their row says that the orchestration has failed, as after it was settled at the same moment.
 */
async function recordRunning(deps: ActivityDependencies): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  const changed: string[] = [];
  for await (const { workflowId: id, runId, memo } of listRunning(deps.temporal)) {
    heartbeat();
    const row = await orchestrations.find(id);
    if (row?.state === 'failed') changed.push(...(await recordRetry(deps, id, runId)));
    const request = row ? undefined : requestFromMemo(memo ?? {});
    if (!request) continue;
    await orchestrations.begun(request);
    changed.push(`orchestration ${id} recorded`);
  }
  return changed;
}

async function recordRetry(deps: ActivityDependencies, id: string, runID: string): Promise<string[]> {
  if (!(await waitsForTurn(deps, id, runID))) return [];
  const change = { actor: DRYDOCK, reason: 'Its retry waits for a turn', now: nowOf(deps) };
  const changed = await deps.repositories.orchestrations.transition(id, 'retrying', change);
  return changed ? [`orchestration ${id} retrying: ${change.reason}`] : [];
}

/** An orchestration that can't answer must not keep the others from being looked after: it is asked again in the next round. */
async function waitsForTurn(
  { temporal }: Pick<ActivityDependencies, 'temporal'>,
  orchestrationID: string,
  runID: string,
): Promise<boolean> {
  try {
    const { hasTurn, canceling } = await temporal.workflow
      .getHandle(orchestrationID, runID)
      .query(progressQuery);
    return !hasTurn && !canceling;
  } catch (error) {
    log.warn('An orchestration does not say whether it waits for its turn', { orchestrationID, error });
    return false;
  }
}

/** Settles rows that have not ended although their workflow has. */
async function settleClosed(deps: ActivityDependencies): Promise<{ checked: number; changed: string[] }> {
  const changed: string[] = [];
  let checked = 0;
  let after: { createdAt: string; seq: number } | undefined;
  for (;;) {
    const rows = await deps.repositories.orchestrations.listOpen(after, PAGE);
    for (const row of rows) {
      heartbeat();
      checked += 1;
      after = { createdAt: row.createdAt, seq: row.seq };
      changed.push(...(await settleOrchestration(deps, row.id)));
    }
    if (rows.length < PAGE) return { checked, changed };
  }
}

/** Starts the workflows of orchestrations that were accepted while Temporal was away. */
async function startAccepted(deps: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  const before = new Date(deps.clock() - START_GRACE_MS).toISOString();
  for (const id of await deps.repositories.orchestrations.listUnstarted(before, MOST_STARTED)) {
    heartbeat();
    changed.push(...(await startUnstarted(deps, id)));
  }
  return changed;
}

/** Lets orchestrations look at what is wanted of them, when their workflows have not: the process that changed it may have died. */
async function tellWanted({ repositories, temporal }: ActivityDependencies): Promise<string[]> {
  const changed: string[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const ids: string[] = await repositories.control.listUnobserved(after, PAGE);
    for (const id of ids) {
      heartbeat();
      if (await lookAtOrchestration(temporal, id))
        changed.push(`orchestration ${id} told to look what is wanted of it`);
    }
    after = ids.length < PAGE ? undefined : ids.at(-1);
  }
  return changed;
}

/** Wakes the queue when it is missing, or has overlooked somebody in a lane that nobody holds. */
async function wakeIdleQueue(deps: ActivityDependencies): Promise<string[]> {
  const lanes = await deps.repositories.orchestrations.listLanes();
  if (lanes.length === 0) return [];
  const queue = await describeExecution(deps.temporal, QUEUE_WORKFLOW_ID);
  if (queue?.running) {
    if (await deps.repositories.queue.pause()) return [];
    const { holders } = await deps.temporal.workflow.getHandle(QUEUE_WORKFLOW_ID).query(queueStateQuery);
    const held = new Set(holders.map(({ lane }) => lane));
    if (lanes.every((lane) => held.has(lane))) return [];
  }
  await wakeQueue(deps);
  // A queue that runs may be about to look anyway.
  return queue?.running ? [] : ['queue started'];
}

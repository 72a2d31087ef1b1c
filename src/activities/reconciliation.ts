import { heartbeat } from '@temporalio/activity';
import { lookAtOrchestration } from '../clients/upgrades/temporal-orchestrations.ts';
import { describeExecution } from '../clients/temporal-executions.ts';
import { SILENT_METER } from '../domain/measures.ts';
import { isFinalOrchestrationState } from '../domain/upgrades/states.ts';
import { QUEUE_WORKFLOW_ID, queueStateQuery } from '../workflows/contract/upgrades.ts';
import type { ActivityDependencies } from './activity-dependencies.ts';
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
import { reviveWebhooks } from './webhooks/webhook-revival.ts';

/** Milliseconds that whoever wrote a row may take to start its workflow. */
const START_GRACE_MS = 10_000;
/** Workflows that are started in one round. */
const MOST_STARTED = 1_000;
const PAGE = 100;

/** The kinds of differences that are mended, as a label of the meter. */
export const REPAIRS = [
  'recorded',
  'started',
  'settled',
  'orphan-failed',
  'waiting-canceled',
  'lock-released',
  'told',
  'queue-started',
  'stack-started',
  'webhooks-started',
] as const;
type Repair = (typeof REPAIRS)[number];

export interface ReconcileActivities {
  reconcile(): Promise<{ checked: number; changed: string[] }>;
}

/** Compares the database with Temporal and mends what differs. Changes nothing when nothing is wrong. */
export function createReconcileActivities(deps: ActivityDependencies): ReconcileActivities {
  return {
    async reconcile() {
      const changed: string[] = [];
      const { reconcileRepairs } = deps.meter ?? SILENT_METER;
      const mended = (kind: Repair, what: readonly string[]): void => {
        changed.push(...what);
        if (what.length > 0) reconcileRepairs({ kind }, what.length);
      };
      mended('recorded', await recordRunning(deps));
      mended('started', await startAccepted(deps));
      const settled = await settleClosed(deps);
      mended('settled', settled.changed);
      mended('orphan-failed', await settleOrphanedOperations(deps, heartbeat));
      mended('waiting-canceled', await cancelLeftWaiting(deps, heartbeat));
      mended('lock-released', await releaseForgotten(deps, heartbeat));
      mended('told', await tellWanted(deps));
      mended('queue-started', await wakeIdleQueue(deps));
      mended('stack-started', await reviveStacks(deps, heartbeat));
      mended('webhooks-started', (await reviveWebhooks(deps)) ? ['telling webhooks started again'] : []);
      await estimateAll(deps, heartbeat);
      return { checked: settled.checked, changed };
    },
  };
}

/**
 * Writes the rows that are missing of workflows that run, as in a database that was restored. One whose row has ended looks there: when it waits for a
 * turn that nobody will give it, it ends, too.
 */
async function recordRunning(deps: ActivityDependencies): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  const changed: string[] = [];
  for await (const { workflowId: id, memo } of listRunning(deps.temporal)) {
    heartbeat();
    const row = await orchestrations.find(id);
    if (row && isFinalOrchestrationState(row.state)) await lookAtOrchestration(deps.temporal, id);
    const request = row ? undefined : requestFromMemo(memo ?? {});
    if (!request) continue;
    await orchestrations.begun(request);
    changed.push(`orchestration ${id} recorded`);
  }
  return changed;
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

/** Starts the workflows of orchestrations that were accepted, or retried, while Temporal was away. */
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

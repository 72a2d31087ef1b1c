import { log } from '@temporalio/activity';
import type { AsyncWorkflowListIterable, Client } from '@temporalio/client';
import { awaitClose, closeReason, describeExecution } from '../../clients/temporal-executions.ts';
import { lookAtQueue } from '../../clients/upgrades/temporal-orchestrations.ts';
import { type OrchestrationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { DEFAULT_LANE, laneOf } from '../../domain/upgrades/lanes.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';
import { MOST_COUNTED, progressQuery, type Holder } from '../../workflows/contract/upgrades.ts';
import { WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { requestFromMemo, settleOrchestration } from './settling.ts';
import { findTurns } from './turn-giving.ts';
import type { LineAnswer, LineQuery, OrchestrationActivities, QueueActivities } from './activity-types.ts';

const HAS_HAD_TURN: readonly OrchestrationState[] = ['in progress', 'canceling'];
/** Rows that are read at a time. */
const PAGE_SIZE = 100;
/** How many of those that wait the queue names. */
const SHOWN = 20;

/** The queue's own activities, and the one that wakes it. */
export function createQueueActivities(
  deps: ActivityDependencies,
): QueueActivities & Pick<OrchestrationActivities, 'wakeQueue'> {
  return {
    wakeQueue: () => withHeartbeat(() => wakeQueue(deps)),
    findHolders: () => withHeartbeat((signal) => findHolders(deps, signal)),
    readLine: (input) => withHeartbeat((signal) => readLine(deps, input, signal)),
    watchOrchestration: (holder) =>
      withHeartbeat(async (signal) => {
        for (;;) {
          const latest = await describeExecution(deps.temporal, holder.orchestrationID);
          if (!latest) return { status: 'UNKNOWN', reason: 'Temporal no longer knows it' };
          // A later chain (a retry) has begun: the one that had the turn is over.
          if (latest.firstRunID !== holder.runID) return { status: 'COMPLETED' };
          if (!latest.running) {
            const reason = await closeReason(deps.temporal, holder.orchestrationID, latest.runID);
            return { status: latest.status, reason };
          }
          await awaitClose(deps.temporal, holder.orchestrationID, latest.runID, signal);
        }
      }),
    currentRun: (holder) =>
      withHeartbeat(async () => {
        const latest = await describeExecution(deps.temporal, holder.orchestrationID);
        return latest?.running && latest.firstRunID === holder.runID ? { runID: latest.runID } : undefined;
      }),
    settleOrchestration: ({ orchestrationID }) =>
      withHeartbeat(async () => {
        await settleOrchestration(deps, orchestrationID);
      }),
  };
}

/** Lets the queue look at the rows, starting it where it is missing. */
export async function wakeQueue({
  temporal,
  tuning,
}: Pick<ActivityDependencies, 'temporal' | 'tuning'>): Promise<void> {
  await lookAtQueue(temporal, tuning);
}

/**
 * Those with an open row, and then those whose row says nothing of it: one may have closed its row and not ended yet, and a restored database may
 * have no row yet.
 */
async function findHolders(deps: ActivityDependencies, signal: AbortSignal): Promise<Holder[]> {
  const { orchestrations } = deps.repositories;
  const holders: Holder[] = [];
  const seen = new Set<string>();
  let after: { createdAt: string; seq: number } | undefined;
  for (let more = true; more;) {
    const rows = await orchestrations.listOpen(after, PAGE_SIZE);
    for (const row of rows) {
      signal.throwIfAborted();
      after = { createdAt: row.createdAt, seq: row.seq };
      seen.add(row.id);
      // Nobody has the turn who has not begun.
      const hasBegun = row.lookAt === null || row.state !== 'pending';
      const holder = hasBegun ? await holderOf(deps, row) : undefined;
      if (holder) holders.push(holder);
    }
    more = rows.length === PAGE_SIZE;
  }
  for await (const { workflowId: id, memo } of listRunning(deps.temporal)) {
    signal.throwIfAborted();
    if (seen.has(id)) continue;
    const lane = (await orchestrations.find(id))?.lane ?? laneOfMemo(memo);
    const holder = await holderOf(deps, { id, lane, state: 'pending' });
    if (holder) holders.push(holder);
  }
  return holders;
}

/** Its row is missing, as in a restored database. */
function laneOfMemo(memo: Record<string, unknown> = {}): string {
  const request = requestFromMemo(memo);
  return request ? laneOf(request) : DEFAULT_LANE;
}

/** Workflows of orchestrations that run, by Temporal's search: it may miss one for a moment. */
export function listRunning(temporal: Client): AsyncWorkflowListIterable {
  const query = `WorkflowType = '${WORKFLOW_TYPES.orchestration}' AND ExecutionStatus = 'Running'`;
  return temporal.workflow.list({ query });
}

/**
 * Undefined when it does not have the turn, by its own word: the query is answered with every signal that reached it
 * applied. A workflow that can't answer is judged by its row.
 */
async function holderOf(
  { temporal }: Pick<ActivityDependencies, 'temporal'>,
  { id, lane, state }: Pick<OrchestrationRow, 'id' | 'lane' | 'state'>,
): Promise<Holder | undefined> {
  const execution = await describeExecution(temporal, id);
  if (!execution?.running) return undefined;
  let hasTurn = HAS_HAD_TURN.includes(state);
  try {
    ({ hasTurn } = await temporal.workflow.getHandle(id, execution.runID).query(progressQuery));
  } catch (error) {
    log.warn('An orchestration does not say whether it has the turn; its row decides', {
      orchestrationID: id,
      hasTurn,
      error,
    });
  }
  return hasTurn ? { orchestrationID: id, runID: execution.firstRunID, lane } : undefined;
}

async function readLine(
  deps: ActivityDependencies,
  { holders, except }: LineQuery,
  signal: AbortSignal,
): Promise<LineAnswer> {
  const { orchestrations } = deps.repositories;
  const found = await findTurns(deps, { holders, except }, signal);
  const lanes = await orchestrations.listLanes();
  const [count, rows] = await Promise.all([
    orchestrations.countWaiting(MOST_COUNTED),
    orchestrations.listWaiting(Math.ceil(SHOWN / Math.max(lanes.length, 1))),
  ]);
  const first = rows.map(({ id, lane, queuedAt }) => ({ orchestrationID: id, lane, queuedAt }));
  return { waiting: { count, first }, ...found };
}

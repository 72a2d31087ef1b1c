import { log } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { awaitClose, closeReason, describeExecution } from '../../clients/temporal-executions.ts';
import { isFinalOrchestrationState, type OrchestrationState } from '../../domain/upgrades/states.ts';
import {
  enqueueSignal,
  progressQuery,
  QUEUE_WORKFLOW_ID,
  type QueueEntry,
  type QueueState,
} from '../../workflows/contract/upgrades.ts';
import { TASK_QUEUE, WORKFLOW_TYPES, type Tuning } from '../../workflows/contract/engine.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { settleOrchestration } from './settling.ts';
import type { OrchestrationActivities, QueueActivities } from './activity-types.ts';

const HAS_HAD_TURN: readonly OrchestrationState[] = ['in progress', 'canceling'];

/** The queue's own activities, and the way into it. */
export function createQueueActivities(
  deps: ActivityDependencies,
): QueueActivities & Pick<OrchestrationActivities, 'enqueue'> {
  return {
    enqueue: (entry) => enqueue(deps.temporal, deps.tuning, entry),
    rebuildQueue: () => rebuildQueue(deps),
    watchOrchestration: (entry) =>
      withHeartbeat(async (signal) => {
        for (;;) {
          const latest = await describeExecution(deps.temporal, entry.orchestrationID);
          if (!latest) return { status: 'UNKNOWN', reason: 'Temporal no longer knows it' };
          // A later chain (a retry) has begun: the one that had the turn is over.
          if (latest.firstRunID !== entry.runID) return { status: 'COMPLETED' };
          if (!latest.running) {
            const reason = await closeReason(deps.temporal, entry.orchestrationID, latest.runID);
            return { status: latest.status, reason };
          }
          await awaitClose(deps.temporal, entry.orchestrationID, latest.runID, signal);
        }
      }),
    currentRun: async (entry) => {
      const latest = await describeExecution(deps.temporal, entry.orchestrationID);
      return latest?.running && latest.firstRunID === entry.runID ? { runID: latest.runID } : undefined;
    },
    settleOrchestration: async ({ orchestrationID }) => {
      await settleOrchestration(deps, orchestrationID);
    },
  };
}

/** Signals the queue, starting it where it is missing. An entry that it knows already changes nothing. */
export async function enqueue(
  temporal: Client,
  tuning: Tuning | undefined,
  entry: QueueEntry,
): Promise<void> {
  await temporal.workflow.signalWithStart(WORKFLOW_TYPES.queue, {
    workflowId: QUEUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ tuning }],
    signal: enqueueSignal,
    signalArgs: [entry],
    staticSummary: 'gives the turn to one orchestration after the other',
  });
}

/** One open orchestration as the queue sees it. */
export interface OpenOrchestration extends QueueEntry {
  hasTurn: boolean;
}

/**
 * An open orchestration, asked itself; undefined when its workflow is closed. The query is answered with every
 * signal that reached it applied; a workflow that can't answer is judged by its row.
 */
export async function askOrchestration(
  deps: Pick<ActivityDependencies, 'temporal'>,
  orchestrationID: string,
  row: { state: OrchestrationState; createdAt: string } | undefined,
): Promise<OpenOrchestration | undefined> {
  const execution = await describeExecution(deps.temporal, orchestrationID);
  if (!execution?.running) return undefined;
  const handle = deps.temporal.workflow.getHandle(orchestrationID, execution.runID);
  // Without a row it has not even recorded itself, and so never stood in the queue.
  let hasTurn = row !== undefined && HAS_HAD_TURN.includes(row.state);
  try {
    hasTurn = (await handle.query(progressQuery)).hasTurn;
  } catch (error) {
    log.warn('An orchestration does not say whether it has the turn; its row decides', {
      orchestrationID,
      hasTurn,
      error,
    });
  }
  const retried = row === undefined || row.state === 'retrying' || isFinalOrchestrationState(row.state);
  return {
    orchestrationID,
    runID: execution.firstRunID,
    createdAt: retried ? execution.startedAt.toISOString() : row.createdAt,
    hasTurn,
  };
}

async function rebuildQueue(deps: ActivityDependencies): Promise<QueueState> {
  const state: QueueState = { waiting: [], holders: [] };
  for await (const open of openOrchestrations(deps)) {
    const { hasTurn, ...entry } = open;
    (hasTurn ? state.holders : state.waiting).push(entry);
  }
  return state;
}

/** Every open orchestration once: those with an open row, then those that so far only Temporal knows. */
export async function* openOrchestrations(
  deps: Pick<ActivityDependencies, 'temporal' | 'repositories'>,
): AsyncIterable<OpenOrchestration> {
  const seen = new Set<string>();
  let after: { createdAt: string; seq: number } | undefined;
  for (;;) {
    const rows = await deps.repositories.orchestrations.listOpen(after, 100);
    for (const row of rows) {
      after = { createdAt: row.createdAt, seq: row.seq };
      seen.add(row.id);
      const open = await askOrchestration(deps, row.id, row);
      if (open) yield open;
    }
    if (rows.length < 100) break;
  }
  const query = `WorkflowType = '${WORKFLOW_TYPES.orchestration}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of deps.temporal.workflow.list({ query })) {
    if (seen.has(workflowId)) continue;
    seen.add(workflowId);
    const row = await deps.repositories.orchestrations.find(workflowId);
    const open = await askOrchestration(deps, workflowId, row);
    if (open) yield open;
  }
}

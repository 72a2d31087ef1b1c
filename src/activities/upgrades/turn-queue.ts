import { log } from '@temporalio/activity';
import { awaitClose, closeReason, describeExecution } from '../../clients/temporal-executions.ts';
import { startOrchestration } from '../../clients/upgrades/temporal-orchestrations.ts';
import type { OrchestrationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { requestOf } from '../../db/repositories/upgrades/orchestration-rows.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';
import {
  lookSignal,
  progressQuery,
  QUEUE_WORKFLOW_ID,
  type Holder,
  type WaitingLine,
} from '../../workflows/contract/upgrades.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { settleOrchestration } from './settling.ts';
import type { OrchestrationActivities, QueueActivities } from './activity-types.ts';

const HAS_HAD_TURN: readonly OrchestrationState[] = ['in progress', 'canceling'];
/** Rows that are read at a time. */
const PAGE_SIZE = 100;
/** Those that wait of whom the queue tells by name. */
const SHOWN = 20;

/** The queue's own activities, and the one that wakes it. */
export function createQueueActivities(
  deps: ActivityDependencies,
): QueueActivities & Pick<OrchestrationActivities, 'wakeQueue'> {
  return {
    wakeQueue: () => wakeQueue(deps),
    findHolders: () => findHolders(deps),
    readLine: ({ choose }) => readLine(deps, choose),
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
    currentRun: async (holder) => {
      const latest = await describeExecution(deps.temporal, holder.orchestrationID);
      return latest?.running && latest.firstRunID === holder.runID ? { runID: latest.runID } : undefined;
    },
    settleOrchestration: async ({ orchestrationID }) => {
      await settleOrchestration(deps, orchestrationID);
    },
  };
}

/** Lets the queue look at the rows, starting it where it is missing. */
export async function wakeQueue({
  temporal,
  tuning,
}: Pick<ActivityDependencies, 'temporal' | 'tuning'>): Promise<void> {
  await temporal.workflow.signalWithStart(WORKFLOW_TYPES.queue, {
    workflowId: QUEUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ tuning }],
    signal: lookSignal,
    signalArgs: [],
    staticSummary: 'gives the turn to one orchestration after the other',
  });
}

async function findHolders(deps: ActivityDependencies): Promise<Holder[]> {
  const { orchestrations } = deps.repositories;
  const holders: Holder[] = [];
  let after: { createdAt: string; seq: number } | undefined;
  for (;;) {
    const rows = await orchestrations.listOpen(after, PAGE_SIZE);
    for (const row of rows) {
      after = { createdAt: row.createdAt, seq: row.seq };
      const holder = await holderOf(deps, row);
      if (holder) holders.push(holder);
    }
    if (rows.length < PAGE_SIZE) return holders;
  }
}

/**
 * Undefined when it does not have the turn, by its own word: the query is answered with every signal that reached it
 * applied. A workflow that can't answer is judged by its row.
 */
async function holderOf(
  { temporal }: Pick<ActivityDependencies, 'temporal'>,
  { id, state }: OrchestrationRow,
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
  return hasTurn ? { orchestrationID: id, runID: execution.firstRunID } : undefined;
}

async function readLine(
  deps: ActivityDependencies,
  choose: boolean,
): Promise<{ waiting: WaitingLine; next?: Holder }> {
  const { orchestrations } = deps.repositories;
  const next = choose ? await findNext(deps) : undefined;
  const [count, rows] = await Promise.all([
    orchestrations.countWaiting(),
    orchestrations.listWaiting(undefined, SHOWN),
  ]);
  return {
    waiting: { count, first: rows.map(({ id, queuedAt }) => ({ orchestrationID: id, queuedAt })) },
    next,
  };
}

async function findNext(deps: ActivityDependencies): Promise<Holder | undefined> {
  let after: { queuedAt: string; seq: number } | undefined;
  for (;;) {
    const rows = await deps.repositories.orchestrations.listWaiting(after, PAGE_SIZE);
    for (const row of rows) {
      after = { queuedAt: row.queuedAt, seq: row.seq };
      if (row.lookAt !== null) await startOrchestration(deps.temporal, requestOf(row), deps.tuning);
      const execution = await describeExecution(deps.temporal, row.id);
      if (execution?.running) return { orchestrationID: row.id, runID: execution.firstRunID };
      await settleOrchestration(deps, row.id);
    }
    if (rows.length < PAGE_SIZE) return undefined;
  }
}

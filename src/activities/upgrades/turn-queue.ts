import { log } from '@temporalio/activity';
import type { AsyncWorkflowListIterable, Client } from '@temporalio/client';
import { awaitClose, closeReason, describeExecution } from '../../clients/temporal-executions.ts';
import { startOrchestration } from '../../clients/upgrades/temporal-orchestrations.ts';
import {
  requestOf,
  type InLine,
  type OrchestrationRow,
} from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';
import {
  lookSignal,
  MOST_COUNTED,
  progressQuery,
  QUEUE_WORKFLOW_ID,
  type Holder,
  type WaitingLine,
} from '../../workflows/contract/upgrades.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { settleOrchestration } from './settling.ts';
import type { OrchestrationActivities, QueueActivities } from './activity-types.ts';

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
    wakeQueue: () => wakeQueue(deps),
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

/**
 * Those with an open row, and then those whose row says nothing of it: one that has closed is retried while it still has the
 * turn, and a restored database may have no row yet.
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
      const holder = row.lookAt === null ? await holderOf(deps, row) : undefined;
      if (holder) holders.push(holder);
    }
    more = rows.length === PAGE_SIZE;
  }
  for await (const { workflowId: id } of listRunning(deps.temporal)) {
    signal.throwIfAborted();
    if (seen.has(id)) continue;
    const holder = await holderOf(deps, { id, state: 'pending' });
    if (holder) holders.push(holder);
  }
  return holders;
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
  { id, state }: Pick<OrchestrationRow, 'id' | 'state'>,
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
  { choose, except }: { choose: boolean; except: string[] },
  signal: AbortSignal,
): Promise<{ waiting: WaitingLine; next?: Holder }> {
  const { orchestrations } = deps.repositories;
  const next = choose ? await findNext(deps, new Set(except), signal) : undefined;
  const [count, rows] = await Promise.all([
    orchestrations.countWaiting(MOST_COUNTED),
    orchestrations.listWaiting(SHOWN),
  ]);
  return {
    waiting: { count, first: rows.map(({ id, queuedAt }) => ({ orchestrationID: id, queuedAt })) },
    next,
  };
}

async function findNext(
  deps: ActivityDependencies,
  except: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Holder | undefined> {
  let after: InLine | undefined;
  for (;;) {
    const rows = await deps.repositories.orchestrations.listInLine(after, PAGE_SIZE);
    for (const row of rows) {
      signal.throwIfAborted();
      after = row;
      if (except.has(row.id)) continue;
      if (row.lookAt !== null) await startUnstarted(deps, row.id);
      const execution = await describeExecution(deps.temporal, row.id);
      if (execution?.running) return { orchestrationID: row.id, runID: execution.firstRunID };
      await settleOrchestration(deps, row.id);
    }
    if (rows.length < PAGE_SIZE) return undefined;
  }
}

/**
 * Starts the workflow of an orchestration that has not begun. One that Temporal refuses fails with the reason, and keeps
 * nobody else from their turn. Answers what it changed, in words.
 */
export async function startUnstarted(deps: ActivityDependencies, id: string): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  const row = await orchestrations.find(id);
  if (!row || row.lookAt === null) return [];
  const answer = await startOrchestration(deps.temporal, requestOf(row), deps.tuning);
  if (answer === 'exists') return [];
  if (answer === 'started') return [`orchestration ${id} started`];
  const reason = answer.refused;
  const change = { actor: DRYDOCK, reason, description: reason, now: nowOf(deps) };
  await orchestrations.transition(id, 'failed', change);
  return [`orchestration ${id} failed: ${reason}`];
}

import { WorkflowNotFoundError } from '@temporalio/client';
import { closeReason, describeExecution } from '../../clients/temporal-executions.ts';
import { isFinalOrchestrationState } from '../../domain/upgrades/states.ts';
import {
  operationWorkflowID,
  releaseSignal,
  type OrchestrationRequest,
} from '../../workflows/contract/upgrades.ts';
import { WORKFLOW_TYPES } from '../../workflows/contract/engine.ts';
import { judge } from './judgement.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'temporal' | 'repositories' | 'clock'>;

/** The request that an orchestration was started with, as its memo holds it. */
export function requestFromMemo(memo: Record<string, unknown>): OrchestrationRequest | undefined {
  const request = memo['request'];
  return request && typeof request === 'object' ? (request as OrchestrationRequest) : undefined;
}

/**
 * Settles the row of an orchestration whose workflow is closed without having closed it (terminated, failed, unknown):
 * what waits is canceled, sleepers are released, the orchestration is failed with the reason. What executes goes on to its
 * end. Changes nothing while the workflow is open. Answers what it changed, in words.
 */
export async function settleOrchestration(deps: Deps, orchestrationID: string): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  const execution = await describeExecution(deps.temporal, orchestrationID);
  if (execution?.running) return [];
  // Read between two looks at Temporal: what the row says then was left by the closed run.
  const row = await orchestrations.find(orchestrationID);
  if (!row || isFinalOrchestrationState(row.state)) return [];
  // It is yet to be started; one that was retried, whatever became of the run before.
  if (row.lookAt !== null && (!execution || row.state !== 'pending')) return [];
  const again = await describeExecution(deps.temporal, orchestrationID);
  if (again?.running || again?.runID !== execution?.runID) return [];
  const now = nowOf(deps);
  if (execution?.status === 'COMPLETED' && row.state !== 'pending') {
    const end = await judge(deps.repositories, orchestrationID);
    const closed =
      end && (await orchestrations.close(orchestrationID, end.state, { actor: DRYDOCK, now, ...end }));
    if (closed) return [`orchestration ${orchestrationID} ${closed.state}: ${closed.description}`];
  }
  const reason = await lostBecause(deps, orchestrationID, execution);
  const change = { actor: DRYDOCK, reason, now };
  const canceled = await orchestrations.lose(orchestrationID, row, { ...change, description: reason });
  if (canceled === undefined) return [];
  const released = await releaseSleepers(deps, orchestrationID);
  return [
    `orchestration ${orchestrationID} failed: ${reason}; ${canceled} waiting operations canceled, ${released} children asked to end`,
  ];
}

async function lostBecause(
  deps: Deps,
  orchestrationID: string,
  execution: { status: string; runID: string } | undefined,
): Promise<string> {
  if (!execution) return 'Its workflow is not known to Temporal';
  if (execution.status === 'COMPLETED') return 'Its workflow has ended, and its row says nothing of that';
  const status = execution.status.toLowerCase().replace('_', ' ');
  const why = await closeReason(deps.temporal, orchestrationID, execution.runID);
  return `Its workflow was closed from outside (${status})${why ? `: ${why}` : ''}`;
}

/** Children that still sleep must not hold their runtimes for days; a release changes nothing for one that executes. */
async function releaseSleepers(deps: Deps, orchestrationID: string): Promise<number> {
  const query = `WorkflowType = '${WORKFLOW_TYPES.operation}' AND ExecutionStatus = 'Running' AND ParentWorkflowId = '${orchestrationID}'`;
  let count = 0;
  for await (const { workflowId, runId } of deps.temporal.workflow.list({ query })) {
    if (await release(deps, workflowId, runId)) count += 1;
  }
  return count;
}

/** False when the child has closed meanwhile. */
async function release(deps: Deps, workflowID: string, runID: string): Promise<boolean> {
  try {
    await deps.temporal.workflow.getHandle(workflowID, runID).signal(releaseSignal);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/**
 * Asks children to end whose operation was canceled: those that slept when their parent was lost, and that Temporal's
 * search did not show yet when the others were released.
 */
export async function releaseForgotten(deps: Deps, beat: () => void): Promise<string[]> {
  const changed: string[] = [];
  const query = `WorkflowType = '${WORKFLOW_TYPES.operation}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId, memo } of deps.temporal.workflow.list({ query })) {
    beat();
    const operationID: unknown = memo?.['operationID'];
    if (typeof operationID !== 'string') continue;
    const [row] = await deps.repositories.operations.findMany([operationID]);
    if (row?.state !== 'canceled' || row.attempt !== memo?.['attempt']) continue;
    if (await release(deps, workflowId, runId))
      changed.push(`child of canceled operation ${operationID} asked to end`);
  }
  return changed;
}

/**
 * Cancels operations that wait although their orchestration has ended: they executed when it was lost, and were put
 * back then because their window had closed. Nobody would start them, but a later retry of the failed ones. While the
 * workflow runs, it goes on with them.
 */
export async function cancelLeftWaiting(deps: Deps, beat: () => void): Promise<string[]> {
  const changed: string[] = [];
  let after = '';
  for (;;) {
    const ended = await deps.repositories.operations.listEndedWithWaiting(after, 100);
    for (const orchestrationID of ended) {
      after = orchestrationID;
      beat();
      changed.push(...(await cancelLeftIn(deps, orchestrationID)));
    }
    if (ended.length < 100) return changed;
  }
}

async function cancelLeftIn(deps: Deps, orchestrationID: string): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  // Read before the look at the workflow: one that is retried after that has another revision.
  const row = await orchestrations.find(orchestrationID);
  if (!row || !isFinalOrchestrationState(row.state)) return [];
  if ((await describeExecution(deps.temporal, orchestrationID))?.running) return [];
  const reason = 'Its orchestration had ended when it came to wait';
  const change = { actor: DRYDOCK, reason, now: nowOf(deps) };
  const canceled = await orchestrations.cancelLeft(orchestrationID, row, change);
  if (canceled === 0) return [];
  return [
    `orchestration ${orchestrationID} has ended: ${canceled} of its operations canceled that came to wait since`,
  ];
}

/** Fails operations that stand in progress although orchestration and child have both ended. */
export async function settleOrphanedOperations(deps: Deps, beat: () => void): Promise<string[]> {
  const { operations } = deps.repositories;
  const changed: string[] = [];
  let after = '';
  for (;;) {
    const rows = await operations.listExecutingOfEnded(after, 100);
    for (const row of rows) {
      beat();
      after = row.id;
      const execution = await describeExecution(deps.temporal, operationWorkflowID(row.runtimeID));
      if (execution?.running && execution.memo['operationID'] === row.id) continue;
      const message = 'Its workflow ended without recording the outcome';
      const failure = { code: 'OPERATION_LOST', message } as const;
      const failed = await operations.fail(row.id, row, failure, nowOf(deps));
      if (failed?.state === 'failed') changed.push(`operation ${row.id} failed: ${message}`);
    }
    if (rows.length < 100) return changed;
  }
}

import { heartbeat } from '@temporalio/activity';
import pLimit from 'p-limit';
import { describeExecution, closeReason, type Execution } from '../../clients/temporal-executions.ts';
import { isFinalOperationState } from '../../domain/upgrades/states.ts';
import type { OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import {
  operationWorkflowID,
  type CarriedChild,
  type OperationOutcome,
} from '../../workflows/contract/upgrades.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { outcomeOf } from './projection.ts';
import type { OrchestrationActivities } from './activity-types.ts';

const SHORTEST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/** What concerns the lock on a runtime: its workflow ID is taken, or the workflow that held it is gone. */
export function createRuntimeLockActivities(
  deps: ActivityDependencies,
): Pick<OrchestrationActivities, 'findExecuting' | 'settleBusy' | 'settleLost' | 'sweepDetached'> {
  return {
    async findExecuting({ orchestrationID, after, limit }) {
      const rows = await deps.repositories.operations.listExecuting(orchestrationID, after, limit);
      const one = pLimit(8);
      const found = await Promise.all(rows.map((row) => one(() => executingChild(deps, row))));
      const children = found.filter((child) => child !== undefined);
      const last = rows.length < limit ? undefined : rows.at(-1)?.position;
      return last === undefined ? { children } : { children, last };
    },

    async settleBusy({ orchestrationID, operationID, attempt, runtimeID, timeoutSeconds }) {
      const holder = await describeExecution(deps.temporal, operationWorkflowID(runtimeID));
      // Closed meanwhile: the operation waits in the plan and is tried at once.
      if (!holder?.running) return { kind: 'deferred' };
      const dispatch = ownDispatch(holder, { orchestrationID, operationID, attempt });
      if (dispatch !== undefined) return { kind: 'own', dispatch };

      const [row] = await deps.repositories.operations.findMany([operationID]);
      const now = deps.clock();
      const busyMs = row?.busySince ? now - Date.parse(row.busySince) : 0;
      const who = `operation ${textOf(holder.memo['operationID'])} of orchestration ${textOf(holder.memo['orchestrationID'])}`;
      if (busyMs > timeoutSeconds * 1000) {
        const message = `The runtime was held by ${who} for longer than ${timeoutSeconds} seconds`;
        const failure = { code: 'RUNTIME_BUSY', message } as const;
        const failed = await deps.repositories.operations.fail(operationID, attempt, failure, nowOf(deps));
        return { kind: 'failed', outcome: failed ? outcomeOf(failed) : { kind: 'failed', ...failure } };
      }
      const waitMs = Math.min(Math.max(busyMs / 2, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
      await deps.repositories.operations.defer(operationID, attempt, new Date(now + waitMs).toISOString(), {
        actor: DRYDOCK,
        reason: `Waits: the runtime is held by ${who}`,
        now: nowOf(deps),
      });
      return { kind: 'deferred' };
    },

    async settleLost({ operationID, attempt, runtimeID, orchestrationID, message }) {
      const execution = await describeExecution(deps.temporal, operationWorkflowID(runtimeID));
      const own =
        execution && ownDispatch(execution, { orchestrationID, operationID, attempt }) !== undefined;
      // A parent is not told why its child was terminated; the closed child itself knows.
      const why = own
        ? await closeReason(deps.temporal, operationWorkflowID(runtimeID), execution.runID)
        : undefined;
      return await failAsLost(deps, { operationID, attempt }, why ?? message);
    },

    async sweepDetached({ orchestrationID, children }) {
      const limit = pLimit(8);
      const looks = children.map((child) => limit(() => look(deps, orchestrationID, child)));
      const found = await Promise.all(looks);
      return found.filter((ended) => ended !== undefined);
    },
  };
}

/** The child of an operation that executes; one whose workflow is gone is settled as lost. */
async function executingChild(
  deps: ActivityDependencies,
  row: OperationRow,
): Promise<CarriedChild | undefined> {
  const { id: operationID, orchestrationID, runtimeID, shootName, attempt } = row;
  const execution = await describeExecution(deps.temporal, operationWorkflowID(runtimeID));
  const dispatch = execution && ownDispatch(execution, { orchestrationID, operationID, attempt });
  if (execution?.running && dispatch !== undefined) {
    return { operationID, runtimeID, shootName, attempt, dispatch };
  }
  await failAsLost(deps, { operationID, attempt }, execution?.status ?? 'Temporal no longer knows it');
  return undefined;
}

/** The dispatch number of the holder when it works on this very attempt of this operation. */
function ownDispatch(
  holder: Execution,
  ours: { orchestrationID: string; operationID: string; attempt: number },
): number | undefined {
  const { orchestrationID, operationID, attempt, dispatch } = holder.memo;
  const same =
    orchestrationID === ours.orchestrationID && operationID === ours.operationID && attempt === ours.attempt;
  return same && typeof dispatch === 'number' ? dispatch : undefined;
}

/** One detached child: undefined while it is open, otherwise how it ended. */
async function look(
  deps: ActivityDependencies,
  orchestrationID: string,
  child: CarriedChild,
): Promise<{ operationID: string; dispatch: number; outcome: OperationOutcome } | undefined> {
  const { operationID, attempt, dispatch } = child;
  const id = operationWorkflowID(child.runtimeID);
  const execution = await describeExecution(deps.temporal, id);
  heartbeat();
  const own = execution && ownDispatch(execution, { orchestrationID, operationID, attempt }) === dispatch;
  if (own && execution.running) return undefined;
  // Read after the look at Temporal: a child records its end before it closes.
  const [row] = await deps.repositories.operations.findMany([operationID]);
  if (row && row.attempt === attempt && isFinalOperationState(row.state)) {
    return { operationID, dispatch, outcome: outcomeOf(row) };
  }
  if (own && execution.status === 'COMPLETED') {
    const handle = deps.temporal.workflow.getHandle(id, execution.runID);
    const outcome = (await handle.result()) as OperationOutcome;
    return { operationID, dispatch, outcome };
  }
  const why = own ? await closeReason(deps.temporal, id, execution.runID) : 'Temporal no longer knows it';
  const outcome = await failAsLost(deps, child, why ?? execution?.status ?? 'unknown');
  return { operationID, dispatch, outcome };
}

async function failAsLost(
  deps: ActivityDependencies,
  { operationID, attempt }: { operationID: string; attempt: number },
  why: string,
): Promise<OperationOutcome> {
  const failure = {
    code: 'OPERATION_LOST',
    message: `Its workflow was closed from outside: ${why}`,
  } as const;
  const failed = await deps.repositories.operations.fail(operationID, attempt, failure, nowOf(deps));
  return failed ? outcomeOf(failed) : { kind: 'failed', ...failure };
}

/** A memo may hold anything, since anybody may have started a workflow under that ID. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}

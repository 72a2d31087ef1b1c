import pLimit from 'p-limit';
import { describeExecution, closeReason, type Execution } from '../../clients/temporal-executions.ts';
import { UnavailableError } from '../../domain/errors.ts';
import { DESCRIPTION_BEGINS } from '../../domain/upgrades/descriptions.ts';
import { limitKeysOf, type Limits } from '../../domain/upgrades/limits.ts';
import type { Dispatch, OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import {
  operationWorkflowID,
  type CarriedChild,
  type OperationOutcome,
} from '../../workflows/contract/upgrades.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { endOf } from './projection.ts';
import type { BusyVerdict, OrchestrationActivities } from './activity-types.ts';
import { parametersCache } from './parameters-cache.ts';

const SHORTEST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/** Activities about the lock on a runtime: its workflow ID is taken, or the workflow that held it is gone. */
export function createRuntimeLockActivities(
  deps: ActivityDependencies,
): Pick<OrchestrationActivities, 'findExecuting' | 'settleBusy' | 'settleLost' | 'sweepChildren'> {
  const parametersOf = parametersCache(deps);
  return {
    findExecuting: (input) => withHeartbeat(() => findExecuting(deps, input)),
    settleBusy: (input) => withHeartbeat(() => settleBusy(deps, parametersOf, input)),
    settleLost: (input) => withHeartbeat(() => settleLost(deps, input)),
    sweepChildren: (input) => withHeartbeat(() => sweepChildren(deps, input)),
  };
}

type Input<Name extends keyof OrchestrationActivities> = Parameters<OrchestrationActivities[Name]>[0];

async function findExecuting(
  deps: ActivityDependencies,
  { orchestrationID, after, limit, limits }: Input<'findExecuting'>,
): Promise<{ children: CarriedChild[]; last?: number }> {
  const rows = await deps.repositories.operations.listExecuting(orchestrationID, after, limit);
  const one = pLimit(8);
  const found = await Promise.all(rows.map((row) => one(() => executingChild(deps, row, limits))));
  const children = found.filter((child) => child !== undefined);
  const last = rows.length < limit ? undefined : rows.at(-1)?.position;
  return last === undefined ? { children } : { children, last };
}

async function settleBusy(
  deps: ActivityDependencies,
  parametersOf: ReturnType<typeof parametersCache>,
  { orchestrationID, operationID, attempt, dispatch: ours, runtimeID, timeoutSeconds }: Input<'settleBusy'>,
): Promise<BusyVerdict> {
  const holder = await describeExecution(deps.temporal, operationWorkflowID(runtimeID));
  // Closed meanwhile: the operation waits in the plan and is tried at once.
  if (!holder?.running) return { kind: 'deferred' };
  const dispatch = ownDispatch(holder, { orchestrationID, operationID, attempt });
  if (dispatch !== undefined) return { kind: 'own', dispatch };

  const who = `operation ${textOf(holder.memo['operationID'])} of orchestration ${textOf(holder.memo['orchestrationID'])}`;
  const { strategy } = await parametersOf(orchestrationID);
  const [row] = await deps.repositories.operations.findMany([operationID]);
  // The child of an earlier attempt is about to end: it is nobody else.
  const isOthers = holder.memo['operationID'] !== operationID;
  if (strategy.onBusy === 'skip' && isOthers && row)
    return await skipHeld(deps, row, { attempt, dispatch: ours }, who);
  const now = deps.clock();
  const busyMs = row?.busySince ? now - Date.parse(row.busySince) : 0;
  if (busyMs > timeoutSeconds * 1000) {
    const message = `The runtime was held by ${who} for longer than ${timeoutSeconds} seconds`;
    const failure = { code: 'RUNTIME_BUSY', message } as const;
    const waits = { attempt, dispatch: ours, claim: null };
    const failed = await deps.repositories.operations.fail(operationID, waits, failure, nowOf(deps));
    const outcome = failed && endOf(failed, { attempt, dispatch: ours });
    return outcome?.kind === 'released'
      ? { kind: 'deferred' }
      : { kind: 'failed', outcome: outcome ?? { kind: 'failed', ...failure } };
  }
  const waitMs = Math.min(Math.max(busyMs / 2, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
  await deps.repositories.operations.defer(
    operationID,
    { attempt, dispatch: ours },
    new Date(now + waitMs).toISOString(),
    {
      actor: DRYDOCK,
      reason: `${DESCRIPTION_BEGINS.busy}${who}`,
      now: nowOf(deps),
    },
  );
  return { kind: 'deferred' };
}

async function settleLost(
  deps: ActivityDependencies,
  { message, ...child }: Input<'settleLost'>,
): Promise<OperationOutcome | undefined> {
  const verdict = await judgeChild(deps, child.orchestrationID, child, message);
  if (verdict === 'runs') return undefined;
  if (verdict === 'moved')
    throw new UnavailableError('database', 'The operation moves; it is looked at again');
  return verdict;
}

async function sweepChildren(
  deps: ActivityDependencies,
  { orchestrationID, children }: Input<'sweepChildren'>,
): ReturnType<OrchestrationActivities['sweepChildren']> {
  const limit = pLimit(8);
  const looks = children.map((child) =>
    limit(async () => {
      const { operationID, dispatch } = child;
      const outcome = await judgeChild(deps, orchestrationID, child);
      return typeof outcome === 'string' ? undefined : { operationID, dispatch, outcome };
    }),
  );
  return (await Promise.all(looks)).filter((ended) => ended !== undefined);
}

/** An operation that has moved meanwhile is read again with the plan; one that an earlier attempt has begun, and not done, stays a failure. */
async function skipHeld(
  deps: ActivityDependencies,
  { id, earlierOperationID }: OperationRow,
  dispatch: Dispatch,
  who: string,
): Promise<BusyVerdict> {
  const { operations } = deps.repositories;
  const message = `Skipped, as its runtime is busy: it is held by ${who}`;
  const code = 'RUNTIME_BUSY';
  const now = nowOf(deps);
  if (earlierOperationID === null) {
    const isDone = await operations.cancelOne(id, dispatch, { actor: DRYDOCK, reason: message, now, code });
    return { kind: isDone ? 'skipped' : 'deferred' };
  }
  const failed = await operations.fail(id, { ...dispatch, claim: null }, { code, message }, now);
  const outcome = failed && endOf(failed, dispatch);
  return outcome?.kind === 'failed' ? { kind: 'failed', outcome } : { kind: 'deferred' };
}

/** The child of an operation that executes; one whose workflow is gone is settled as lost. */
async function executingChild(
  deps: ActivityDependencies,
  row: OperationRow,
  limits: Limits | undefined,
): Promise<CarriedChild | undefined> {
  const { id: operationID, orchestrationID, runtimeID, shootName, attempt, wave } = row;
  const execution = await describeExecution(deps.temporal, operationWorkflowID(runtimeID));
  const dispatch = execution && ownDispatch(execution, { orchestrationID, operationID, attempt });
  if (execution?.running && dispatch !== undefined) {
    const keys = limits && { keys: limitKeysOf(limits, row) };
    return { operationID, runtimeID, shootName, attempt, dispatch, wave, ...keys };
  }
  // Given back or claimed anew since the row was read: that stands, and whoever needs it looks again.
  await failAsLost(deps, row, execution?.status ?? 'Temporal no longer knows it');
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

/**
 * The fate of a child: `runs` while its workflow is open, otherwise how it ended. The row is read before the look at
 * Temporal and a loss is recorded only while it still stands so: what was given back, dispatched again or claimed meanwhile
 * is not failed by a look at an earlier child. Then the answer is `moved`, and another look tells. `told` is what the parent
 * knows of its end.
 */
async function judgeChild(
  deps: ActivityDependencies,
  orchestrationID: string,
  child: Pick<CarriedChild, 'operationID' | 'runtimeID' | 'attempt' | 'dispatch'>,
  told?: string,
): Promise<OperationOutcome | 'runs' | 'moved'> {
  const { operationID, attempt, dispatch } = child;
  const [row] = await deps.repositories.operations.findMany([operationID]);
  const recorded = row && endOf(row, child);
  if (recorded) return recorded;
  const id = operationWorkflowID(child.runtimeID);
  const execution = await describeExecution(deps.temporal, id);
  const own = execution && ownDispatch(execution, { orchestrationID, operationID, attempt }) === dispatch;
  if (own && execution.running) return 'runs';
  if (own && execution.status === 'COMPLETED') {
    return (await deps.temporal.workflow.getHandle(id, execution.runID).result()) as OperationOutcome;
  }
  // Nobody knows how it ended, but nothing was begun: it is dispatched again.
  const unknown = !own && told === undefined;
  if (!row || (unknown && row.state !== 'in progress')) return { kind: 'released' };
  const why = own ? await closeReason(deps.temporal, id, execution.runID) : undefined;
  const lost = await failAsLost(deps, row, why ?? told ?? execution?.status ?? 'Temporal no longer knows it');
  return lost ?? 'moved';
}

/** Fails an operation as it was seen. Answers the end that stands; undefined when it has moved on instead of ending. */
async function failAsLost(
  { repositories: { operations }, clock }: ActivityDependencies,
  row: OperationRow,
  why: string,
): Promise<OperationOutcome | undefined> {
  const failure = {
    code: 'OPERATION_LOST',
    message: `Its workflow was closed from outside: ${why}`,
  } as const;
  const { attempt, dispatch, claim } = row;
  const stands = await operations.fail(row.id, { attempt, dispatch, claim }, failure, nowOf({ clock }));
  return stands && endOf(stands, row);
}

/** A memo may hold anything, since anybody may have started a workflow under that ID. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}

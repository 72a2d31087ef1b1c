import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { UpgradeActivities } from '../../activities/upgrades/activity-types.ts';
import { FAILURE_CODES, type FailureCode } from '../../domain/errors.ts';
import {
  detachSignal,
  outcomeSignal,
  releaseSignal,
  type OperationInput,
  type OperationOutcome,
} from '../contract/upgrades.ts';
import { UPGRADES_TASK_QUEUE } from '../contract/engine.ts';
import { projection } from './projection-proxies.ts';
import { heartbeatTimeoutMs, operationTimeoutSeconds } from '../tuning.ts';
import { workflowNow } from '../workflow-time.ts';

/**
 * Upgrades one runtime: sleeps until its window begins, makes sure the window is still open, executes, answers how it
 * ended. Its workflow ID is the lock on the runtime. While asleep it can be released; once it executes it always goes
 * to the end, whatever becomes of its parent.
 */
export async function operationWorkflow(input: OperationInput): Promise<OperationOutcome> {
  let released = false;
  let parentID: string | undefined;
  setHandler(detachSignal, (id) => {
    parentID = id;
  });
  setHandler(releaseSignal, () => {
    released = true;
  });
  let canceledByHand = false;
  CancellationScope.current().cancelRequested.catch(() => {
    canceledByHand = true;
    released = true;
  });

  return await CancellationScope.nonCancellable(async () => {
    let outcome = await upgradeInWindow(input, () => released);
    if (outcome.kind === 'released' && canceledByHand) {
      await projection(`cancels shoot ${input.shootName}`).cancelOperation({
        ...input,
        reason: 'The workflow of the operation was canceled in Temporal',
      });
      outcome = { kind: 'canceled' };
    }
    // A detach that arrives while the report is under way is seen here; one that arrives later meets a closed workflow,
    // and the parent learns the outcome as the result of its child.
    let reportedTo: string | undefined;
    while (parentID !== undefined && parentID !== reportedTo) {
      reportedTo = parentID;
      await report(parentID, input, outcome);
    }
    return outcome;
  });
}

async function upgradeInWindow(input: OperationInput, released: () => boolean): Promise<OperationOutcome> {
  if (input.window) {
    const begin = Date.parse(input.window.begin);
    const end = Date.parse(input.window.end);
    const wait = begin - workflowNow();
    if (wait > 0) {
      const summary = `waits for its window ${describeSpan(input.window)}`;
      setCurrentDetails(summary);
      await condition(released, wait, { summary });
    }
    if (released()) return { kind: 'released' };
    if (workflowNow() >= end) return { kind: 'missed' };
  } else if (released()) {
    return { kind: 'released' };
  }
  return await execute(input);
}

async function execute(input: OperationInput): Promise<OperationOutcome> {
  const timeoutSeconds = operationTimeoutSeconds(input.tuning);
  const { upgradeRuntime } = proxyActivities<UpgradeActivities>({
    taskQueue: UPGRADES_TASK_QUEUE,
    summary: `${input.dryRun ? 'tries (dry run)' : 'upgrades'} shoot ${input.shootName}`,
    scheduleToCloseTimeout: timeoutSeconds * 1000,
    heartbeatTimeout: heartbeatTimeoutMs(input.tuning),
    retry: { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 30_000 },
  });
  setCurrentDetails(`upgrades shoot ${input.shootName}`);
  const { runtimeID, shootName, type, dryRun, window } = input;
  try {
    return (await upgradeRuntime({ ...pickRef(input), runtimeID, shootName, type, dryRun, window })).outcome;
  } catch (error) {
    return await projection(`records the failure of shoot ${shootName}`).failOperation({
      ...pickRef(input),
      ...failureOf(error, timeoutSeconds),
    });
  }
}

/** What an operator is told about a failed activity. */
function failureOf(error: unknown, timeoutSeconds: number): { code: FailureCode; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof Error ? `; the last attempt said: ${cause.cause.message}` : '';
    return {
      code: 'OPERATION_TIMEOUT',
      message: `The upgrade did not end within ${timeoutSeconds} seconds${last}`,
    };
  }
  if (cause instanceof ApplicationFailure) {
    const code = FAILURE_CODES.find((known) => known === cause.type) ?? 'UNEXPECTED_ANSWER';
    return { code, message: cause.message };
  }
  if (error instanceof ActivityFailure) {
    return {
      code: 'OPERATION_LOST',
      message: `The upgrade activity ended without a result: ${error.message}`,
    };
  }
  throw error;
}

async function report(parentID: string, input: OperationInput, outcome: OperationOutcome): Promise<void> {
  const { operationID, attempt, dispatch } = input;
  try {
    await getExternalWorkflowHandle(parentID).signal(outcomeSignal, {
      operationID,
      attempt,
      dispatch,
      outcome,
    });
  } catch (error) {
    // The parent is closed: terminated, or settled by the reconciler. The outcome stands in the database.
    log.warn('The parent could not be told of the outcome', { operationID, parentID, error });
  }
}

function pickRef(input: OperationInput): { orchestrationID: string; operationID: string; attempt: number } {
  return {
    orchestrationID: input.orchestrationID,
    operationID: input.operationID,
    attempt: input.attempt,
  };
}

/** `2026-01-02 22:00–02:00 UTC`, for people. */
function describeSpan(window: { begin: string; end: string }): string {
  const begin = new Date(window.begin).toISOString();
  const end = new Date(window.end).toISOString();
  return `${begin.slice(11, 16)}–${end.slice(11, 16)} UTC of ${begin.slice(0, 10)}`;
}

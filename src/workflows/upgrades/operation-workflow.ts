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
import type {
  DispatchRef,
  UpgradeActivities,
  UpgradeInput,
} from '../../activities/upgrades/activity-types.ts';
import { DATABASE_REFUSED, FAILURE_CODES } from '../../domain/errors.ts';
import {
  detachSignal,
  outcomeSignal,
  releaseSignal,
  type OperationInput,
  type OperationOutcome,
} from '../contract/upgrades.ts';
import { UPGRADES_TASK_QUEUE } from '../contract/engine.ts';
import { handleSignal } from '../parsed-messages.ts';
import { storeFailure, type StoredFailure } from '../projections.ts';
import { projection } from './projection-proxies.ts';
import { detachInput } from './signal-inputs.ts';
import { heartbeatTimeoutMs, operationTimeoutSeconds } from '../tuning.ts';
import { describeSpan } from '../../domain/upgrades/windows.ts';
import { workflowNow } from '../workflow-time.ts';

/**
 * Upgrades one runtime: sleeps until its window begins, makes sure the window is still open, executes, answers how it
 * ended. Its workflow ID is the lock on the runtime. While asleep it can be released; once it executes it always goes
 * to the end, whatever becomes of its parent.
 */
export async function operationWorkflow(input: OperationInput): Promise<OperationOutcome> {
  let released = false;
  let parentID: string | undefined;
  handleSignal(detachSignal, detachInput(input.orchestrationID), (id) => {
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
    const latestStart = Date.parse(input.window.latestStart);
    const wait = begin - workflowNow();
    if (wait > 0) {
      const summary = `waits for its window ${describeSpan(input.window)}`;
      setCurrentDetails(summary);
      await condition(released, wait, { summary });
    }
    if (released()) return { kind: 'released' };
    if (workflowNow() >= latestStart) return { kind: 'missed' };
  } else if (released()) {
    return { kind: 'released' };
  }
  return await execute(input, released);
}

async function execute(input: OperationInput, released: () => boolean): Promise<OperationOutcome> {
  setCurrentDetails(`upgrades shoot ${input.shootName}`);
  for (;;) {
    try {
      return (await upgradeActivities(input).upgradeRuntime(upgradeOf(input))).outcome;
    } catch (error) {
      const failure = refusalOf(error);
      if (failure) return await fail(input, failure);
      const outcome = await lookOnceMore(input, error);
      if (outcome) return outcome;
      // Nobody has begun to execute it: it can still be let go.
      if (released()) return { kind: 'released' };
    }
  }
}

async function fail(input: OperationInput, failure: StoredFailure): Promise<OperationOutcome> {
  const { failOperation } = projection(`records the failure of shoot ${input.shootName}`);
  return await storeFailure(failure, (stored) => failOperation({ ...pickRef(input), ...stored }));
}

function upgradeActivities(input: OperationInput): UpgradeActivities {
  return proxyActivities<UpgradeActivities>({
    taskQueue: UPGRADES_TASK_QUEUE,
    summary: `${input.dryRun ? 'tries (dry run)' : 'upgrades'} shoot ${input.shootName}`,
    scheduleToCloseTimeout: operationTimeoutSeconds(input.tuning) * 1000,
    heartbeatTimeout: heartbeatTimeoutMs(input.tuning),
    retry: RETRY,
  });
}

const RETRY = {
  initialInterval: 1000,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
  nonRetryableErrorTypes: [DATABASE_REFUSED],
};

/** Longest time for the last look at an upgrade, in ms. */
const LOOK_MS = 300_000;

/**
 * The time of an upgrade is wall time and runs while no worker is there: it is looked at once more before it is judged.
 * Undefined when nobody had begun to execute it.
 */
async function lookOnceMore(input: OperationInput, error: unknown): Promise<OperationOutcome | undefined> {
  const timeoutSeconds = operationTimeoutSeconds(input.tuning);
  const { judgeUpgrade } = proxyActivities<UpgradeActivities>({
    taskQueue: UPGRADES_TASK_QUEUE,
    summary: `looks once more at shoot ${input.shootName}`,
    // The check after an upgrade that has just succeeded has its time, which is a part of that of the operation.
    startToCloseTimeout: LOOK_MS + timeoutSeconds * 1000,
    heartbeatTimeout: heartbeatTimeoutMs(input.tuning),
    retry: RETRY,
  });
  return await judgeUpgrade({ ...upgradeOf(input), timeoutSeconds, said: lastWordsOf(error) });
}

function upgradeOf(input: OperationInput): UpgradeInput {
  const { runtimeID, shootName, type, dryRun, window, keys } = input;
  return { ...pickRef(input), runtimeID, shootName, type, dryRun, window, keys };
}

/** The failure of an activity that nothing can mend; undefined when it ended because its time was over. */
function refusalOf(error: unknown): StoredFailure | undefined {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  if (!cause.nonRetryable && cause.type !== DATABASE_REFUSED) return undefined;
  const code = FAILURE_CODES.find((known) => known === cause.type) ?? 'UNEXPECTED_ANSWER';
  return { code, message: cause.message };
}

/** The last words of an execution whose time is over; undefined when it said nothing. */
function lastWordsOf(error: unknown): string | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const last = cause instanceof TimeoutFailure ? cause.cause : cause;
  return last instanceof ApplicationFailure ? `the last execution said: ${last.message}` : undefined;
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

function pickRef({ orchestrationID, operationID, attempt, dispatch }: OperationInput): DispatchRef {
  return { orchestrationID, operationID, attempt, dispatch };
}

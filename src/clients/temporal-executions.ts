import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { rootCause } from '@temporalio/common';
import { cleanJson, cleanText } from '../domain/texts.ts';

/** One workflow execution as Temporal knows it, as far as this service asks. */
export interface Execution {
  /**
   * `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`, `CONTINUED_AS_NEW`, `PAUSED` or another name.
   */
  status: string;
  running: boolean;
  runID: string;
  /** First run of the chain that continue-as-new made. */
  firstRunID: string;
  startedAt: Date;
  memo: Record<string, unknown>;
}

/** The latest run under a workflow ID; undefined when Temporal does not know it (never started, or past its retention). */
export async function describeExecution(client: Client, workflowID: string): Promise<Execution | undefined> {
  try {
    const description = await client.workflow.getHandle(workflowID).describe();
    const { runId, startTime, memo } = description;
    const status = description.status.name;
    return {
      status,
      running: status === 'RUNNING' || status === 'PAUSED',
      runID: runId,
      firstRunID:
        description.raw.workflowExecutionInfo?.firstRunId || (await firstRunOf(client, workflowID, runId)),
      startedAt: startTime,
      memo: cleanJson(memo ?? {}),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Older servers do not tell it when asked for the execution; the first event of the run does. */
async function firstRunOf(client: Client, workflowID: string, runID: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: workflowID, runId: runID },
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId || runID;
}

/** Why a closed workflow did not complete, in words; undefined when it completed or nobody knows any more. */
export async function closeReason(
  client: Client,
  workflowID: string,
  runID: string,
): Promise<string | undefined> {
  try {
    await client.workflow.result(workflowID, runID, { followRuns: false });
    return undefined;
  } catch (error) {
    // Its own message says no more than that it has failed.
    if (error instanceof WorkflowFailedError) return cleanText(rootCause(error.cause) ?? error.message);
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Every poll under one signal leaves a listener on it: a watch that lasts for weeks takes a fresh one now and then. */
const POLL_MS = 2 * 60_000;

/**
 * Waits by Temporal's long poll until the run, or the last run that continues it, has closed in whatever way. May end
 * earlier, after two minutes: look again. Throws when the signal fires.
 */
export async function awaitClose(
  client: Client,
  workflowID: string,
  runID: string,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, POLL_MS);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connection.withAbortSignal(controller.signal, () =>
      client.workflow.result(workflowID, runID, { followRuns: true }),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return;
    if (controller.signal.aborted && !signal.aborted) return;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

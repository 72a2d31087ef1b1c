import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { rootCause } from '@temporalio/common';

/** What Temporal knows of one workflow execution, as far as this service asks. */
export interface Execution {
  /** `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`, `CONTINUED_AS_NEW`, `PAUSED` or another name. */
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
      firstRunID: description.raw.workflowExecutionInfo?.firstRunId || runId,
      startedAt: startTime,
      memo: memo ?? {},
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
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
    if (error instanceof WorkflowFailedError) return rootCause(error) ?? error.message;
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Ends when the run, or the last run that continues it, has closed in whatever way. Uses Temporal's long poll; ends early
 * with an AbortError when the signal fires.
 */
export async function awaitClose(
  client: Client,
  workflowID: string,
  runID: string,
  signal: AbortSignal,
): Promise<void> {
  await client.connection.withAbortSignal(signal, async () => {
    try {
      await client.workflow.result(workflowID, runID, { followRuns: true });
    } catch (error) {
      if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return;
      throw error;
    }
  });
}

import { WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { UnavailableError } from '../domain/errors.ts';

/** A caller of the REST API waits that long for the engine, at the most. */
const DEADLINE_MS = 8_000;
/** And that long for a worker, as long as the engine answers. */
export const WORKER_DEADLINE_MS = 24_000;
const ROUND_MS = 6_000;
/** The engine refuses to begin what must end at once. */
const SHORTEST_ROUND_MS = 1_000;
const PING_MS = 2_000;

/** Asks Temporal. Throws UnavailableError('engine') for whatever goes wrong, also when it takes longer than 8 seconds. */
export async function withinEngineDeadline<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + DEADLINE_MS, work);
  } catch (error) {
    throw unavailable(error);
  }
}

/**
 * Asks a workflow for something that a worker has to answer, which takes its time when all of them are busy: for up
 * to `end`, in milliseconds since the epoch, as long as the engine itself answers, and for 8 seconds when it does
 * not. The work is done anew in each round, so it must be the same request, known by its ID. Throws
 * UnavailableError('engine') for whatever goes wrong; without an answer in time the request may have been carried out
 * all the same.
 */
export async function withinWorkerDeadline<T>(
  client: Client,
  work: () => Promise<T>,
  end: number,
): Promise<T> {
  const { connection, workflowService } = client;
  for (;;) {
    const leftMs = Math.max(end - Date.now(), SHORTEST_ROUND_MS);
    try {
      // Not one long round: what the SDK tries again can't be called off, and nothing may begin long after a 503.
      return await connection.withDeadline(Date.now() + Math.min(ROUND_MS, leftMs), work);
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw unavailable(error);
      await ping();
      if (Date.now() >= end) throw unanswered(error);
    }
  }

  async function ping(): Promise<void> {
    try {
      await connection.withDeadline(Date.now() + PING_MS, () => workflowService.getSystemInfo({}));
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError('engine', 'The workflow engine does not answer; try again in a few seconds', {
    cause,
  });
}

function unanswered(cause: unknown): UnavailableError {
  return new UnavailableError(
    'engine',
    'The workflow engine has the request, but no worker has answered it in time; it may still be carried out: look at the status before you send it again',
    { cause },
  );
}

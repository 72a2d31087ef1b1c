import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import { UnavailableError } from '../domain/errors.ts';

/** A caller of the REST API waits that long for the engine, at the most. */
const DEADLINE_MS = 8_000;
/** And that long for a worker, as long as the engine answers. */
export const WORKER_DEADLINE_MS = 25_000;
const PROBE_AFTER_MS = 4_000;
const PROBE_LIMIT_MS = 4_000;

/** Asks Temporal. Throws UnavailableError('engine') for whatever goes wrong, also when it takes longer than 8 seconds. */
export async function withinEngineDeadline<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + DEADLINE_MS, work);
  } catch (error) {
    throw unavailable(error);
  }
}

/**
 * Asks a workflow for something that a worker has to answer, which takes its time when all of them are busy: for up to
 * `limitMs` as long as the engine itself answers, and for 8 seconds when it does not. Throws UnavailableError('engine')
 * for whatever goes wrong. The request may have been carried out all the same.
 */
export async function withinWorkerDeadline<T>(
  client: Client,
  work: () => Promise<T>,
  limitMs = WORKER_DEADLINE_MS,
): Promise<T> {
  const { connection } = client;
  const end = new AbortController();
  try {
    return await Promise.race([
      connection.withAbortSignal(end.signal, () => connection.withDeadline(Date.now() + limitMs, work)),
      untilEngineIsAway(client, end.signal),
    ]);
  } catch (error) {
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw unavailable(error);
    throw new UnavailableError(
      'engine',
      'The workflow engine has the request, but no worker has answered it in time; it may still be carried out: look at the status before you send it again',
      { cause: error },
    );
  } finally {
    end.abort();
  }
}

/** Rejects when the engine does not answer; never resolves. */
async function untilEngineIsAway(
  { connection, workflowService }: Client,
  ended: AbortSignal,
): Promise<never> {
  for (;;) {
    await delay(PROBE_AFTER_MS, undefined, { signal: ended });
    await connection.withAbortSignal(ended, () =>
      connection.withDeadline(Date.now() + PROBE_LIMIT_MS, () => workflowService.getSystemInfo({})),
    );
  }
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError('engine', 'The workflow engine does not answer; try again in a few seconds', {
    cause,
  });
}

import type { Client } from '@temporalio/client';
import { UnavailableError } from '../domain/errors.ts';

/** A caller of the REST API waits that long for the engine, at the most. */
const DEADLINE_MS = 8_000;

/** Asks Temporal. Throws UnavailableError('engine') for whatever goes wrong, also when it takes longer than 8 seconds. */
export async function withinEngineDeadline<T>(client: Client, work: () => Promise<T>): Promise<T> {
  try {
    return await client.connection.withDeadline(Date.now() + DEADLINE_MS, work);
  } catch (error) {
    throw new UnavailableError('engine', 'The workflow engine does not answer; try again in a few seconds', {
      cause: error,
    });
  }
}

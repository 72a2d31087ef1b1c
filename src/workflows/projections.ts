/** Short reads and writes of the database, which workflows make as local activities. */
import { ApplicationFailure, type LocalActivityOptions } from '@temporalio/workflow';
import { DATABASE_REFUSED, type FailureCode } from '../domain/errors.ts';

/** For `retry` of activities: what the database refuses for good is not tried again. */
export const UNLESS_REFUSED = { nonRetryableErrorTypes: [DATABASE_REFUSED] };

/**
 * They cost the history no state transition of their own. A database that is away is waited for, without limit; the
 * summary tells the operator what is being waited for. What it refuses for good fails at once, and the workflow with
 * it unless that is caught: its end is settled like any other loss.
 */
export function projectionOptions(summary: string): LocalActivityOptions {
  return {
    summary,
    startToCloseTimeout: '30s',
    // Longer waits are timers of the server: a worker that shuts down would wait for them to the end otherwise.
    localRetryThreshold: '2s',
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000, ...UNLESS_REFUSED },
  };
}

/** True for the failure of a short read or write that the database would refuse again. */
export function isStatementRefused(error: unknown): error is ApplicationFailure {
  // A local activity throws its failure as it is.
  return error instanceof ApplicationFailure && error.type === DATABASE_REFUSED;
}

/** A failure as it is stored. */
export interface StoredFailure {
  code: FailureCode;
  message: string;
}

/** A message that can't be stored must not keep what failed from its end: then another one says so. */
export async function storeFailure<R>(
  failure: StoredFailure,
  store: (failure: StoredFailure) => Promise<R>,
): Promise<R> {
  try {
    return await store(failure);
  } catch (error) {
    if (!isStatementRefused(error)) throw error;
    const message = `It failed (${failure.code}), and the database refused to store what was said of it`;
    return await store({ code: DATABASE_REFUSED, message });
  }
}

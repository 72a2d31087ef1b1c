/** Short reads and writes of the database, which workflows make as activities. */
import {
  ActivityFailure,
  ApplicationFailure,
  patched,
  proxyActivities,
  proxyLocalActivities,
  type ActivityInterfaceFor,
} from '@temporalio/workflow';
import { DATABASE_REFUSED, type FailureCode } from '../domain/errors.ts';

/** For `retry` of activities: what the database refuses for good is not tried again. */
export const UNLESS_REFUSED = { nonRetryableErrorTypes: [DATABASE_REFUSED] };

/** A database that is away is waited for, without limit; the summary tells the operator what is being waited for. */
const PATIENT = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000, ...UNLESS_REFUSED },
} as const;

const NOT_LOCAL = 'projections-are-activities';

/** Whether this run makes normal activities; the SDK loads modules for each run anew. */
let isNormal: boolean | undefined;

/**
 * A change that the database refuses for good fails at once, and the workflow with it unless that is caught: its end is settled like
 * any other loss.
 */
export function projectionActivities<A extends object>(summary: string): ActivityInterfaceFor<A> {
  // Runs of 0.3.0 go on as they have begun: the first call decides, as later ones would answer otherwise once the replay is over.
  isNormal ??= patched(NOT_LOCAL);
  if (!isNormal) return localProjectionActivities<A>(summary);
  return proxyActivities<A>({ ...PATIENT, summary, heartbeatTimeout: '10s' });
}

/**
 * Local activities cost the history less. What comes in while one is under way may be handled before its end in the run, and after it in a
 * replay: stacks alone still make them so (ADR 80).
 */
export function localProjectionActivities<A extends object>(summary: string): ActivityInterfaceFor<A> {
  // Longer waits are timers of the server: a worker that shuts down would wait for them to the end otherwise.
  return proxyLocalActivities<A>({ ...PATIENT, summary, localRetryThreshold: '2s' });
}

/** The failure of a short read or write that the database would refuse again; undefined of any other. */
export function statementRefusal(error: unknown): ApplicationFailure | undefined {
  // A local activity throws its failure as it is.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type === DATABASE_REFUSED ? cause : undefined;
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
    if (!statementRefusal(error)) throw error;
    const message = `It failed (${failure.code}), and the database refused to store what was said of it`;
    return await store({ code: DATABASE_REFUSED, message });
  }
}

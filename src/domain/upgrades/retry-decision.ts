/** Whether an operation that has failed is tried again by itself, and when. */
import type { FailureCode } from '../errors.ts';
import type { RetryPolicy } from './orchestration-parameters.ts';

/**
 * Failures that another try may mend. A request that was refused would be refused again; an operation that the Provisioner does not know any more
 * may still go on; a workflow that was closed from outside was closed by somebody.
 */
const MENDABLE: readonly FailureCode[] = ['UPGRADE_FAILED', 'HEALTH_CHECK_FAILED', 'OPERATION_TIMEOUT'];

/** Where an operation is in its tries. */
export interface Round {
  /** The attempt that has failed. */
  attempt: number;
  /** The attempt with which the round began: the first one, or the one that somebody asked for last. */
  firstAttempt: number;
  /** A request may have been sent, and nobody knows whether it has arrived: another try could be a second upgrade. */
  isUncertain?: boolean;
}

/** Another try that follows by itself. */
export interface NextTry {
  /** Its number within the round, from 2, and how many the round has. */
  number: number;
  of: number;
  /** RFC 3339 UTC. */
  notBefore: string;
}

/** Undefined when the failure stands; `nowMs` is in ms since the epoch. */
export function nextTry(
  code: FailureCode,
  policy: RetryPolicy | undefined,
  { attempt, firstAttempt, isUncertain = false }: Round,
  nowMs: number,
): NextTry | undefined {
  if (!policy || isUncertain || !MENDABLE.includes(code)) return undefined;
  const number = attempt - firstAttempt + 2;
  if (number > policy.attempts) return undefined;
  const notBefore = new Date(nowMs + policy.backoffMinutes * 60_000).toISOString();
  return { number, of: policy.attempts, notBefore };
}

/** `attempt 2 of 3`. */
export function describeTry({ number, of }: Pick<NextTry, 'number' | 'of'>): string {
  return `attempt ${number} of ${of}`;
}

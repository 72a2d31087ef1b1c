/** A retry under its idempotency key: what it asks for, and what was answered when it came before. */
import { z } from '@hono/zod-openapi';
import { v5 as uuidV5 } from 'uuid';
import type { AskedRetry, Retried } from '../../../../db/repositories/index.ts';
import type { OrchestrationState } from '../../../../domain/upgrades/states.ts';
import { nowOf, type AppDependencies } from '../../../api-dependencies.ts';
import { assertSameRequest, IDEMPOTENCY_NAMESPACE, requestHash } from '../../../idempotency.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';

/** A retry as it came in. */
export interface RetryCall {
  orchestrationID: string;
  /** Operation IDs as they were sent; null for all failed ones. */
  wanted: string[] | null;
  requestedBy: string;
  /** Why; empty when nobody has said so. */
  reason: string;
  /** Its idempotency key. */
  key: string | undefined;
}

/** The retry that stands in the rows, carried out now or before, and the IDs that were sent in vain. */
export type AnsweredRetry = Exclude<Retried, { kind: 'refused' }> & { invalid: string[] };

/**
 * Carries a retry out in the rows. Throws ProblemError not-found, conflict, idempotency-key-reused, UnavailableError('database').
 */
export async function askForRetry(deps: AppDependencies, call: RetryCall): Promise<AnsweredRetry> {
  const ids = call.wanted && named(call.wanted);
  const asked = toAsked(deps, call, ids);
  const done = await deps.repositories.retries.retry(asked, nowOf(deps));
  if (!done) throw unknownID();
  if (done.kind === 'refused') throw whyRefused(done.row.state);
  if (done.kind === 'repeated')
    assertSameRequest(
      done.requestHash,
      asked.requestHash,
      'a retry of other operations of this orchestration',
    );
  const known = new Set([...done.retried, ...done.old]);
  return { ...done, invalid: (ids ?? []).filter((id) => !known.has(id)) };
}

function toAsked(
  deps: AppDependencies,
  { orchestrationID, requestedBy, reason, key }: RetryCall,
  ids: string[] | null,
): AskedRetry {
  // IDs that are no UUIDs are sorted out before the database sees them.
  const asked = { orchestrationID, requestedBy, reason, operationIDs: ids && ids.filter(isUUID) };
  if (key === undefined) return { ...asked, requestID: deps.randomUUID() };
  const sorted = ids && ids.toSorted();
  return {
    ...asked,
    requestID: uuidV5(JSON.stringify([requestedBy, orchestrationID, key]), IDEMPOTENCY_NAMESPACE),
    // Tells a repeated request from another one under the same key.
    requestHash: requestHash(reason === '' ? sorted : { ids: sorted, reason }),
  };
}

function whyRefused(state: OrchestrationState): ProblemError {
  switch (state) {
    case 'canceling':
    case 'canceled':
      return new ProblemError('conflict', 'A canceled orchestration cannot be retried; create a new one');
    case 'pending':
      return new ProblemError('conflict', 'The orchestration has not begun yet: there is nothing to retry');
    default:
      return new ProblemError('conflict', `The orchestration has ${state}: there is nothing to retry`);
  }
}

/** Each ID once, well-formed ones first and in lower case: as they are answered. */
function named(wanted: string[]): string[] {
  const wellFormed = wanted.filter(isUUID).map((id) => id.toLowerCase());
  return [...new Set([...wellFormed, ...wanted.filter((id) => !isUUID(id))])];
}

function isUUID(id: string): boolean {
  return z.uuid().safeParse(id).success;
}

/** Decides about a retry: which operations it is for, and whether its key was sent before. */
import { z } from '@hono/zod-openapi';
import { v5 as uuidV5 } from 'uuid';
import type {
  RetryRequestRow,
  RetrySelection,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationState } from '../../../../domain/upgrades/states.ts';
import type { RetryRequest } from '../../../../workflows/contract/upgrades.ts';
import { nowOf, type AppDependencies } from '../../../api-dependencies.ts';
import { IDEMPOTENCY_NAMESPACE, requestHash } from '../../../idempotency.ts';
import { ProblemError } from '../../../problem.ts';

/** A retry as it came in. */
export interface Asked {
  orchestrationID: string;
  /** Operation IDs as they were sent; null for all failed ones. */
  wanted: string[] | null;
  requestedBy: string;
}

/**
 * The answer to the caller, and the message for the engine: none when there is nothing to retry, or when it was
 * retried before.
 */
export interface Answered {
  selection: RetrySelection;
  retry?: RetryRequest;
}

/** Throws ProblemError conflict. */
export async function askOnce(
  deps: AppDependencies,
  asked: Asked,
  state: OrchestrationState,
): Promise<Answered> {
  assertRetryable(state);
  const selection = await select(deps, asked.orchestrationID, asked.wanted);
  if (selection.retry.length === 0) return { selection };
  return { selection, retry: toRetry(asked, deps.randomUUID(), selection.retry) };
}

/**
 * The row under the key is written before the engine is told. A repetition answers from it, and tells the engine again
 * until the retry was applied: the process that wrote the row may have died right after. The engine applies it once.
 * Throws ProblemError idempotency-key-reused and conflict.
 */
export async function askUnderKey(
  deps: AppDependencies,
  asked: Asked,
  key: string,
  state: OrchestrationState,
): Promise<Answered> {
  const { orchestrationID, wanted, requestedBy } = asked;
  const { retryRequests } = deps.repositories;
  const id = uuidV5(JSON.stringify([requestedBy, orchestrationID, key]), IDEMPOTENCY_NAMESPACE);
  const hash = bodyHash(wanted);
  let row = await retryRequests.find(id);
  if (!row) {
    const { selection, retry } = await askOnce(deps, asked, state);
    if (!retry) return { selection };
    const { retry: retried, old } = selection;
    row = await retryRequests.record({
      id,
      orchestrationID,
      requestHash: hash,
      retried,
      old,
      createdAt: nowOf(deps),
    });
  }
  if (row.requestHash !== hash) {
    throw new ProblemError(
      'idempotency-key-reused',
      'This Idempotency-Key belongs to a retry of other operations of this orchestration; use a new key for a new request',
    );
  }
  const selection = answeredBefore(row, wanted);
  if (row.appliedAt !== null) return { selection };
  assertRetryable(state);
  return { selection, retry: toRetry(asked, id, row.retried) };
}

/** All of them stays `all`: a fleet's list of IDs would not fit into a message. */
function toRetry({ wanted, requestedBy }: Asked, requestID: string, operationIDs: string[]): RetryRequest {
  return { requestID, operationIDs: wanted === null ? null : operationIDs, requestedBy };
}

function answeredBefore({ retried, old }: RetryRequestRow, wanted: string[] | null): RetrySelection {
  const known = new Set([...retried, ...old]);
  return { retry: retried, old, invalid: named(wanted ?? []).filter((id) => !known.has(id)) };
}

function assertRetryable(state: OrchestrationState): void {
  switch (state) {
    case 'failed':
    case 'in progress':
    case 'retrying':
      return;
    case 'canceling':
    case 'canceled':
      throw new ProblemError('conflict', 'A canceled orchestration can not be retried; create a new one');
    case 'pending':
      throw new ProblemError('conflict', 'The orchestration has not begun yet: there is nothing to retry');
    case 'succeeded':
      throw new ProblemError('conflict', 'The orchestration has succeeded: there is nothing to retry');
  }
}

/** IDs that are no UUIDs are sorted out before the database sees them. */
async function select(deps: AppDependencies, id: string, wanted: string[] | null): Promise<RetrySelection> {
  const { operations } = deps.repositories;
  if (wanted === null) return await operations.selectForRetry(id, null);
  const ids = named(wanted);
  const wellFormed = ids.filter(isUUID);
  const selection =
    wellFormed.length > 0
      ? await operations.selectForRetry(id, wellFormed)
      : { retry: [], old: [], invalid: [] };
  return { ...selection, invalid: [...selection.invalid, ...ids.filter((one) => !isUUID(one))] };
}

function distinct(ids: string[]): string[] {
  return [...new Set(ids)];
}

/** Tells a repeated request from another one under the same key. */
function bodyHash(wanted: string[] | null): string {
  return requestHash(wanted && named(wanted).sort());
}

/** Each ID once, well-formed ones first and in lower case: as they are answered. */
function named(wanted: string[]): string[] {
  const wellFormed = wanted.filter(isUUID).map((id) => id.toLowerCase());
  return distinct([...wellFormed, ...wanted.filter((id) => !isUUID(id))]);
}

function isUUID(id: string): boolean {
  return z.uuid().safeParse(id).success;
}

/** The `Idempotency-Key` header: the same key and body give the same result, however often they are sent. */
import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { canonicalText } from '../domain/canonical-text.ts';
import { ProblemError } from './problem.ts';

/**
 * Namespace of the UUIDv5 IDs that are derived from a key. Never change it: a repeated request would start a second
 * orchestration.
 */
export const IDEMPOTENCY_NAMESPACE = '6f1c7f3e-9f0b-5f57-8f5a-2d3c6c0d9b41';

const header = (description: string) =>
  z.object({
    'Idempotency-Key': z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters')
      .optional()
      .openapi({ description }),
  });

export const idempotencyHeader = header(
  'Makes the request safe to repeat: the same key and body give the same answer',
);

export const retryIdempotencyHeader = header(
  'Makes the request safe to repeat: the same key and body retry the same operations once, and answer them again. Another body under the key is refused',
);

/** SHA-256 of a request, hex; the order of its fields does not matter. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(canonicalText(request)).digest('hex');
}

/** Throws ProblemError idempotency-key-reused when the key came with another request before, which `whose` names. */
export function assertSameRequest(
  known: string | null | undefined,
  hash: string | undefined,
  whose: string,
): void {
  if (known === hash) return;
  throw new ProblemError(
    'idempotency-key-reused',
    `This Idempotency-Key belongs to ${whose}; use a new key for a new request`,
  );
}

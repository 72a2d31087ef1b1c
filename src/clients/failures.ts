import { setMaxListeners } from 'node:events';
import { UnavailableError } from '../domain/errors.ts';
import { quoted } from './redaction.ts';

/** How long a call may take, and who may give it up. */
export interface Patience {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Does `work` with a signal that is aborted by the caller's own or after `timeoutMs`. Nothing of it is left on the caller's
 * signal afterwards: that one lives as long as an upgrade, through thousands of calls. Any number of them may be under way at once.
 */
export async function withDeadline<T>(
  { timeoutMs, signal }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (signal?.aborted) abort();
  // Node takes more than ten at once for a leak, and says so.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Why no usable answer came, for people: `connect ECONNREFUSED`, `no answer within 30 s`. */
function describeNetworkError(
  error: unknown,
  { timeoutMs, signal }: Patience,
  secrets: readonly string[],
): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'AbortError') {
    return signal?.aborted ? 'the request was given up' : `no answer within ${timeoutMs / 1000} s`;
  }
  const cause: unknown = error.cause;
  if (cause instanceof Error) {
    const code: unknown = 'code' in cause ? cause.code : undefined;
    return quoted(cause.message || (typeof code === 'string' ? code : cause.name), secrets);
  }
  return quoted(error.message, secrets);
}

/**
 * The error for a system that gave no usable answer; the cause is left out on purpose: it may carry credentials. So may the
 * message: a header or URL that can't be sent is repeated in it, and `secrets` are taken out.
 */
export function unavailable(
  system: UnavailableError['system'],
  name: string,
  error: unknown,
  patience: Patience,
  secrets: readonly string[] = [],
): UnavailableError {
  return new UnavailableError(
    system,
    `${name} gives no usable answer: ${describeNetworkError(error, patience, secrets)}`,
  );
}

import { UnavailableError } from '../domain/errors.ts';

/** Longest text of an outside system that is kept in a message. */
const LONGEST_DETAIL = 500;

/** How long a call may take, and who may give it up. */
export interface Patience {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Does `work` with a signal that is aborted by the caller's own or after `timeoutMs`. Nothing of it is left on the caller's
 * signal afterwards: that one lives as long as an upgrade, through thousands of calls.
 */
export async function withDeadline<T>(
  { timeoutMs, signal }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Text of an outside system on one line, cut to a length that fits a message. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}

/** The same text without the given values, also where they stand escaped as JSON. */
export function redact(message: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [oneLine(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((text) => text !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '********'), message);
}

/** Why no usable answer came, for people: `connect ECONNREFUSED`, `no answer within 30 s`. */
function describeNetworkError(error: unknown, { timeoutMs, signal }: Patience): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'AbortError') {
    return signal?.aborted ? 'the request was given up' : `no answer within ${timeoutMs / 1000} s`;
  }
  const cause: unknown = error.cause;
  if (cause instanceof Error) {
    const code: unknown = 'code' in cause ? cause.code : undefined;
    return oneLine(cause.message || (typeof code === 'string' ? code : cause.name));
  }
  return oneLine(error.message);
}

/** The error for a system that gave no usable answer; the cause is left out on purpose: it may carry credentials. */
export function unavailable(
  system: UnavailableError['system'],
  name: string,
  error: unknown,
  patience: Patience,
): UnavailableError {
  return new UnavailableError(
    system,
    `${name} gives no usable answer: ${describeNetworkError(error, patience)}`,
  );
}

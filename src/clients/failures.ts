import { UnavailableError } from '../domain/errors.ts';

/** Longest text of an outside system that is kept in a message. */
const LONGEST_DETAIL = 500;

/** A call's own signal: aborted by the caller, or after `timeoutMs`. */
export function deadline(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** Text of an outside system on one line, cut to a length that fits a message. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}

/** Why no usable answer came, for people: `ECONNREFUSED`, `no answer within 30 s`. */
export function describeNetworkError(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return `no answer within ${Math.round(timeoutMs / 1000)} s`;
  if (error.name === 'AbortError') return 'the request was given up';
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
  timeoutMs: number,
): UnavailableError {
  return new UnavailableError(
    system,
    `${name} gives no usable answer: ${describeNetworkError(error, timeoutMs)}`,
  );
}

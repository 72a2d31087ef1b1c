const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

/** True for a call to Temporal that failed since what it is about does not exist: gRPC status NOT_FOUND. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === NOT_FOUND;
}

/** True for a call that Temporal refused, and would refuse again, like a payload that is too large: INVALID_ARGUMENT. */
export function isRefused(error: unknown): boolean {
  return statusOf(error) === INVALID_ARGUMENT;
}

/** Temporal's words on a call that failed. */
export function grpcMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error || error.cause === undefined ? error.message : grpcMessage(error.cause);
}

/** The SDK's own errors have the one of gRPC as their cause. */
function statusOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error ? error.code : statusOf(error.cause);
}

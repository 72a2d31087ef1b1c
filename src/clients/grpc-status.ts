const NOT_FOUND = 5;

/** True for a call to Temporal that failed since what it is about does not exist: gRPC status NOT_FOUND. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}

import { v5 as uuidV5 } from 'uuid';

/** The namespace of Drydock's own IDs (RFC 9562, section 6.6). Never change it: every operation's ID hangs on it. */
const OPERATION_NAMESPACE = 'f0a1d3c2-6f5b-4c1e-9c55-2d1b7a0e8d64';

/**
 * The ID of the one operation that an orchestration has for a runtime: a UUIDv5 of both, so that planning twice names
 * every operation the same.
 */
export function operationID(orchestrationID: string, runtimeID: string): string {
  return uuidV5(`${orchestrationID}/${runtimeID}`, OPERATION_NAMESPACE);
}

/**
 * Questions and requests of the API and the nested-stack driver to the engine. Every call throws
 * UnavailableError('engine') when it does not answer.
 */
import type { StackStatus } from '../../domain/stacks/statuses.ts';
import type {
  InstanceRequest,
  StackActionRequest,
  StackDefineRequest,
} from '../../workflows/contract/stacks.ts';

/**
 * Outcome of a request: `refused` says why, what would be accepted, and for which status it took the stack; `unknown`
 * finds no such stack or instance.
 */
export type StackOutcome =
  | { kind: 'accepted'; status: StackStatus }
  | { kind: 'refused'; reason: string; status?: StackStatus }
  | { kind: 'unknown' };

/**
 * Requests reach the stack's workflow as updates. Each call starts the workflow where none runs, so that one that was
 * terminated goes on from the database: the row must exist before.
 */
export interface StackGateway {
  /** Starts the workflow unless it runs. */
  ensure(name: string): Promise<void>;
  act(name: string, request: StackActionRequest): Promise<StackOutcome>;
  /** The revision must be stored before. */
  define(name: string, request: StackDefineRequest): Promise<StackOutcome>;
  /** Accepted: the stack is gone. */
  remove(name: string, actor: string): Promise<StackOutcome>;
  setInstance(name: string, request: InstanceRequest): Promise<StackOutcome>;
  /** Lets the workflow read the database again: it was reset to an earlier point, and refuses what the database permits. */
  resync(name: string): Promise<void>;
}

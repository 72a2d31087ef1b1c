/**
 * The way to upgrade one runtime. What belongs to every upgrade (claim, fence, records, complaints, time) is in upgrade-runtime.ts; an
 * upgrader knows the outside system that carries the upgrade out. Each has a folder of its own.
 */
import type { OperationConfig } from '../../../domain/upgrades/operation-config.ts';
import type { FinalError, UnavailableError } from '../../../domain/errors.ts';
import type {
  OperationRow,
  SentRequest,
} from '../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationParameters } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { ActivityDependencies } from '../../activity-dependencies.ts';
import type { UpgradeInput } from '../activity-types.ts';

/** How an upgrade succeeded; `config` when it is not in the row yet. */
export interface Success {
  description: string;
  config?: OperationConfig;
}

/** An upgrade as one look shows it; one that has failed is a FinalError UPGRADE_FAILED. */
export type Progress =
  | { kind: 'ended'; success: Success }
  /** With a sentence for the description of the operation. */
  | { kind: 'under way'; words: string };

/** The runtime as it is before anything is sent by this execution. */
export type Recognition =
  /** Our request has arrived, by an earlier execution or attempt. `look` tells of it from what was seen already. */
  | { kind: 'ours'; id: string; look: () => Promise<Progress> }
  /** It has what is wanted: nothing is sent. */
  | { kind: 'there'; success: Success }
  /** It can't be upgraded as it is, and nothing was sent. */
  | { kind: 'refused'; with: FinalError }
  /** Somebody else does something on it, which is waited for; a dry run does not care. */
  | { kind: 'busy'; with: UnavailableError }
  /** Nothing is in the way: composes the request. */
  | { kind: 'free'; prepare: () => Promise<Prepared> };

/** The one way to a request. */
export interface Fence {
  /**
   * Awaited right before the request goes out, when everything that takes time is done. Only who gets through may send, and only at
   * once; throws otherwise.
   */
  pass(): Promise<void>;
  /**
   * For a request that was refused, so that nothing was begun by it: takes its record back. Changes nothing when an execution before this
   * one may have sent, too.
   */
  withdraw(): Promise<void>;
}

/** A request that is ready to be sent. */
export interface Prepared {
  /** As it is recorded and shown: secrets masked. Its baseline is what was there: something else that is found later is ours. */
  request: SentRequest;
  /** Sends it; answers the ID under which it can be followed. */
  send(fence: Fence): Promise<string>;
}

/**
 * An upgrade goes: recognise, prepare, send, follow; each step comes out of the one before, and what follows may be done by another
 * execution. All throw UnavailableError for what may pass, FinalError otherwise, and nothing else.
 */
export interface Upgrader {
  /** A pool of workers with another image than the one that is asked for keeps it. */
  readonly keepsImages: boolean;
  /** Milliseconds that a runtime must be healthy without a break after its upgrade; 0 where healthy once is enough. */
  readonly healthyMs: number;
  /** Finds out what is there: our own request, somebody else's, or nothing that matters. */
  recognise(): Promise<Recognition>;
  /** One look at an upgrade of ours. */
  follow(id: string): Promise<Progress>;
  /** A sentence for an upgrade that was begun under this ID. */
  begun(id: string): string;
}

/** One execution of an upgrade, as its upgrader is told of it. */
export interface Execution {
  deps: ActivityDependencies;
  input: UpgradeInput;
  /** As this execution has claimed it. */
  row: OperationRow;
  parameters: OrchestrationParameters;
  /** Fires when the execution is to end. */
  signal: AbortSignal;
}

/** Operations as they are executed, from the claim to the end. */
import type { Hold } from '../../../domain/upgrades/hold-words.ts';
import type { FailureCode } from '../../../domain/errors.ts';
import type { LimitedKey } from '../../../domain/upgrades/limits.ts';
import type { OperationConfig } from '../../../domain/upgrades/operation-config.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';

/** One start of a child within one attempt. What names a dispatch that the row has left behind changes nothing. */
export interface Dispatch {
  attempt: number;
  dispatch: number;
}

/** A row as somebody saw it before looking elsewhere: what follows from that look counts only while it still stands so. */
export interface SeenOperation extends Dispatch {
  /** The execution that had claimed the row. */
  claim: string | null;
}

/** The keys that an operation takes with its claim, none of which may be taken more often than its limit says. */
export interface LimitedClaim {
  orchestrationID: string;
  keys: readonly LimitedKey[];
}

/** The outcome of a claim. */
export type Claim =
  | { kind: 'claimed'; row: OperationRow }
  /** Finished already, in this attempt: the recorded end. */
  | { kind: 'finished'; row: OperationRow }
  /** Given back by this dispatch already: it waits for another one. */
  | { kind: 'given back' }
  /** Canceled by this claim: it was in progress, nothing was sent, and its orchestration is canceled. */
  | { kind: 'stopped'; row: OperationRow }
  /** Its orchestration is paused or canceled, or freezes have changed, and nothing was sent: not to be executed now. */
  | { kind: 'held'; row: OperationRow; by: Hold | null }
  /** As many of one of its keys are in progress as may be: not to be executed now. */
  | { kind: 'full'; row: OperationRow }
  /** Canceled, of another attempt, or gone: not to be executed. */
  | { kind: 'refused' };

export type OperationEnd =
  /** `config` when it was not recorded before: a dry run composes it and has ended. */
  | { state: 'succeeded'; description: string; config?: OperationConfig }
  | { state: 'failed'; description: string; code: FailureCode };

/** The record of a request, written right before it is sent. */
export interface SentRequest {
  config: OperationConfig;
  baselineOperationID: string;
  /** Digest of the versions of the Secrets in it; null without any. */
  sentSecrets?: string | null;
}

/** In place of a digest: no execution knows the values of all requests that were sent. */
export const SEVERAL_VERSIONS = 'several';

/** Changes by those who execute an operation, or have found out what became of it. */
export interface ExecutionRepository {
  /**
   * waiting → in progress, for this dispatch. A row in progress in this dispatch already goes over to the execution that
   * claims it last. Clears notBefore and busySince, sets startedAt. With limits, claims of its orchestration come one after the other, and
   * each counts what is in progress; those that come in at once share transactions.
   */
  claim(
    operationID: string,
    by: Dispatch & { claim: string },
    now: string,
    limited?: LimitedClaim,
  ): Promise<Claim>;
  /** in progress → end, for this dispatch only; answers the recorded end of the attempt (which may be an earlier one). */
  finish(
    operationID: string,
    dispatch: Dispatch,
    end: OperationEnd,
    now: string,
  ): Promise<OperationRow | undefined>;
  /**
   * Fails an operation that is waiting or in progress in this dispatch: its upgrade failed, its workflow was lost, or the
   * runtime stayed busy. One in progress waits for another try instead when its orchestration gives it one. With a `claim`, only while
   * the row is claimed as it was seen. Answers the row that stands afterwards, failed or not, maybe at a later attempt.
   */
  fail(
    operationID: string,
    seen: Dispatch | SeenOperation,
    failure: { code: FailureCode; message: string },
    now: string,
  ): Promise<OperationRow | undefined>;
  /** The upgrade itself is over and the check after it begins: kept once in an attempt, for a row claimed as it was seen. Answers the row that stands. */
  recordUpgraded(
    operationID: string,
    seen: SeenOperation,
    description: string,
    now: string,
  ): Promise<OperationRow | undefined>;
  /** in progress → canceled, by the check before it: for a row claimed as it was seen, of which nothing was sent. False when nothing changed. */
  refuse(
    operationID: string,
    seen: SeenOperation,
    refusal: { code: FailureCode; message: string },
    now: string,
  ): Promise<boolean>;
  /**
   * The fence before the request is sent: keeps what will be sent (the caller has masked it), the versions of the
   * Secrets in it (`SEVERAL_VERSIONS` once they differ from one request of an attempt to the next), and the last
   * operation that the Provisioner had, of which the first one of an attempt stands. False, and nothing may be sent,
   * when the row has ended or was given back, when another execution has claimed it since, when the Provisioner
   * has accepted a request already, or when it is the first one and the orchestration is paused or canceled: whoever says so of the
   * orchestration comes before it or after it. A pause of everything that comes at the same instant may miss it.
   */
  recordRequest(operationID: string, seen: SeenOperation, request: SentRequest): Promise<boolean>;
  /**
   * The Provisioner has refused the only request of this attempt: nothing of it can turn up there later. Changes nothing
   * when the row has ended or was given back, or when another execution has claimed it since.
   */
  withdrawRequest(operationID: string, seen: SeenOperation): Promise<void>;
  /**
   * The Provisioner carries our request out: kept whatever became of the row meanwhile. When it is at a later attempt
   * already, for that one to recognise, unless it knows of a later operation of ours.
   */
  recordAccepted(
    operationID: string,
    attempt: number,
    accepted: { provisionerOperationID: string; description: string; now: string },
  ): Promise<void>;
  describe(operationID: string, attempt: number, description: string, now: string): Promise<void>;
}

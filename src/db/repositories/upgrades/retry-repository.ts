import type { OrchestrationRow } from '../../schema/upgrades/orchestrations.ts';

/** A retry as somebody asks for it. */
export interface AskedRetry {
  orchestrationID: string;
  /** Null for all that have failed, and those whose next try waits for its time. */
  operationIDs: readonly string[] | null;
  /** The same request counts no attempt up twice. A UUID when it came under an idempotency key. */
  requestID: string;
  requestedBy: string;
  /** Why, for the log of the orchestration. */
  reason?: string;
  /** SHA-256, hex, of what was asked for under an idempotency key: the request is kept, to be answered again. */
  requestHash?: string;
}

/** The operations that were asked for, in order of position. What is in neither list is unknown here, or has not failed. */
export interface RetrySelection {
  /** Those that are tried again. */
  retried: string[];
  /** Those that are not, as their runtime has a newer operation of the same type. */
  old: string[];
}

/** The outcome of a retry, and the row of the orchestration as it stands afterwards. */
export type Retried = { row: OrchestrationRow } & (
  | ({ kind: 'done' } & RetrySelection)
  /** There was nothing to retry, and nothing has changed. */
  | ({ kind: 'nothing' } & RetrySelection)
  /** The same request came before: its answer, and the hash of what it asked for. */
  | ({ kind: 'repeated'; requestHash: string } & RetrySelection)
  /** In this state nothing can be retried. */
  | { kind: 'refused' }
);

export interface RetryRepository {
  /**
   * Carries a retry out, in one transaction that locks the orchestration's row: failed → retrying with the attempt of each operation counted up and
   * a new round of tries begun; the wait of a next try is over. A failed orchestration waits for a turn again; one that is in progress, or waits
   * already, stays so. Its row says that its workflow is to be told (`lookAt`), and counts its revision up. Undefined without such an orchestration.
   */
  retry(asked: AskedRetry, now: string): Promise<Retried | undefined>;
}

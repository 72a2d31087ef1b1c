/** The operations of orchestrations in the database; what is said of all writes in orchestration-repositories.ts holds here, too. */
import type { FailureCode } from '../../../domain/errors.ts';
import type { Replacement } from '../../../domain/upgrades/live-freezes.ts';
import type { FullKeys, LimitedKey, LimitKeys, Limits } from '../../../domain/upgrades/limits.ts';
import type { OperationConfig } from '../../../domain/upgrades/operation-config.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { PlannedWindow } from '../../../domain/upgrades/placement.ts';
import type { ExcludedShoot, Runtime } from '../../../domain/upgrades/runtime.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { FreezesWalk, OrchestrationRow } from '../../schema/upgrades/orchestrations.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';

export type OperationStats = Partial<Record<OperationState, number>>;

/** One operation to be planned. */
export interface PlannedOperation {
  operationID: string;
  position: number;
  runtime: Runtime;
  /** Resolved window; undefined for one that may begin at once. */
  window?: PlannedWindow;
  /** An operation may wait for days: this says for what. */
  description: string;
  /** Not before. */
  dueAt: string;
  /** First key of the order in which what is due begins. */
  orderAt: string;
  /** The number of its wave, from 0; 0 without waves. */
  wave: number;
}

/** The part of a row that the orchestration workflow needs to start a child; deliberately small. */
export interface PlanItem {
  operationID: string;
  runtimeID: string;
  shootName: string;
  attempt: number;
  /** The number of the child to be started, see `Dispatch`. */
  dispatch: number;
  wave: number;
  orderAt: string;
  missed: number;
  position: number;
  window?: PlannedWindow;
  /** Those that it takes; absent without limits. */
  keys?: LimitKeys;
}

/**
 * A place in the plan: earlier waves come first, in each of them what must begin earliest, of that what has missed most windows.
 */
export type PlanCursor = Pick<PlanItem, 'wave' | 'orderAt' | 'missed' | 'position'>;

export interface PlanPage {
  items: PlanItem[];
  /** Earliest `notBefore` still in the future among the waiting operations: when to look again. */
  nextNotBefore?: string;
  /** The earliest begin of those that are not due by then. */
  nextDueAt?: string;
}

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
  /** Its orchestration is paused or canceled, or freezes have changed, and nothing was sent: not to be executed now. */
  | { kind: 'held'; row: OperationRow }
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

/** The row of an operation that waits, as far as its place depends on it. */
export type WaitingRow = Pick<
  OperationRow,
  | 'id'
  | 'attempt'
  | 'dispatch'
  | 'position'
  | 'freezesVersion'
  | 'runtimeID'
  | 'globalAccountID'
  | 'servicePlanName'
  | 'region'
  | 'dailyWindow'
  | 'windowBegin'
  | 'latestStart'
  | 'windowEnd'
  | 'description'
>;

/** A part of what waits while freezes have changed. */
export interface Behind {
  orchestrationID: string;
  /** The version of the maintenance policy that held when it was read: the freezes to be heeded are at least as new. */
  version: number;
  rows: WaitingRow[];
  /** Of a part of the way through all: how the orchestration stood, and where the next part begins; null after the last one. */
  walk?: {
    seen: Pick<OrchestrationRow, 'freezesVersion' | 'freezesWalk'>;
    next: FreezesWalk | null;
    heeds: number | null;
  };
}

export interface RetrySelection {
  retry: string[];
  old: string[];
  invalid: string[];
}

export interface OperationRepository {
  /**
   * Removes a plan that was begun and not completed (the orchestration's plannedCount is null), so that planning can start
   * over with positions from 0; does nothing to a complete one.
   */
  clearPlan(orchestrationID: string): Promise<void>;
  /**
   * Writes a batch of the plan as `pending`, in one transaction that locks the orchestration's row (FOR SHARE) and answers
   * false without writing when the orchestration is not `in progress` or its plan is complete (canceled meanwhile, or an
   * overtaken attempt). Operations that exist by ID stay as they are; another conflict is an error.
   */
  plan(
    orchestration: { id: string; type: OrchestrationType; dryRun: boolean },
    batch: PlannedOperation[],
    now: string,
  ): Promise<boolean>;
  /**
   * Likewise for the Shoots that are left out, from `from` on in their order, and for the runtimes that are not selected, all at
   * once. Two that write at the same position are an error.
   */
  planLeftOut(
    orchestrationID: string,
    part: { from: number; leftOut: readonly ExcludedShoot[]; notSelected?: readonly string[] },
  ): Promise<boolean>;
  /**
   * The next waiting operations (`pending`, `retrying`) up to a wave that are due by `dueBy`, in plan order after the cursor, leaving
   * out those whose `notBefore` lies after `now`, and those that have a key that is full.
   */
  readPlan(
    orchestrationID: string,
    query: {
      after?: PlanCursor;
      limit: number;
      now: string;
      dueBy: string;
      wave: number;
      limits?: { all: Limits; full: FullKeys };
    },
  ): Promise<PlanPage>;
  /**
   * Operations that wait, of all waves, and whose windows may be wrong, because freezes or opt-outs have changed: first those that have come
   * to wait again, then all others, part by part. Undefined when there is nothing to do, also before the plan is complete.
   */
  listBehind(orchestrationID: string, limit: number): Promise<Behind | undefined>;
  /**
   * Writes what becomes of a part, in one statement with an event for each that moves or ends. What does not stand as it was read stays as it
   * is, all of it when somebody else has gone on with the plan meanwhile. After the last part the orchestration heeds the version. Answers
   * how many have ended.
   */
  replace(
    behind: Behind,
    replacements: readonly Replacement[],
    change: { actor: string; now: string },
  ): Promise<number>;
  /**
   * Writes what becomes of waiting operations whose windows are over, placed by a version of the maintenance policy, in one statement with an
   * event for each. What does not stand as it was read stays as it is. Answers how many have ended.
   */
  roll(
    rolled: { rows: { row: WaitingRow; replacement: Replacement }[]; version: number },
    change: { actor: string; now: string },
  ): Promise<number>;
  /** Operations up to a wave that wait for a window in which nothing may begin any more at `now`. */
  listOverdue(
    orchestrationID: string,
    query: { wave: number; now: string; limit: number },
  ): Promise<WaitingRow[]>;
  /**
   * waiting → in progress, for this dispatch. A row in progress in this dispatch already goes over to the execution that
   * claims it last. Clears notBefore and busySince, sets startedAt. With limits, claims of its orchestration come one after the other, and
   * each counts what is in progress.
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
  /** Cancels one waiting operation of this dispatch; false when nothing changed. */
  cancelOne(
    operationID: string,
    dispatch: Dispatch,
    change: StateChange & { code?: FailureCode },
  ): Promise<boolean>;
  /** Cancels every waiting operation of the orchestration with one statement (and one event each); answers how many. */
  cancelWaiting(orchestrationID: string, change: StateChange): Promise<number>;
  /** Counts the dispatch of a waiting operation up: its child has ended without having begun. No event. */
  giveBack(operationID: string, dispatch: Dispatch): Promise<void>;
  /**
   * Gives an operation back, to wait for another window: one that waits, or one that executes (with the `claim` of who
   * executes it) and follows no operation of the Provisioner yet. It keeps its baseline, and its dispatch is counted up.
   * False when nothing changed.
   */
  reschedule(
    operationID: string,
    seen: SeenOperation,
    place: Pick<PlannedOperation, 'window' | 'description'> & { freezesVersion: number },
    change: StateChange,
  ): Promise<boolean>;
  /**
   * Gives an operation that executes (with the `claim` of who executes it) back to the plan, when its orchestration is paused, or
   * freezes have changed, and nothing of it was sent. False when nothing changed.
   */
  giveBackHeld(operationID: string, seen: SeenOperation, change: StateChange): Promise<boolean>;
  /** The runtime is busy: not before `notBefore`; sets busySince when it is not set. Answers busySince. */
  defer(
    operationID: string,
    dispatch: Dispatch,
    notBefore: string,
    change: StateChange,
  ): Promise<string | undefined>;
  /**
   * The fence before the request is sent: keeps what will be sent (the caller has masked it), the versions of the
   * Secrets in it (`SEVERAL_VERSIONS` once they differ from one request of an attempt to the next), and the last
   * operation that the Provisioner had, of which the first one of an attempt stands. False, and nothing may be sent,
   * when the row has ended or was given back, when another execution has claimed it since, or when the Provisioner
   * has accepted a request already.
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
  find(orchestrationID: string, operationID: string): Promise<OperationRow | undefined>;
  findMany(operationIDs: string[]): Promise<OperationRow[]>;
  /** In order of position. */
  list(
    orchestrationID: string,
    filter: { states?: OperationState[] },
    paging: Paging,
  ): Promise<Page<OperationRow>>;
  /** Runtime IDs of operations that have failed or were canceled. */
  listUnfinished(orchestrationID: string): Promise<string[]>;
  stats(orchestrationIDs: string[]): Promise<Map<string, OperationStats>>;
  /**
   * How long the latest upgrades of the type that have succeeded took, in seconds: at most 1,000, of the newest
   * orchestrations that have ended, without dry runs and what was there already.
   */
  earlierDurations(type: OrchestrationType): Promise<number[]>;
  /** In progress operations of one orchestration, by keyset on position (−1 to begin with). */
  listExecuting(orchestrationID: string, afterPosition: number, limit: number): Promise<OperationRow[]>;
  /** In progress operations of orchestrations that have ended themselves, by keyset on operation ID ('' to begin with). */
  listExecutingOfEnded(afterID: string, limit: number): Promise<OperationRow[]>;
  /** IDs of orchestrations that have ended, and of which something waits, by keyset ('' to begin with). */
  listEndedWithWaiting(afterID: string, limit: number): Promise<string[]>;
  /**
   * Sorts the wanted operations (null: all failed ones, and those whose next try waits for its time) into those to retry, those whose runtime has a newer operation of
   * the same type that is not canceled (of which a dry run counts for a dry run only), and those that can't be retried
   * (unknown, or not failed).
   */
  selectForRetry(orchestrationID: string, operationIDs: string[] | null): Promise<RetrySelection>;
  /**
   * failed → retrying with the attempt counted up and a new round of tries begun; the wait of a next try is over. Once per retry request: one that
   * has a row of its own marks it in the same transaction, and changes nothing when it was marked before. Answers how many had failed.
   */
  retry(
    orchestrationID: string,
    operationIDs: string[],
    requestID: string,
    change: StateChange,
  ): Promise<number>;
  /** Fails what waits although its runtime has got a newer operation meanwhile. Answers how many. */
  failOvertaken(orchestrationID: string, change: StateChange): Promise<number>;
}

/** Operations as they stand in the plan of an orchestration, and what becomes of their places. */
import type { FailureCode } from '../../../domain/errors.ts';
import type { Replacement } from '../../../domain/upgrades/live-freezes.ts';
import type { FullKeys, LimitKeys, Limits } from '../../../domain/upgrades/limits.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { PlannedWindow } from '../../../domain/upgrades/placement.ts';
import type { ExcludedShoot, Runtime } from '../../../domain/upgrades/runtime.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { FreezesWalk, OrchestrationRow } from '../../schema/upgrades/orchestrations.ts';
import type { StateChange } from '../repository-types.ts';
import type { Dispatch, SeenOperation } from './execution-repository.ts';

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

/** Writes the plan, reads what is due of it, and moves what waits to other places. */
export interface OperationPlanRepository {
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
  /** Cancels one waiting operation of this dispatch; false when nothing changed. */
  cancelOne(
    operationID: string,
    dispatch: Dispatch,
    change: StateChange & { code?: FailureCode },
  ): Promise<boolean>;
  /** Cancels every waiting operation of the orchestration with one statement (and one event each); answers how many. */
  cancelWaiting(orchestrationID: string, change: StateChange): Promise<number>;
  /**
   * Cancels every operation in progress of an orchestration that is canceling or canceled, when no request of its attempt can have been sent; answers how
   * many. Whoever executes one hears of it when it claims, or is about to send.
   */
  stopUnsent(orchestrationID: string, change: StateChange): Promise<number>;
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
   * freezes have changed, and nothing of it was sent. It is described by `description`, default the reason. False when nothing changed.
   */
  giveBackHeld(
    operationID: string,
    seen: SeenOperation,
    change: StateChange & { description?: string },
  ): Promise<boolean>;
  /** The runtime is busy: not before `notBefore`; sets busySince when it is not set. Answers busySince. */
  defer(
    operationID: string,
    dispatch: Dispatch,
    notBefore: string,
    change: StateChange,
  ): Promise<string | undefined>;
}

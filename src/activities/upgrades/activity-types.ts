/** The activities as the workflows see them. Workflows import these types only, never the implementations. */
import type { PlanItem } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { FailureCode } from '../../domain/errors.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../domain/upgrades/orchestration-parameters.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';
import type {
  CarriedChild,
  OperationOutcome,
  OrchestrationRequest,
  QueueEntry,
  QueueState,
  RetryRequest,
} from '../../workflows/contract/upgrades.ts';

/** What an orchestration run needs to know of its row. */
export interface RecordedOrchestration {
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  state: OrchestrationState;
  createdAt: string;
}

/** One line of the frozen plan. */
export type PlanLine = PlanItem;

export interface PlanQuery {
  orchestrationID: string;
  after?: { dueAt: string; position: number };
  limit: number;
}

/** One attempt at one operation. */
export interface AttemptRef {
  orchestrationID: string;
  operationID: string;
  attempt: number;
}

/** Short writes to the projection; run as local activities, which cost the history no state transition. */
export interface ProjectionActivities {
  /** Inserts the row of a new orchestration (or finds it) and answers what stands there. */
  recordOrchestration(input: {
    orchestrationID: string;
    request?: OrchestrationRequest;
  }): Promise<RecordedOrchestration>;
  /** Moves the row forward; answers the state that stands afterwards. */
  enterState(input: {
    orchestrationID: string;
    state: OrchestrationState;
    actor: string;
    reason: string;
  }): Promise<OrchestrationState>;
  readPlan(query: PlanQuery): Promise<{ items: PlanLine[]; nextNotBefore?: string }>;
  /** Records that the upgrade failed; answers the end that stands. */
  failOperation(input: AttemptRef & { code: FailureCode; message: string }): Promise<OperationOutcome>;
  /** Puts an operation that missed its window, which began at `begin`, into the next one, unless that was done already. */
  rescheduleOperation(ref: AttemptRef & { begin?: string }): Promise<void>;
  /** Cancels one operation that a person canceled before it began. */
  cancelOperation(input: AttemptRef & { reason: string }): Promise<void>;
  applyRetry(input: { orchestrationID: string; retry: RetryRequest }): Promise<{ changed: number }>;
}

/** What stands in the way of an operation whose runtime is taken. */
export type BusyVerdict =
  /** The holder is this very operation, started by an earlier run: it only has to be adopted. */
  { kind: 'own'; dispatch: number } | { kind: 'deferred' } | { kind: 'failed'; outcome: OperationOutcome };

/** Activities that talk to Temporal, the inventory, or run long statements. */
export interface OrchestrationActivities {
  /** Puts an orchestration into the queue, starting the queue where it is missing. */
  enqueue(entry: QueueEntry): Promise<void>;
  /** Reads the inventory by pages and writes the frozen plan. Answers how many operations it has. */
  resolveTargets(input: { orchestrationID: string }): Promise<{ count: number }>;
  /**
   * Cancels what waits (when canceled or failed) and closes the row; answers the state that stands. One that is not final
   * says that something still waits or executes.
   */
  closeOrchestration(input: {
    orchestrationID: string;
    canceledBy?: string;
    failure?: string;
  }): Promise<OrchestrationState>;
  /**
   * Operations that stand as executing, by keyset on position (−1 to begin with): those whose child runs are answered, the
   * others are settled as lost. `last` is the position to go on after; absent on the last page.
   */
  findExecuting(input: {
    orchestrationID: string;
    after: number;
    limit: number;
  }): Promise<{ children: CarriedChild[]; last?: number }>;
  /** Finds out who holds a runtime and defers, fails or adopts accordingly. */
  settleBusy(input: AttemptRef & { runtimeID: string; timeoutSeconds: number }): Promise<BusyVerdict>;
  /** Fails an operation whose workflow was closed from outside, with the reason; answers the end that stands. */
  settleLost(input: AttemptRef & { runtimeID: string; message: string }): Promise<OperationOutcome>;
  /** Looks at detached children; answers those that have ended without the parent hearing of it. */
  sweepDetached(input: {
    orchestrationID: string;
    children: CarriedChild[];
  }): Promise<{ operationID: string; dispatch: number; outcome: OperationOutcome }[]>;
}

/** How a watched orchestration ended. */
export interface WatchResult {
  status: string;
  reason?: string;
}

export interface QueueActivities {
  /** The open orchestrations: those that have the turn, and those that wait for one. */
  rebuildQueue(): Promise<QueueState>;
  /** Ends when the chain of runs that begins with the entry's run has closed, however. */
  watchOrchestration(entry: QueueEntry): Promise<WatchResult>;
  /** The run that a place in the queue stands for today (a reset gives it another one); undefined when it has closed. */
  currentRun(entry: QueueEntry): Promise<{ runID: string } | undefined>;
  /** Settles the row of an orchestration whose workflow is closed; changes nothing otherwise. */
  settleOrchestration(input: { orchestrationID: string }): Promise<void>;
}

/** What the upgrade activity is given. Small, and free of secrets: it stands in the history. The rest is in the row. */
export interface UpgradeInput extends AttemptRef {
  runtimeID: string;
  shootName: string;
  type: OrchestrationType;
  dryRun: boolean;
  /** RFC 3339, for a scheduled operation: nothing is sent outside of it. */
  window?: { begin: string; end: string };
}

/** The long ones, on their own task queue. */
export interface UpgradeActivities {
  /**
   * Claims the row, starts the upgrade, follows it to its end and records success. Answers the outcome that stands and a
   * sentence on it; throws typed failures, which the workflow records.
   */
  upgradeRuntime(input: UpgradeInput): Promise<{ outcome: OperationOutcome; description: string }>;
}

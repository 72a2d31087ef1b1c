/** The activities as the workflows see them. Workflows import these types only, never the implementations. */
import type { PlanCursor, PlanItem } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { CommandNumber } from '../../db/repositories/upgrades/control-repository.ts';
import type { FailureCode } from '../../domain/errors.ts';
import type { Command, Pause } from '../../domain/upgrades/rollout-control.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../domain/upgrades/orchestration-parameters.ts';
import type { FullKeys, LimitKeys, Limits } from '../../domain/upgrades/limits.ts';
import type { PlannedWindow } from '../../domain/upgrades/placement.ts';
import type { WavePhase } from '../../domain/upgrades/wave-phases.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';
import type {
  CarriedChild,
  FleetReadRequest,
  OperationOutcome,
  OrchestrationRequest,
  PolicyPreviewAnswer,
  PolicyPreviewRequest,
  Holder,
  WaitingLine,
  RetryRequest,
} from '../../workflows/contract/upgrades.ts';

/** The row of an orchestration as far as its run needs it. */
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
  after?: PlanCursor;
  limit: number;
  /** The number of the wave that is open; no later one is read. Absent without waves. */
  wave?: number;
  /**
   * Those of the orchestration, and the keys whose operations are left out; absent without limits. What is over by the workflow's time,
   * ms since the epoch, is not answered: the workflow would ask again.
   */
  limits?: { all: Limits; full: FullKeys; nowMs: number };
}

/** A part of the plan. All spans are from now: the clocks of worker and server may differ. */
export interface PlanPart {
  items: PlanLine[];
  /**
   * Operations were put into other windows, which may lie anywhere in the plan, or looked at for that: nothing was read, and it is to be
   * read from its start.
   */
  hasRolled: boolean;
  /** That was because freezes have changed: what sleeps may sleep for another window than it has now. */
  isBehind: boolean;
  /** Of those, the ones that found no window in time and were canceled. */
  givenUp: number;
  /** When the first busy runtime may be tried again. */
  lookAgainInMs?: number;
  /** When the first operation that is not due begins. */
  nextDueInMs?: number;
}

/** One start of a child for one attempt at one operation. */
export interface DispatchRef {
  orchestrationID: string;
  operationID: string;
  attempt: number;
  dispatch: number;
}

/** The wishes for an orchestration, as its row has them. */
export interface WantedOfOrchestration {
  pauses: Pause[];
  state: OrchestrationState;
  /** Freezes or opt-outs have changed, and the plan does not heed them yet: reading it makes it so. */
  isBehind: boolean;
  /** At most so many operations at once. */
  workers: number;
  /** Something was retried since the last read, or the start: how many operations have ended all the same. */
  ended?: number;
  /** The wave that is open, or the last one when all have passed; absent without waves. */
  wave?: {
    number: number;
    name: string;
    phase: WavePhase;
    /** When it moves on by itself, ms since the epoch. */
    until?: number;
  };
}

/** Short reads and writes of the projection. Each may run twice. */
export interface ProjectionActivities {
  /**
   * With a request, notes that its workflow has begun, in the row that is written where it is missing. Answers what
   * stands there.
   */
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
  /**
   * The operations that are due, in the order of the plan. Operations whose windows have closed meanwhile, or of which freezes have changed,
   * are put into other ones first.
   */
  readPlan(query: PlanQuery): Promise<PlanPart>;
  /** Records that the upgrade failed; answers the end that stands. */
  failOperation(input: DispatchRef & { code: FailureCode; message: string }): Promise<OperationOutcome>;
  /** Puts an operation that missed its window into the next one, unless this dispatch was given back already. */
  rescheduleOperation(ref: DispatchRef): Promise<{ givenUp: boolean }>;
  /** A child has ended without having begun: its operation waits for another dispatch. */
  giveBackOperation(ref: DispatchRef): Promise<void>;
  /** Cancels one operation that a person canceled before it began. */
  cancelOperation(input: DispatchRef & { reason: string }): Promise<void>;
  /**
   * Reads what is wanted, and notes that it was read, when everything has been done that is due by the time of the workflow: a budget is
   * charged, waves move on. Undefined without a row.
   */
  readControl(input: { orchestrationID: string; nowMs: number }): Promise<WantedOfOrchestration | undefined>;
  /** Carries out a command that came by signal: once, and not after a later one. */
  applyCommand(input: { orchestrationID: string; command: Command; numbered: CommandNumber }): Promise<void>;
  /** Carries out a retry that came by signal, once; what can't be retried any more is left as it is. */
  applyRetry(input: { orchestrationID: string; retry: RetryRequest }): Promise<void>;
  /** When a retry gets its turn: what another orchestration has upgraded since it was asked for is not tried again. */
  failOvertaken(input: { orchestrationID: string }): Promise<void>;
}

/** The reason why the runtime of an operation is taken, and what follows. */
export type BusyVerdict =
  /** The holder is this very operation, started by an earlier run: it only has to be adopted. */
  | { kind: 'own'; dispatch: number }
  | { kind: 'deferred' }
  | { kind: 'failed'; outcome: OperationOutcome }
  /** Its orchestration waits for no runtime. */
  | { kind: 'skipped' };

/** A child that was closed from outside, and what its parent was told of it. */
export interface LostChild extends DispatchRef {
  runtimeID: string;
  message: string;
}

/** Activities that talk to Temporal, the inventory, or run long statements. */
export interface OrchestrationActivities {
  /** Lets the queue look who waits, starting it where it is missing. */
  wakeQueue(): Promise<void>;
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
    /** The limits of the orchestration; undefined without limits. */
    limits?: Limits;
  }): Promise<{ children: CarriedChild[]; last?: number }>;
  /** Finds out who holds a runtime and defers, fails, skips or adopts accordingly. */
  settleBusy(input: DispatchRef & { runtimeID: string; timeoutSeconds: number }): Promise<BusyVerdict>;
  /**
   * Finds out what became of a child that was closed from outside, and fails its operation with the reason. Undefined when
   * its workflow runs all the same (it was reset): it only has to be adopted.
   */
  settleLost(input: LostChild): Promise<OperationOutcome | undefined>;
  /** Looks at children in flight; answers those that have ended without the parent hearing of it. */
  sweepChildren(input: {
    orchestrationID: string;
    children: CarriedChild[];
  }): Promise<{ operationID: string; dispatch: number; outcome: OperationOutcome }[]>;
}

export interface PolicyActivities {
  /** Reads the fleet, and says what the policy means for it, or for one runtime of it. */
  previewPolicy(request: PolicyPreviewRequest): Promise<PolicyPreviewAnswer>;
}

/** On a task queue of its own: it holds a whole fleet and its plan in memory. */
export interface PlanActivities {
  /** Makes the plan of a row that says `making`; changes nothing in another one. */
  makePlan(input: { planID: string }): Promise<void>;
}

/** Short writes of plans that are made to be looked at. */
export interface PlanProjectionActivities {
  /** Records that the plan can't be made; changes nothing once it is made. */
  failPlan(input: { planID: string; message: string }): Promise<void>;
}

/** The knowledge of the queue when it asks whose turn it is. */
export interface LineQuery {
  holders: Holder[];
  /** They could not be told of their turn. */
  except: string[];
}

export interface LineAnswer {
  waiting: WaitingLine;
  /** New holders, at most one for a lane. */
  turns: Holder[];
  /** More is to be looked at, once these have their turn. */
  isPartial: boolean;
  /** The pause of everything, in a sentence. */
  paused?: string;
}

/** How a watched orchestration ended. */
export interface WatchResult {
  status: string;
  reason?: string;
}

export interface QueueActivities {
  /** The open orchestrations that have the turn: for a queue that has lost its memory. */
  findHolders(): Promise<Holder[]>;
  /**
   * Those that wait, by their rows, and whose turn it is: in each lane that nobody holds the first one whose workflow runs. A workflow that was not
   * started yet is started, and a row whose workflow has ended is settled. Nobody's while everything is paused.
   */
  readLine(input: LineQuery): Promise<LineAnswer>;
  /** Ends when the chain of runs that begins with the holder's run has closed, however. */
  watchOrchestration(holder: Holder): Promise<WatchResult>;
  /** The run that a holder stands for today (a reset gives it another one); undefined when it has closed. */
  currentRun(holder: Holder): Promise<{ runID: string } | undefined>;
  /** Settles the row of an orchestration whose workflow is closed; changes nothing otherwise. */
  settleOrchestration(input: { orchestrationID: string }): Promise<void>;
}

/** Input of the upgrade activity. Small, and free of secrets: it stands in the history. The rest is in the row. */
export interface UpgradeInput extends DispatchRef {
  runtimeID: string;
  shootName: string;
  type: OrchestrationType;
  dryRun: boolean;
  /** For a scheduled operation: nothing is sent outside of it, or after its latest start. */
  window?: PlannedWindow;
  /** The keys that it takes, where there are limits. */
  keys?: LimitKeys;
}

/** An upgrade whose time is over. */
export interface OverdueUpgrade extends UpgradeInput {
  timeoutSeconds: number;
  /** The last words of the last execution. */
  said?: string;
}

/** The long ones, on their own task queue. */
export interface UpgradeActivities {
  /**
   * Claims the row, starts the upgrade, follows it to its end and records success. Answers the outcome that stands and a
   * sentence on it; throws typed failures, which the workflow records.
   */
  upgradeRuntime(input: UpgradeInput): Promise<{ outcome: OperationOutcome; description: string }>;
  /**
   * The last look at an upgrade whose time is over: what the Provisioner says then is recorded. Undefined when nobody has
   * begun to execute it, because no worker was there: its time has yet to begin.
   */
  judgeUpgrade(input: OverdueUpgrade): Promise<OperationOutcome | undefined>;
}

/** `overtaken` when a later read has begun meanwhile, `fresh` when there was a read a moment ago. */
export type FleetReadOutcome =
  { kind: 'read'; shoots: number; written: number; removed: number } | { kind: 'overtaken' | 'fresh' };

export interface FleetActivities {
  /** Reads the inventory into the database. Fails with INVENTORY_UNAVAILABLE, DATABASE_UNAVAILABLE and the codes of FinalError. */
  readFleet(request: FleetReadRequest): Promise<FleetReadOutcome>;
}

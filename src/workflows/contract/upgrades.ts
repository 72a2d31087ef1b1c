/**
 * Everything that clients, activities and workflows must agree on: workflow IDs, task queues, messages and the shapes
 * they carry. Every field added later must be optional: histories of earlier versions are still replayed.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { FailureCode } from '../../domain/errors.ts';
import type { Command, Pause } from '../../domain/upgrades/rollout-control.ts';
import type { LimitKeys } from '../../domain/upgrades/limits.ts';
import type { MaintenancePolicy } from '../../domain/upgrades/maintenance-policy.ts';
import type { PolicyPreview, RuntimeWindows } from '../../domain/upgrades/policy-preview.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../domain/upgrades/orchestration-parameters.ts';
import type { PlannedWindow } from '../../domain/upgrades/placement.ts';
import type { Tuning } from './engine.ts';
import type { OrchestrationState } from '../../domain/upgrades/states.ts';

/** The one queue of orchestrations. */
export const QUEUE_WORKFLOW_ID = 'orchestration-queue';

/** The lock that keeps two upgrades off one runtime: Temporal allows one open execution per ID. */
export function operationWorkflowID(runtimeID: string): string {
  return `runtime/${runtimeID}`;
}

/** One open execution per plan that is made to be looked at. */
export function rolloutPlanWorkflowID(planID: string): string {
  return `rollout-plan/${planID}`;
}

/** Input of the workflow that makes a plan; the request is in the plan's row. */
export interface RolloutPlanInput {
  planID: string;
  tuning?: Tuning;
}

/**
 * The request as its row has it. The workflow is started with it, and has it in its memo: a database that was restored
 * from before it gets its row back from there.
 */
export interface OrchestrationRequest {
  orchestrationID: string;
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  /** RFC 3339 UTC. */
  createdAt: string;
  /** Subject of the token. */
  createdBy: string;
  idempotencyKey?: string;
  /**
   * SHA-256 of the request without configured defaults, hex: tells a repeated request from another one under the same key.
   */
  requestHash?: string;
  /** The kept plan with the `planHash` of its parameters. */
  planID?: string;
  /** Why, in the words of who created it. */
  reason?: string;
  /** The lane that it waits and works in: as the parameters say, or the first one that was set when it was created. */
  lane?: string;
}

/**
 * Milliseconds that a workflow task of an orchestration may take. One that begins anew goes through some seven events for each child in flight, which takes
 * 10 ms of CPU. Temporal's own 10 s are too short for that with hundreds of them on a busy machine: each attempt would be given up before its
 * end, for ever.
 */
export function taskTimeoutMs(workers: number): number {
  return 10_000 + 40 * workers;
}

/** Input of the orchestration workflow. */
export interface OrchestrationInput {
  /** A first run carries the request; a retry run reads everything from the database. */
  request?: OrchestrationRequest;
  orchestrationID: string;
  mode: 'start' | 'retry';
  tuning?: Tuning;
  /** Set by continue-as-new only. */
  carried?: OrchestrationCarry;
}

/** A child in flight that a continued run takes over. */
export interface CarriedChild {
  operationID: string;
  runtimeID: string;
  shootName: string;
  attempt: number;
  dispatch: number;
  /** Window begin, RFC 3339, of a child that may still be asleep. */
  begin?: string;
  /** The number of its wave, where there are any. */
  wave?: number;
  /** Those that it has taken, where there are limits. */
  keys?: LimitKeys;
}

export interface OrchestrationCarry {
  children: CarriedChild[];
  canceling: boolean;
  canceledBy?: string;
  retries: RetryRequest[];
  /** The run of this chain that has asked for a turn, and got it. */
  firstRunID: string;
  total: number;
  done: number;
  commands: CarriedCommands;
}

/** Commands that came by signal. */
export interface CarriedCommands {
  /** Not in the row yet, in the order in which they came. */
  waiting: Command[];
  /** How many of this chain of runs are. */
  carriedOut: number;
}

/** A retry that came by signal. */
export interface RetryRequest {
  /** Makes the write idempotent: the same request never counts up an attempt twice. */
  requestID: string;
  /** Null: all failed operations. */
  operationIDs: string[] | null;
  requestedBy: string;
}

/** Input of the operation workflow, one child per runtime. */
export interface OperationInput {
  orchestrationID: string;
  operationID: string;
  runtimeID: string;
  shootName: string;
  type: OrchestrationType;
  attempt: number;
  /**
   * Grows with every child that is started for the operation: tells who acts for an earlier one from who acts for this one.
   */
  dispatch: number;
  dryRun: boolean;
  /** Absent for an immediate operation. */
  window?: PlannedWindow;
  /** The keys that it takes, where there are limits. */
  keys?: LimitKeys;
  tuning?: Tuning;
}

/** How a child ended. */
export type OperationOutcome =
  | { kind: 'succeeded' }
  | { kind: 'failed'; code: FailureCode; message: string }
  /** Released before it began to execute; still waiting in the plan. `isFull`: because one of its keys is taken as often as may be. */
  | { kind: 'released'; isFull?: boolean }
  /** Woke up outside of its window; must be scheduled into the next one. */
  | { kind: 'missed' }
  /** The plan no longer wants it (canceled, or an older attempt). */
  | { kind: 'canceled' };

/** The report of a detached child to its parent's workflow ID. */
export interface OutcomeReport {
  operationID: string;
  attempt: number;
  dispatch: number;
  outcome: OperationOutcome;
}

/** An orchestration that has the turn of its lane. `runID` is the first run of the chain: a later retry run is a turn of its own. */
export interface Holder {
  orchestrationID: string;
  runID: string;
  lane: string;
}

/** More that wait are not counted. */
export const MOST_COUNTED = 1_000;

/** Those that wait for a turn, as their rows said at the last look: how many, and the first ones of each lane in order. */
export interface WaitingLine {
  count: number;
  first: { orchestrationID: string; lane: string; queuedAt: string }[];
}

/** Answer of the queue's query. */
export interface QueueState {
  /** One in a lane. */
  holders: Holder[];
  waiting: WaitingLine;
  /** The pause of everything, in a sentence; absent while there is none. */
  paused?: string;
}

/** Answer of the progress query. */
export interface OrchestrationProgress {
  state: OrchestrationState;
  hasTurn: boolean;
  inFlight: CarriedChild[];
  total: number;
  done: number;
  canceling: boolean;
  /** Why nothing begins, by the last look at the row; empty when it may. */
  pauses: Pause[];
}

/** The preview of a maintenance policy: asked for by the API, made by a worker, which can read the inventory. */
export interface PolicyPreviewRequest {
  policy: MaintenancePolicy;
  /** From when on windows are looked for, ms since the epoch. */
  fromMs: number;
  /** The next windows of this runtime; of all runtimes, counted by zone, without it. */
  runtimeID?: string;
}

export type PolicyPreviewAnswer =
  | {
      kind: 'fleet';
      preview: PolicyPreview;
      /** Shoots that no policy could bring in, by reason. */
      leftOut: Record<string, number>;
    }
  | { kind: 'runtime'; runtimeID: string; shootName: string; windows: RuntimeWindows }
  /** No runtime of the fleet has that ID. */
  | { kind: 'unknown runtime' }
  /** The inventory could not be read; the message says why. */
  | { kind: 'inventory away'; message: string }
  /** The worker does not know a zone in it, or the like; the message says what. */
  | { kind: 'unusable policy'; message: string };

/** Cancels an orchestration; the argument, a name for the log, may be missing. */
/** The person who cancels, and why; the reason may be empty. */
export interface CancelRequest {
  by: string;
  reason: string;
}
export const cancelSignal = defineSignal<[CancelRequest]>('cancel');
/** By hand, what the API does with rows: tries failed operations again, all of them without an argument. */
export const retrySignal = defineSignal<[RetryRequest]>('retry');
/** By hand, what the API does with the row of an orchestration: `{"command": "pause"}` or `{"command": "resume"}`. */
export const commandSignal = defineSignal<[Command]>('command');
/** Queue to orchestration: it is your turn. */
export const turnSignal = defineSignal('turn');
/** Detached child to orchestration. */
export const outcomeSignal = defineSignal<[OutcomeReport]>('outcome');
/** Orchestration to child: report to this workflow ID by signal from now on. */
export const detachSignal = defineSignal<[string]>('detach');
/** Orchestration or reconciler to child: end now if you are still asleep. */
export const releaseSignal = defineSignal('release');
/** To the queue, from those that wait for a turn, and to an orchestration of which something else is wanted: look at the rows. */
export const lookSignal = defineSignal('look');

export const progressQuery = defineQuery<OrchestrationProgress>('progress');
export const queueStateQuery = defineQuery<QueueState>('state');

/** Asks for a read of the inventory. */
export interface FleetReadRequest {
  /** Seconds between two reads; one that is not half as old is enough. */
  everySeconds: number;
}

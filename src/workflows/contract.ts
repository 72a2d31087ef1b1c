/**
 * Everything that clients, activities and workflows must agree on: workflow IDs, task queues, messages and the shapes
 * they carry. Every field added later must be optional: histories of earlier versions are still replayed.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FailureCode } from '../domain/errors.ts';
import type { OrchestrationParameters, OrchestrationType } from '../domain/parameters.ts';
import type { OrchestrationState } from '../domain/states.ts';
import type { StackPlan } from '../domain/stack.ts';
import type { DesiredState, ObjectCondition, StackAction, StackStatus } from '../domain/stack-status.ts';

/** Workflows and short activities. */
export const TASK_QUEUE = 'drydock';
/** The long upgrade activities, apart, so that they can never starve the queue or the projection. */
export const UPGRADES_TASK_QUEUE = 'drydock-upgrades';
/** The activities that create, change and watch the objects of stacks, apart for the same reason. */
export const OBJECTS_TASK_QUEUE = 'drydock-objects';

/** The one queue of orchestrations. */
export const QUEUE_WORKFLOW_ID = 'orchestration-queue';
/** The Temporal Schedule that runs the reconciler. */
export const RECONCILER_SCHEDULE_ID = 'drydock-reconciler';

/** The lock that keeps two upgrades off one runtime: Temporal allows one open execution per ID. */
export function operationWorkflowID(runtimeID: string): string {
  return `runtime/${runtimeID}`;
}

/** The one workflow that looks after the instances of all stacks. */
export const STACK_MONITOR_WORKFLOW_ID = 'stack-monitor';

/** The workflow of the stack `/container/user/name`: `stack/container/user/name`. */
export function stackWorkflowID(name: string): string {
  return `stack${name}`;
}

/** Search attributes, all of type Keyword. */
export const SEARCH_ATTRIBUTES = [
  'OrchestrationState',
  'OrchestrationType',
  'RuntimeID',
  'StackStatus',
] as const;

export const WORKFLOW_TYPES = {
  orchestration: 'orchestrationWorkflow',
  queue: 'queueWorkflow',
  operation: 'operationWorkflow',
  reconcile: 'reconcileWorkflow',
  stack: 'stackWorkflow',
  stackMonitor: 'stackMonitorWorkflow',
} as const;

/** Values that change how a run behaves, fixed when the workflow starts so that replay sees the same ones. */
export interface Tuning {
  /** Continue as new after that many history events; only what Temporal suggests when not given. */
  continueAsNewAfterEvents?: number;
  /** Operations read from the plan at once, default 200. */
  pageSize?: number;
  /** Seconds between two looks at detached children, default 120. */
  sweepSeconds?: number;
  /** Seconds an operation may execute, default 10,800 (3 h). */
  operationTimeoutSeconds?: number;
  /** Seconds without a heartbeat after which an activity counts as dead, default 30. */
  heartbeatSeconds?: number;
  /** Objects of one stack that are created, changed or destroyed at the same time, default 10. */
  objectsAtOnce?: number;
  /** Seconds that one object may take to be created, changed or destroyed, with all attempts, default 1,800. */
  objectTimeoutSeconds?: number;
  /** Seconds between two looks at the instances of all stacks, default 10. */
  monitorSeconds?: number;
}

/** What the API starts an orchestration with; also its memo, so that a GET can answer before the row is written. */
export interface OrchestrationRequest {
  orchestrationID: string;
  type: OrchestrationType;
  parameters: OrchestrationParameters;
  /** RFC 3339 UTC. */
  createdAt: string;
  /** Subject of the token. */
  createdBy: string;
  idempotencyKey?: string;
  /** SHA-256 of the parsed request, hex: tells a repeated request from another one under the same key. */
  requestHash?: string;
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
}

export interface OrchestrationCarry {
  children: CarriedChild[];
  nextDispatch: number;
  canceling: boolean;
  canceledBy?: string;
  retries: RetryRequest[];
  /** Who has been asked for a turn in this chain, and got it. */
  firstRunID: string;
  total: number;
  done: number;
}

/** A retry that the API has accepted. */
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
  /** Grows with every child that an orchestration starts: tells a late report from the current one. */
  dispatch: number;
  dryRun: boolean;
  /** RFC 3339; absent for an immediate operation. */
  window?: { begin: string; end: string };
  tuning?: Tuning;
}

/** How a child ended. */
export type OperationOutcome =
  | { kind: 'succeeded' }
  | { kind: 'failed'; code: FailureCode; message: string }
  /** Released before it began to execute; still waiting in the plan. */
  | { kind: 'released' }
  /** Woke up outside of its window; must be scheduled into the next one. */
  | { kind: 'missed' }
  /** The plan no longer wants it (canceled, or an older attempt). */
  | { kind: 'canceled' };

/** What a detached child reports to its parent's workflow ID. */
export interface OutcomeReport {
  operationID: string;
  attempt: number;
  dispatch: number;
  outcome: OperationOutcome;
}

/** One place in the queue. `runID` is the first run of the chain: a later retry run is a turn of its own. */
export interface QueueEntry {
  orchestrationID: string;
  runID: string;
  /** RFC 3339; turns are given in this order. */
  createdAt: string;
}

export interface QueueState {
  waiting: QueueEntry[];
  holders: QueueEntry[];
}

/** Answer of the progress query. */
export interface OrchestrationProgress {
  state: OrchestrationState;
  hasTurn: boolean;
  inFlight: CarriedChild[];
  total: number;
  done: number;
  canceling: boolean;
}

/** Cancels an orchestration; the argument, a name for the log, may be missing. */
export const cancelSignal = defineSignal<[unknown?]>('cancel');
export const retrySignal = defineSignal<[RetryRequest]>('retry');
/** Queue to orchestration: it is your turn. */
export const turnSignal = defineSignal('turn');
/** Detached child to orchestration. */
export const outcomeSignal = defineSignal<[OutcomeReport]>('outcome');
/** Orchestration to child: report to this workflow ID by signal from now on. */
export const detachSignal = defineSignal<[string]>('detach');
/** Orchestration or reconciler to child: end now if you are still asleep. */
export const releaseSignal = defineSignal('release');
export const enqueueSignal = defineSignal<[QueueEntry]>('enqueue');

export const progressQuery = defineQuery<OrchestrationProgress>('progress');
export const queueStateQuery = defineQuery<QueueState>('state');

/** Input of a stack's workflow; everything else is read from the database, also after continue-as-new. */
export interface StackInput {
  /** `/container/user/name` */
  name: string;
  tuning?: Tuning;
  /** Set by continue-as-new only: commands to instances that were accepted and are not through. */
  carried?: InstanceCommand[];
  /** Set by continue-as-new only: Temporal's request to cancel came too late for the run before. */
  isCanceled?: boolean;
}

export interface InstanceCommand {
  label: string;
  name: string;
  desired: DesiredState;
}

/** Who asked, and for which of the four actions. */
export interface StackActionRequest {
  action: StackAction;
  /** Subject of a token, or `drydock`. */
  actor: string;
  /** A START on behalf of the object of another stack: its owner key. STOP of that object ends only what it started. */
  startedFor?: string;
}

/** A new definition, stored under its revision already; only names and digests travel. */
export interface StackDefineRequest {
  revision: string;
  plan: StackPlan;
  actor: string;
}

/** Removal of a stopped stack. */
export interface StackRemoveRequest {
  actor: string;
}

export interface InstanceRequest {
  /** Name of the instance. */
  instance: string;
  desired: DesiredState;
  actor: string;
}

/** An instance that is not as recorded; its workflow looks again before it believes that. */
export interface ObservedInstance {
  label: string;
  name: string;
}

/** Answer of an accepted update. */
export interface StackAnswer {
  status: StackStatus;
}

/** Answer of the query `progress` of a stack. */
export interface StackProgress {
  status: StackStatus;
  /** Number of objects in each condition. */
  objects: Partial<Record<ObjectCondition, number>>;
}

/** Types of the failures that a stack's updates are refused with; the message is for the caller. */
export const STACK_REFUSED = 'STACK_REFUSED';
export const STACK_UNKNOWN = 'STACK_UNKNOWN';
/** Type of the failure of an activity whose action has been overtaken: the run that asked for it must read the database. */
export const STACK_MOVED_ON = 'STACK_MOVED_ON';

export const stackActionUpdate = defineUpdate<StackAnswer, [StackActionRequest]>('action');
export const stackDefineUpdate = defineUpdate<StackAnswer, [StackDefineRequest]>('define');
/** Removes a stopped stack; its workflow ends. */
export const stackRemoveUpdate = defineUpdate<StackAnswer, [StackRemoveRequest]>('remove');
export const stackInstanceUpdate = defineUpdate<StackAnswer, [InstanceRequest]>('instance');
export const stackObservedSignal = defineSignal<[ObservedInstance[]]>('observed');
/** Asks a run to read the database again: it was reset, and knows less than its database. */
export const stackResyncSignal = defineSignal('resync');
export const stackProgressQuery = defineQuery<StackProgress>('progress');

/** Agreements between clients, activities and the workflows of stacks: workflow IDs, messages and the shapes they carry. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { StackPlan } from '../../domain/stacks/definition.ts';
import type {
  DesiredState,
  ObjectCondition,
  StackAction,
  StackStatus,
} from '../../domain/stacks/statuses.ts';
import type { Tuning } from './engine.ts';

/** The one workflow that looks after the instances of all stacks. */
export const STACK_MONITOR_WORKFLOW_ID = 'stack-monitor';

/** The workflow of the stack `/container/user/name`: `stack/container/user/name`. */
export function stackWorkflowID(name: string): string {
  return `stack${name}`;
}

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

/** One of the four actions, and who asked for it. */
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

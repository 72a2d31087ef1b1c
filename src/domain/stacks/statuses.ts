/**
 * Statuses of stacks, which may follow which, and what each action needs. The one table that code, the database's guarded
 * updates, the docs and the tests share.
 */
import { POWERED_TYPES, type ObjectType } from './definition.ts';

/** Every status of a stack, as it stands on the wire (A78). */
export const STACK_STATUSES = [
  'stopped',
  'scheduled',
  'starting',
  'ready',
  'shutting_down',
  'shut_down',
  'restarting',
  'stopping',
  'error',
  'warning',
] as const;
export type StackStatus = (typeof STACK_STATUSES)[number];

/** An operation is in progress (A87). */
export const TRANSITIONAL_STATUSES = ['starting', 'shutting_down', 'restarting', 'stopping'] as const;
export type TransitionalStatus = (typeof TRANSITIONAL_STATUSES)[number];

/** From which statuses each one may be entered. A new stack is stopped. */
export const STACK_ENTERED_FROM: Readonly<Record<StackStatus, readonly StackStatus[]>> = {
  stopped: ['stopping', 'scheduled'],
  scheduled: ['stopped'],
  // From ready, warning and shut_down when plans were added or removed.
  starting: ['stopped', 'scheduled', 'error', 'ready', 'warning', 'shut_down'],
  // From error when the last thing that was wrong has been mended by a command to an instance, or by itself.
  ready: ['starting', 'restarting', 'shutting_down', 'error', 'warning', 'shut_down'],
  shutting_down: ['ready', 'warning'],
  shut_down: ['shutting_down', 'starting', 'ready', 'error', 'warning'],
  restarting: ['shut_down', 'error'],
  stopping: ['ready', 'error', 'shut_down', 'warning', 'starting'],
  error: ['starting', 'restarting', 'stopping'],
  warning: ['starting', 'restarting', 'shutting_down', 'ready', 'shut_down', 'error'],
};

export const STACK_ACTIONS = ['START', 'STOP', 'SHUTDOWN', 'RESTART'] as const;
export type StackAction = (typeof STACK_ACTIONS)[number];

/** Everything that a status permits or not: the four actions, DELETE, and a change of the definition. */
export const STACK_REQUESTS = [...STACK_ACTIONS, 'DELETE'] as const;
export type StackRequest = (typeof STACK_REQUESTS)[number];

/** In which statuses each request is permitted (A69, A74, A88 to A91). STOP also ends a start in progress. */
export const PERMITTED_IN: Readonly<Record<StackRequest, readonly StackStatus[]>> = {
  START: ['stopped', 'error'],
  STOP: ['ready', 'error', 'shut_down', 'warning', 'scheduled', 'starting'],
  SHUTDOWN: ['ready', 'warning'],
  RESTART: ['shut_down', 'error'],
  DELETE: ['stopped'],
};

/** A definition may be replaced as a whole in these. */
export const REDEFINED_IN: readonly StackStatus[] = ['stopped', 'scheduled'];
/** Here only `ha_policy` may change, and whole plans may come or go. */
export const EXTENDED_IN: readonly StackStatus[] = ['ready', 'warning', 'shut_down', 'error'];
/** Single instances may be shut down and restarted in these. */
export const INSTANCES_CHANGED_IN: readonly StackStatus[] = ['ready', 'warning', 'shut_down', 'error'];

/** True while an operation is in progress. */
export function isTransitional(status: StackStatus): status is TransitionalStatus {
  return (TRANSITIONAL_STATUSES as readonly StackStatus[]).includes(status);
}

/** True when a stack in `from` may be set to `to`. */
export function mayEnterStackStatus(from: StackStatus, to: StackStatus): boolean {
  return STACK_ENTERED_FROM[to].includes(from);
}

/** Why a request is refused in this status, and what would be accepted; undefined when it is permitted. */
export function refusalOf(request: StackRequest, status: StackStatus): string | undefined {
  if (PERMITTED_IN[request].includes(status)) return undefined;
  return `${request} needs the status ${list(PERMITTED_IN[request])}, and the orchestration is ${status}; ${adviceIn(status)}`;
}

/** Advice on a status, for the end of a sentence. */
export function adviceIn(status: StackStatus): string {
  const permitted = STACK_REQUESTS.filter((request) => PERMITTED_IN[request].includes(status));
  if (status === 'starting') return 'wait until it has started, or send STOP';
  if (permitted.length === 0) return 'wait until that has ended';
  return `${list(permitted)} would be accepted now`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** State of one object. `stopped` is an instance that ended by itself; `failed` could not be created. */
export const OBJECT_CONDITIONS = [
  'absent',
  'creating',
  'available',
  'running',
  'shutting_down',
  'shutdown',
  'starting',
  'stopped',
  'failed',
  'destroying',
] as const;
export type ObjectCondition = (typeof OBJECT_CONDITIONS)[number];

/** State in which a person wants an instance. */
export const DESIRED_STATES = ['running', 'shutdown'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/** One object, as far as it decides on a status. */
export interface ObjectStanding {
  objType: ObjectType;
  condition: ObjectCondition;
  /** Why the last attempt failed; null when it did not. */
  error: string | null;
}

/** The terminal status that these objects amount to once nothing is in progress any more (A80 to A86). */
export function settledStatus(
  after: TransitionalStatus | undefined,
  objects: readonly ObjectStanding[],
): 'ready' | 'shut_down' | 'stopped' | 'error' | 'warning' {
  const failed = objects.some(({ error }) => error !== null);
  if (after === 'stopping') return failed ? 'error' : 'stopped';
  if ((after === 'starting' || after === 'restarting') && failed) return 'error';
  const powered = objects.filter(({ objType }) => POWERED_TYPES.has(objType));
  if (powered.length === 0) return after === 'shutting_down' ? 'shut_down' : 'ready';
  if (powered.every(({ condition }) => condition === 'running')) return 'ready';
  return powered.every(({ condition }) => condition === 'shutdown') ? 'shut_down' : 'warning';
}

/** The status of one plan, from its objects (A78): what is in progress comes first, then what went wrong. */
export function oplanStatus(objects: readonly ObjectStanding[]): StackStatus {
  const any = (...wanted: ObjectCondition[]): boolean =>
    objects.some(({ condition }) => wanted.includes(condition));
  if (any('destroying')) return 'stopping';
  if (any('creating')) return 'starting';
  if (any('shutting_down')) return 'shutting_down';
  if (any('starting')) return 'restarting';
  // An instance counts as what it does, whatever is said of it: one that ended by itself is a warning (A86), and one that would not
  // shut down runs (A80), as for the whole stack.
  const isInstance = (condition: ObjectCondition): boolean =>
    condition === 'running' || condition === 'shutdown' || condition === 'stopped';
  if (objects.some(({ condition, error }) => error !== null && !isInstance(condition))) return 'error';
  if (objects.every(({ condition }) => condition === 'absent')) return 'stopped';
  // Some exist and others wait for their turn.
  if (any('absent')) return 'starting';
  return settledStatus(undefined, objects);
}

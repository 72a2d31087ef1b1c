/** The activities of stacks, as their workflows see them. */
import type { FailureCode } from '../../domain/errors.ts';
import type {
  DesiredState,
  ObjectCondition,
  ObjectStanding,
  StackStatus,
} from '../../domain/stacks/statuses.ts';
import type { PlannedOplan, StackPlan } from '../../domain/stacks/definition.ts';

/** One object as a run of the workflow knows it. */
export interface StackObject extends ObjectStanding {
  label: string;
  name: string;
  desired: DesiredState;
  /** Number of the action that last brought it where that action wanted it. */
  doneFor: number;
}

/** Everything that a run of a stack's workflow begins with. */
export interface StackSnapshot {
  /** RFC 3339 UTC; tells the stack from a later one of its name. */
  createdAt: string;
  status: StackStatus;
  /** Counts the actions; the one in progress when the status is transitional. */
  action: number;
  /** When the last START took effect, RFC 3339 UTC; null when it never did. */
  startedAt: string | null;
  /** IDs of the latest updates that began something. */
  begunBy: string[];
  plan: StackPlan;
  /** Plans that a new definition has left out, whose objects are still to be destroyed. */
  retired: PlannedOplan[];
  /** Of all plans, the retired ones too. */
  objects: StackObject[];
}

/** Short writes and reads; run as local activities. Each may run twice. */
export interface StackProjectionActivities {
  /** Undefined when there is no such stack (any more). */
  loadStack(input: { name: string }): Promise<StackSnapshot | undefined>;
  /**
   * Moves the stack forward with its event. A transitional status gets a new action number, unless it stands already.
   * `startedFor` names the object of another stack on whose behalf a start happens; every other START clears it.
   */
  enterStackStatus(input: {
    name: string;
    status: StackStatus;
    actor: string;
    reason: string;
    startedFor?: string;
    /** ID of the update that begins it. */
    begunBy?: string;
    /** The latest action that the run knows of: one that was overtaken changes nothing. */
    seen: number;
  }): Promise<{
    action: number;
    status: StackStatus;
    /** The update had begun it, or something before it, earlier: nothing was changed. */
    isRepeated: boolean;
    /** False when what stands was begun by another update. */
    isTaken: boolean;
  }>;
  /**
   * Makes a stored revision the definition; plans that it leaves out are retired, or forgotten when none of their
   * objects exist.
   */
  activateRevision(input: {
    name: string;
    revision: string;
    actor: string;
  }): Promise<StackSnapshot | undefined>;
  /** Forgets retired plans, whose objects are destroyed. */
  forgetRetired(input: { name: string }): Promise<void>;
  /** Removes the stack with everything that belongs to it. */
  removeStack(input: { name: string; createdAt: string; actor: string }): Promise<void>;
  /** Records what a person wants of an instance, with its event. */
  setDesired(input: {
    name: string;
    label: string;
    object: string;
    desired: DesiredState;
    actor: string;
    /** ID of the update that asks for it: one that comes again changes nothing. */
    begunBy?: string;
  }): Promise<{
    /** The update came before, and something else is wanted since. */
    isOvertaken: boolean;
  }>;
  /** Records why an attempt at an object failed, with its event. */
  failObject(input: {
    name: string;
    label: string;
    object: string;
    code: FailureCode;
    message: string;
    /** The condition that it counts as until somebody looks again. */
    condition: ObjectCondition;
    /** The state wanted of it from now on; as before when left out. */
    desired?: DesiredState;
  }): Promise<void>;
  /** Records that somebody should hear of an instance that ended by itself. */
  notify(input: { name: string; label: string; object: string; reason: string }): Promise<void>;
}

/** One object, and the action on whose behalf something happens to it. */
export interface ObjectInput {
  stack: string;
  label: string;
  object: string;
  /** Number of the action: what was done for it already is not done again. 0 for what is done to a single instance. */
  action: number;
}

/** Brings one object somewhere and waits until it is there; on their own task queue, with heartbeats. */
export interface StackObjectActivities {
  /**
   * Creates it, or adopts what exists under its name. Answers its condition: `available`, `running`, `shutdown`, `stopped`.
   */
  createObject(input: ObjectInput): Promise<{ condition: ObjectCondition }>;
  /** Destroys what this stack created, and lets go of what it adopted. */
  destroyObject(input: ObjectInput): Promise<{ condition: 'absent' }>;
  shutDownInstance(input: ObjectInput): Promise<{ condition: ObjectCondition }>;
  /** Starts one that does not run; one that runs is restarted when `cycle` is set. */
  startInstance(input: ObjectInput & { cycle: boolean }): Promise<{ condition: ObjectCondition }>;
  /** Looks at an instance and records what differs from its row. `reason` says why it stopped. */
  inspectInstance(input: ObjectInput): Promise<{ condition: ObjectCondition; reason: string | null }>;
}

/** The one long activity that looks after instances. */
export interface StackMonitorActivities {
  /**
   * Compares instances with what is recorded, again and again, and tells the workflows of stacks what differs. Ends
   * now and then.
   */
  watchInstances(input: { everySeconds: number }): Promise<void>;
}

/**
 * The abilities of a driver for one type of object. A driver asks for things and answers at once; waiting until
 * they are so is its caller's part, by `describe`. Every call may be repeated, after a crash too: it is told whose object
 * it is by the owner key, which the driver keeps with the object. All throw UnavailableError('objects') when trying again
 * may help, and FinalError OBJECT_REFUSED when it cannot.
 */
import type { Json, ObjectSpec, ObjectType } from '../../../domain/stacks/definition.ts';

/** One object of one stack. */
export interface ObjectRef {
  objType: ObjectType;
  /** `/container/user/name` */
  name: string;
  /** Stack, label and object as one text, unique to this object of this stack. */
  owner: string;
}

export interface WantedObject extends ObjectRef {
  spec: ObjectSpec;
}

export interface DescribedObject {
  /** Identity in the driver's system: another one for every object that is created, the same across shutdown and restart. */
  id: string;
  /** Owner key of the one who created it; null when nobody that the driver knows of did. */
  owner: string | null;
  /**
   * `pending`: a change is under way, look again. `available`: exists, for types that do not run. `running`, `shutdown`:
   * for instances. `stopped`: an instance that ended without having been shut down. `failed`: will not get there.
   */
  state: 'pending' | 'available' | 'running' | 'shutdown' | 'stopped' | 'failed';
  /** Why it is `stopped` or `failed`, or why it still is `pending` where something is in its way; one line, for people. */
  reason?: string;
  /** Facts beyond the specification that the driver tells, such as an address; shown to callers. */
  attributes?: Record<string, Json>;
}

export interface ObjectDriver {
  /** Asks for the object; changes nothing when one of that type and name exists, whoever's it is. */
  create(object: WantedObject, signal: AbortSignal): Promise<void>;
  /** Asks for its end when it exists and its owner is the given one; changes nothing otherwise. */
  destroy(object: WantedObject, signal: AbortSignal): Promise<void>;
  /** Undefined when it does not exist (any more). */
  describe(object: ObjectRef, signal: AbortSignal): Promise<DescribedObject | undefined>;
}

/**
 * All that a driver knows of these objects, by name, out of few requests for many. An object that the answer leaves
 * out must be looked at by `describe`, and so must what matters: the answer may be a little old.
 */
export type Survey = (
  objects: readonly ObjectRef[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, DescribedObject>>;

/** For types whose objects run. */
export interface InstanceDriver extends ObjectDriver {
  /** Begins one look at very many. A driver without it is asked for each of them. */
  survey?(): Survey;
  /** Asks a shut down or stopped instance to run; changes nothing for one that runs. */
  start(object: WantedObject, signal: AbortSignal): Promise<void>;
  /** Asks a running instance to shut down gracefully, keeping its network and storage. */
  stop(object: WantedObject, signal: AbortSignal): Promise<void>;
  /** Asks a running instance for a power cycle; `token` names the request, so that a repeated one does nothing. */
  restart(object: WantedObject, token: string, signal: AbortSignal): Promise<void>;
}

/** Every type has its driver. */
export type Drivers = {
  readonly [T in Exclude<ObjectType, 'launchplan' | 'orchestration'>]: ObjectDriver;
} & {
  readonly launchplan: InstanceDriver;
  readonly orchestration: InstanceDriver;
};

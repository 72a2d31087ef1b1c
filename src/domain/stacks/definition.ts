/**
 * A stack: objects of several types with dependencies, started and stopped as a unit. On the wire it keeps the name that
 * its API has always had, orchestration; these are the shapes of that wire.
 */

/** Types of objects (A64). */
export const OBJECT_TYPES = [
  'launchplan',
  'storage/volume',
  'storage/attachment',
  'ip/reservation',
  'ip/association',
  'seclist',
  'secrule',
  'vnet',
  'orchestration',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Types whose objects run and can be shut down: instances, and nested stacks with their instances. */
export const POWERED_TYPES: ReadonlySet<ObjectType> = new Set(['launchplan', 'orchestration']);

/**
 * The answer to an instance that stops without having been shut down: `active` restarts it, `monitor` records and
 * notifies, `none` does nothing.
 */
export const HA_POLICIES = ['active', 'monitor', 'none'] as const;
export type HAPolicy = (typeof HA_POLICIES)[number];

export type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

/** One object as its definition describes it; fields beyond the name depend on its type. */
export interface ObjectSpec {
  /** `/container/user/name` */
  name: string;
  [field: string]: Json;
}

/** An entry of a launch plan, in place of single objects. */
export interface InstanceGroup {
  instances: ObjectSpec[];
  [field: string]: Json | ObjectSpec[];
}

/** An object plan: objects of one type. */
export interface Oplan {
  label: string;
  obj_type: ObjectType;
  ha_policy: HAPolicy;
  /** Instance groups for a launch plan, objects otherwise; at least one. */
  objects: (ObjectSpec | InstanceGroup)[];
}

/** `oplan` depends on `to_oplan`: that one is created first and destroyed last. */
export interface Relationship {
  oplan: string;
  to_oplan: string;
  type: 'depends';
}

/** The definition of a stack with every default filled in: what is stored, echoed and accepted again. */
export interface StackDefinition {
  /** `/container/user/name` */
  name: string;
  description: string;
  account: string;
  /** RFC 3339 UTC each, or null. */
  schedule: { start_time: string | null; stop_time: string | null };
  oplans: Oplan[];
  relationships: Relationship[];
}

/** One object plan as the engine needs it: names alone, for what an object contains may be confidential. */
export interface PlannedOplan {
  label: string;
  objType: ObjectType;
  haPolicy: HAPolicy;
  /** Names of its objects, instances for a launch plan, in order. */
  objects: string[];
  /** Labels of the plans that come first: the stated relationships, and those that the objects' references imply. */
  needs: string[];
  /** Those of `needs` whose objects its own objects refer to: they can't go while it stays. */
  uses?: string[];
  /** Changes with whatever may only be changed while stopped: type, objects, stated relationships among kept plans aside. */
  digest: string;
}

/** A definition as the engine needs it. */
export interface StackPlan {
  oplans: PlannedOplan[];
  /** Stated relationships, as in the definition. */
  relationships: Relationship[];
  schedule: StackDefinition['schedule'];
  /** Changes with description and account. */
  digest: string;
}

/** An object that another one refers to. */
export interface ObjectReference {
  objType: ObjectType;
  name: string;
}

/** A definition with what was made of it: the rows of its plans and objects, and which objects its instances use. */
export interface PreparedDefinition {
  definition: StackDefinition;
  revision: string;
  plan: StackPlan;
  /** Objects that its instances use, whether this definition has it or not. */
  uses: (ObjectReference & { instance: string })[];
}

/** Name of an object as one text, for the log and for people: `storage/volume /acme/jack/disk`. */
export function objectTitle(objType: ObjectType, name: string): string {
  return `${objType === 'launchplan' ? 'instance' : objType} ${name}`;
}

/**
 * The questions that the rest of the service may put to the tables of stacks. As for orchestrations: every write may
 * run twice and only moves forward, every change writes its event in the same statement or transaction, `now` is RFC
 * 3339 UTC.
 */
import type { FailureCode } from '../../../domain/errors.ts';
import type { DesiredState, ObjectCondition, StackStatus } from '../../../domain/stacks/statuses.ts';
import type {
  Json,
  ObjectReference,
  ObjectType,
  PlannedOplan,
  PreparedDefinition,
  StackDefinition,
  StackPlan,
} from '../../../domain/stacks/definition.ts';
import type { BackupEntryRow, BackupRow } from '../../schema/stacks/backups.ts';
import type { StackEventRow, StackObjectRow, StackRow } from '../../schema/stacks/life-cycles.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';

export type { BackupEntryRow, BackupRow, StackEventRow, StackObjectRow, StackRow };

export interface NewStack extends PreparedDefinition {
  createdBy: string;
  createdAt: string;
  idempotencyKey?: string;
  requestHash?: string;
}

/** The record of a new status. */
export interface StackStatusChange extends StateChange {
  /** Owner key of the object of another stack that it is started for. */
  startedFor?: string;
  /** ID of the update that begins it; kept, see `hasBegun`. */
  begunBy?: string;
  /** The latest action that is known. */
  action?: number;
}

/** Where one object stands. */
export interface ObjectKey {
  stack: string;
  label: string;
  name: string;
}

/** `/`, `/container/` or `/container/user/`: what a list is about. */
export interface Folder {
  container?: string;
  user?: string;
}

export interface LoadedStack {
  row: StackRow;
  plan: StackPlan;
  retired: PlannedOplan[];
  objects: StackObjectRow[];
  /** IDs of the latest updates that began something. */
  begunBy: string[];
}

/**
 * Judges a definition by those of the stacks that it nests, and throws to refuse it. `definitionsOf` answers what stands
 * under these names, with what is stored and not activated yet.
 */
export type NestingCheck = (definitionsOf: (names: string[]) => Promise<StackDefinition[]>) => Promise<void>;

export interface StackRepository {
  /**
   * Inserts the stack as stopped with all its rows and the event `added`; undefined, and nothing changes, when one of that
   * name exists, or one of this creator with that idempotency key. With a check, that and the insert are one step: no other
   * definition that nests stacks comes in between.
   */
  add(stack: NewStack, check?: NestingCheck): Promise<StackRow | undefined>;
  find(name: string): Promise<StackRow | undefined>;
  findByIdempotencyKey(createdBy: string, key: string): Promise<StackRow | undefined>;
  /** With plans and objects in the definition's order. */
  load(name: string): Promise<LoadedStack | undefined>;
  /** By name. */
  listNames(filter: { folder: Folder; statuses?: StackStatus[] }, paging: Paging): Promise<Page<string>>;
  /** How many have each status; none where there are none. */
  countByStatus(): Promise<Map<StackStatus, number>>;
  /** Those of the names that exist, with their definitions, by name. */
  listDefinitions(names: string[]): Promise<StackRow[]>;
  /**
   * By keyset on the name, '' to begin with: the stacks whose workflow must do something without being asked, since an
   * action is under way, a time of the schedule is awaited, or an instance is on its way or does not run.
   */
  listUnattended(after: string, limit: number): Promise<string[]>;
  /**
   * Moves the stack to `to` when the table of statuses permits it; answers the row that stands. A transitional status and
   * a START (`scheduled`, `starting`) of a stopped one count an action up; entering what stands already changes nothing.
   * With an `action` it changes only the stack whose latest action is that one: who was overtaken changes nothing.
   */
  enterStatus(name: string, to: StackStatus, change: StackStatusChange): Promise<StackRow | undefined>;
  /** True when an update of that ID has begun something with the stack, however long ago. */
  hasBegun(stack: string, update: string): Promise<boolean>;
  /** Notes an update that has begun something other than a status. Twice is once. */
  noteUpdate(stack: string, update: string, now: string): Promise<void>;
  /** The number of the latest action; undefined when the stack is gone. */
  currentAction(name: string): Promise<number | undefined>;
  /**
   * Stores a new definition under its revision, until it is activated. Twice is once. A check is one step with that,
   * as in `add`.
   */
  storeRevision(
    stack: string,
    prepared: PreparedDefinition,
    now: string,
    check?: NestingCheck,
  ): Promise<void>;
  /** Forgets a stored revision that was refused. */
  forgetRevision(revision: string): Promise<void>;
  findRevision(revision: string): Promise<{ stack: string; definition: StackDefinition } | undefined>;
  /**
   * Makes a revision the definition, in one transaction: rows of plans that are new are added, kept ones keep their
   * objects, left out ones are retired, or deleted when none of their objects exist. With the status stopped or scheduled
   * every object is as new. It must have been stored, and is used up by that, as are older ones: a second time, or when a
   * newer one was activated meanwhile, nothing changes.
   */
  activate(prepared: PreparedDefinition, change: StateChange): Promise<void>;
  /** Deletes retired plans whose objects are all absent. */
  forgetRetired(name: string): Promise<void>;
  /**
   * Removes the stopped stack that was added then, with everything but its events (A74). Changes nothing in another status,
   * nor of a later stack of that name.
   */
  remove(name: string, createdAt: string, change: StateChange): Promise<void>;
  listEvents(stack: string, paging: Paging): Promise<Page<StackEventRow>>;
  /** Which of these names exist, and where they stand; by name. */
  findMany(names: string[]): Promise<StackStanding[]>;
}

/** The fields of an object that change; those that are left out stay. */
export interface ObjectChange {
  condition?: ObjectCondition;
  desired?: DesiredState;
  objectID?: string | null;
  owned?: boolean | null;
  attributes?: Record<string, Json> | null;
  error?: string | null;
  failureCode?: FailureCode | null;
  doneFor?: number;
}

/** The event that a change of an object is written with, and the action on whose behalf it is. */
export type ObjectEvent = StateChange & {
  kind?: 'object' | 'desired' | 'observed' | 'notified';
  action?: number;
};

/** The columns of an instance that the monitor needs; its specification, which may be large, stays in the database. */
export type WatchedInstance = ObjectKey &
  Pick<StackObjectRow, 'objType' | 'condition' | 'desired' | 'pendingSince'>;

/** Where a stack stands, without its definition. */
export type StackStanding = Pick<StackRow, 'name' | 'status' | 'startedAt' | 'startedFor' | 'createdAt'>;

export interface StackObjectRepository {
  find(key: ObjectKey): Promise<StackObjectRow | undefined>;
  /** Those of one stack, in the definition's order. */
  ofStack(stack: string): Promise<StackObjectRow[]>;
  /** The objects of many stacks, by stack. */
  ofStacks(stacks: string[]): Promise<Map<string, StackObjectRow[]>>;
  /** Everything of that type under that name that exists, the owned one first, then what is only defined; at most 100. */
  findByName(objType: ObjectType, name: string): Promise<StackObjectRow[]>;
  /** Of these names those that exist, one row each; by name. */
  listNamed(objType: ObjectType, names: string[]): Promise<StackObjectRow[]>;
  /** Names of what exists, each once; by name. */
  listNames(objType: ObjectType, folder: Folder, paging: Paging): Promise<Page<string>>;
  /**
   * Writes what changes, with an event of kind `object` (or the given one) when the condition or what is desired differs.
   * One of kind `notified` tells of no change, and is not repeated while nothing else happens to the object. A write on
   * behalf of an action (`doneFor` or `action`) before the one that the object was last brought through changes nothing.
   */
  change(key: ObjectKey, change: ObjectChange, event: ObjectEvent): Promise<StackObjectRow | undefined>;
  /**
   * The object, which its stack had created, is gone: writes its own row as `change` does, and in the same transaction those
   * of other stacks that had adopted it, which say so in their error and an event. `id` is its identity in the driver's
   * system: whoever has a later one of its name is told nothing.
   */
  destroyed(
    key: ObjectKey,
    change: ObjectChange,
    event: ObjectEvent,
    object: ObjectReference & { id: string | null },
  ): Promise<void>;
  /** The attachments of a stack to one of its instances that it has created, in the order of their plans' labels. */
  attachmentsTo(stack: string, instance: string): Promise<StackObjectRow[]>;
  /** Instances and nested stacks that exist, by keyset, for the monitor. Not those of stacks in a transitional status. */
  listPowered(after: ObjectKey | undefined, limit: number): Promise<WatchedInstance[]>;
  /** Notes since when an instance that should run has not been ready; null when it is. */
  notePending(key: ObjectKey, since: string | null): Promise<void>;
}

/** A backup without its entries. */
export interface BackupRepository {
  /**
   * Writes every stack into it: those that define an instance (A93) and create nothing that instances of other stacks use
   * (A94), and of the others the reason. Twice under one ID is once.
   */
  create(backup: { id: string; createdBy: string; createdAt: string }): Promise<BackupRow>;
  find(id: string): Promise<BackupRow | undefined>;
  /** Newest first. */
  list(paging: Paging): Promise<Page<BackupRow>>;
  /** By keyset on the name, '' to begin with. */
  entries(id: string, kind: 'included' | 'excluded', after: string, limit: number): Promise<BackupEntryRow[]>;
  /** False when there was none. */
  remove(id: string): Promise<boolean>;
}

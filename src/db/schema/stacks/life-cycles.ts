import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import { sql, type SQL } from 'drizzle-orm';
import type { DesiredState, ObjectCondition, StackStatus } from '../../../domain/stacks/statuses.ts';
import type {
  HAPolicy,
  Json,
  ObjectSpec,
  ObjectType,
  StackDefinition,
} from '../../../domain/stacks/definition.ts';
import { instant } from '../instant.ts';
import { OF_PEOPLE } from '../of-people.ts';
import { streamPlace } from '../stream-place.ts';
import { nameText } from './name-text.ts';

/** One row per stack: its definition, and the projection of its workflow. */
export const stacks = pgTable(
  'stacks',
  {
    /** `/container/user/name` */
    name: nameText('name').primaryKey(),
    /** First part of the name, and the first two, for lists: `/container/` and `/container/user/`. */
    container: nameText('container').notNull(),
    folder: nameText('folder').notNull(),
    definition: jsonb('definition').$type<StackDefinition>().notNull(),
    /** The revision that the definition came with. */
    revision: uuid('revision').notNull(),
    status: text('status').$type<StackStatus>().notNull(),
    statusAt: instant('status_at').notNull(),
    /** Counts the transitional statuses that were entered, and `scheduled`. */
    action: integer('action').notNull(),
    /** When the last START took effect. */
    startedAt: instant('started_at'),
    /** Stop time of the definition's schedule. */
    stopAt: instant('stop_at'),
    /** Owner key of the object of another stack that this one was started for. */
    startedFor: text('started_for'),
    createdBy: text('created_by').notNull(),
    idempotencyKey: text('idempotency_key'),
    requestHash: text('request_hash'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    // With the status, so that a page of names and its total come from the index alone.
    index('stacks_container').on(t.container, t.name, t.status),
    index('stacks_folder').on(t.folder, t.name, t.status),
    index('stacks_status').on(t.status, t.name),
    // Stacks that must go on by themselves, for the reconciler.
    index('stacks_unattended')
      .on(t.name)
      .where(
        sql`${t.status} in ('starting', 'shutting_down', 'restarting', 'stopping', 'scheduled') or (${t.stopAt} is not null and ${t.status} <> 'stopped')`,
      ),
    uniqueIndex('stacks_idempotency')
      .on(t.createdBy, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);
export type StackRow = typeof stacks.$inferSelect;

/** Updates of a stack's workflow that have begun something: one that comes again, whenever that is, begins nothing. */
export const stackUpdates = pgTable(
  'stack_updates',
  {
    stack: nameText('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    /** As Temporal knows it; unique within one workflow. */
    id: text('id').notNull(),
    at: instant('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.stack, t.id] }), index('stack_updates_at').on(t.stack, t.at)],
);

/** New definitions on their way to the workflow, which makes one of them the definition. */
export const stackRevisions = pgTable(
  'stack_revisions',
  {
    revision: uuid('revision').primaryKey(),
    stack: nameText('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    definition: jsonb('definition').$type<StackDefinition>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('stack_revisions_stack').on(t.stack, t.createdAt)],
);

/** One row per object plan. */
export const stackOplans = pgTable(
  'stack_oplans',
  {
    stack: nameText('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    label: nameText('label').notNull(),
    position: integer('position').notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    haPolicy: text('ha_policy').$type<HAPolicy>().notNull(),
    /** Labels of the plans that come first. */
    needs: jsonb('needs').$type<string[]>().notNull(),
    digest: text('digest').notNull(),
    /** No longer in the definition; its objects are still to be destroyed. */
    retired: boolean('retired').notNull(),
  },
  (t) => [primaryKey({ columns: [t.stack, t.label] })],
);

/**
 * True for an object that exists, or is about to; written out, so that the planner sees that the indexes with this
 * condition fit.
 */
export function existing(t: { objectID: AnyPgColumn; condition: AnyPgColumn }): SQL {
  return sql`(${t.objectID} is not null or ${t.condition} = 'creating')`;
}

/** One row per object of a definition: what became of it. */
export const stackObjects = pgTable(
  'stack_objects',
  {
    stack: nameText('stack').notNull(),
    label: nameText('label').notNull(),
    name: nameText('name').notNull(),
    /** Within its plan. */
    position: integer('position').notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    /** Containers of the name, as for stacks. */
    container: nameText('container').notNull(),
    folder: nameText('folder').notNull(),
    spec: jsonb('spec').$type<ObjectSpec>().notNull(),
    condition: text('condition').$type<ObjectCondition>().notNull(),
    conditionAt: instant('condition_at').notNull(),
    desired: text('desired').$type<DesiredState>().notNull(),
    /** Identity in the driver's system; null while it does not exist. */
    objectID: text('object_id'),
    /** True when this stack created it, false when it was there before; null while it does not exist. */
    owned: boolean('owned'),
    attributes: jsonb('attributes').$type<Record<string, Json>>(),
    /** Why the last attempt failed, or why it stopped. */
    error: text('error'),
    failureCode: text('failure_code'),
    /** Number of the action that last brought it where that action wanted it. */
    doneFor: integer('done_for').notNull(),
    /** Since when the monitor has found an instance that should run not ready; null when it is. */
    pendingSince: instant('pending_since'),
  },
  (t) => [
    primaryKey({ columns: [t.stack, t.label, t.name] }),
    foreignKey({
      name: 'stack_objects_oplan',
      columns: [t.stack, t.label],
      foreignColumns: [stackOplans.stack, stackOplans.label],
    }).onDelete('cascade'),
    index('stack_objects_name').on(t.objType, t.name),
    index('stack_objects_container').on(t.objType, t.container, t.name).where(existing(t)),
    index('stack_objects_folder').on(t.objType, t.folder, t.name).where(existing(t)),
    // Objects that somebody must be at work on, or decide about, for the reconciler.
    index('stack_objects_off')
      .on(t.stack)
      .where(
        sql`${t.condition} in ('starting', 'shutting_down') or (${t.condition} = 'running' and ${t.desired} = 'shutdown') or (${t.objType} in ('launchplan', 'orchestration') and ${t.condition} in ('shutdown', 'stopped'))`,
      ),
    // Instances that exist, for the monitor.
    index('stack_objects_powered')
      .on(t.stack, t.label, t.name)
      .where(
        sql`${t.objType} in ('launchplan', 'orchestration') and ${t.condition} in ('running', 'shutdown', 'stopped')`,
      ),
  ],
);
export type StackObjectRow = typeof stackObjects.$inferSelect;

/** Which objects the instances of a definition use: the second condition of a backup (A94) asks for it. */
export const stackUses = pgTable(
  'stack_uses',
  {
    stack: nameText('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    instance: nameText('instance').notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    name: nameText('name').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.stack, t.instance, t.objType, t.name] }),
    index('stack_uses_object').on(t.objType, t.name),
  ],
);

/** Append-only, as the events of orchestrations; they stay when the stack is removed. */
export const stackEvents = pgTable(
  'stack_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    stack: nameText('stack').notNull(),
    at: instant('at').notNull(),
    /** Subject of a token, or `drydock`. */
    actor: text('actor').notNull(),
    /** `added`, `status`, `defined`, `object`, `desired`, `observed`, `notified`, `removed`. */
    kind: text('kind').notNull(),
    label: nameText('label'),
    object: nameText('object'),
    fromState: text('from_state'),
    toState: text('to_state'),
    reason: text('reason').notNull(),
    tx: streamPlace(),
  },
  (t) => [
    index('stack_events_stack').on(t.stack, t.id),
    index('stack_events_stream').on(t.tx, t.id),
    index('stack_events_of_people').on(t.at, t.id).where(OF_PEOPLE.stacks),
    index('stack_events_errors')
      .on(t.at, t.id)
      .where(sql`${t.kind} = 'status' and ${t.toState} = 'error' and ${t.object} is null`),
  ],
);
export type StackEventRow = Omit<typeof stackEvents.$inferSelect, 'tx'>;

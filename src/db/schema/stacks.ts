import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import type { DesiredState, ObjectCondition, StackStatus } from '../../domain/stack-status.ts';
import type { HAPolicy, Json, ObjectSpec, ObjectType, StackDefinition } from '../../domain/stack.ts';
import { instant } from './instant.ts';

/** One row per stack: its definition, and the projection of its workflow. */
export const stacks = pgTable(
  'stacks',
  {
    /** `/container/user/name` */
    name: text('name').primaryKey(),
    /** First part of the name, and the first two, for lists: `/container/` and `/container/user/`. */
    container: text('container').notNull(),
    folder: text('folder').notNull(),
    definition: jsonb('definition').$type<StackDefinition>().notNull(),
    /** The revision that the definition came with. */
    revision: uuid('revision').notNull(),
    status: text('status').$type<StackStatus>().notNull(),
    statusAt: instant('status_at').notNull(),
    /** Counts the transitional statuses that were entered. */
    action: integer('action').notNull(),
    /** When the last START took effect. */
    startedAt: instant('started_at'),
    /** Owner key of the object of another stack that this one was started for. */
    startedFor: text('started_for'),
    createdBy: text('created_by').notNull(),
    idempotencyKey: text('idempotency_key'),
    requestHash: text('request_hash'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    index('stacks_container').on(t.container, t.name),
    index('stacks_folder').on(t.folder, t.name),
    index('stacks_status').on(t.status, t.name),
    uniqueIndex('stacks_idempotency')
      .on(t.createdBy, t.idempotencyKey)
      .where(sql`${t.idempotencyKey} is not null`),
  ],
);
export type StackRow = typeof stacks.$inferSelect;

/** New definitions on their way to the workflow, which makes one of them the definition. */
export const stackRevisions = pgTable(
  'stack_revisions',
  {
    revision: uuid('revision').primaryKey(),
    stack: text('stack')
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
    stack: text('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    label: text('label').notNull(),
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

/** One row per object of a definition: what became of it. */
export const stackObjects = pgTable(
  'stack_objects',
  {
    stack: text('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    label: text('label').notNull(),
    name: text('name').notNull(),
    position: integer('position').notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    /** Containers of the name, as for stacks. */
    container: text('container').notNull(),
    folder: text('folder').notNull(),
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
  },
  (t) => [
    primaryKey({ columns: [t.stack, t.label, t.name] }),
    index('stack_objects_name').on(t.objType, t.name),
    index('stack_objects_container').on(t.objType, t.container, t.name),
    index('stack_objects_folder').on(t.objType, t.folder, t.name),
    // What the monitor looks at: instances that exist.
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
    stack: text('stack')
      .notNull()
      .references(() => stacks.name, { onDelete: 'cascade' }),
    instance: text('instance').notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    name: text('name').notNull(),
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
    stack: text('stack').notNull(),
    at: instant('at').notNull(),
    /** Subject of a token, or `drydock`. */
    actor: text('actor').notNull(),
    /** `added`, `status`, `defined`, `object`, `desired`, `observed`, `notified`, `removed`. */
    kind: text('kind').notNull(),
    label: text('label'),
    object: text('object'),
    fromState: text('from_state'),
    toState: text('to_state'),
    reason: text('reason').notNull(),
  },
  (t) => [index('stack_events_stack').on(t.stack, t.id)],
);
export type StackEventRow = typeof stackEvents.$inferSelect;

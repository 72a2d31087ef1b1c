import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { ObjectSpec, ObjectType } from '../../../domain/stacks/definition.ts';
import { instant } from '../instant.ts';
import { nameText } from './name-text.ts';

/** The objects of the simulated driver. What they are at a given moment follows from these times and the clock. */
export const simulatedObjects = pgTable(
  'simulated_objects',
  {
    objType: text('obj_type').$type<ObjectType>().notNull(),
    name: nameText('name').notNull(),
    id: uuid('id').notNull(),
    /** Owner key of the one who created it; null for one that was there before. */
    owner: text('owner'),
    spec: jsonb('spec').$type<ObjectSpec>().notNull(),
    /** `running` or `shutdown` for an instance, `available` otherwise, once `settledAt` has come; `gone` is then removed. */
    goal: text('goal').$type<'available' | 'running' | 'shutdown' | 'gone'>().notNull(),
    settledAt: instant('settled_at').notNull(),
    /** An instance that ends by itself, and when. */
    diesAt: instant('dies_at'),
    /** Objects that it refers to, as `storage/volume /a/b/c`. */
    refers: text('refers').array().notNull(),
    /** The last power cycle that was asked for. */
    restartToken: text('restart_token'),
  },
  (t) => [
    primaryKey({ columns: [t.objType, t.name] }),
    index('simulated_objects_refers').using('gin', t.refers),
  ],
);
export type SimulatedObjectRow = typeof simulatedObjects.$inferSelect;

/** Requests to a simulated object. */
export type SimulatedOperation = 'create' | 'destroy' | 'start' | 'stop' | 'restart';

/** Every request that changed something or was made to fail, in order. */
export const simulatedJournal = pgTable(
  'simulated_journal',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull(),
    operation: text('operation').$type<SimulatedOperation>().notNull(),
    objType: text('obj_type').$type<ObjectType>().notNull(),
    name: nameText('name').notNull(),
    owner: text('owner'),
    objectID: uuid('object_id'),
    /** `done`, or `failed` on demand. */
    outcome: text('outcome').$type<'done' | 'failed'>().notNull(),
  },
  (t) => [index('simulated_journal_object').on(t.objType, t.name, t.operation)],
);
export type SimulatedJournalRow = typeof simulatedJournal.$inferSelect;

/** Failures and latency on demand. */
export const simulatedFaults = pgTable(
  'simulated_faults',
  {
    objType: text('obj_type').$type<ObjectType>().notNull(),
    name: nameText('name').notNull(),
    operation: text('operation').$type<SimulatedOperation>().notNull(),
    /** Refused with this message; null only slows down. */
    message: text('message'),
    /** How often yet; null for ever. */
    times: integer('times'),
    latencyMs: integer('latency_ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.objType, t.name, t.operation] })],
);

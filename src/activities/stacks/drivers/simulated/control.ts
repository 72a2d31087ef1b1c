/** The simulated world from outside, for tests and demonstrations: what no stack asks for and yet happens. */
import { randomUUID } from 'node:crypto';
import { asc, sql } from 'drizzle-orm';
import type { Database } from '../../../../db/connection.ts';
import {
  simulatedFaults,
  simulatedJournal,
  simulatedObjects,
  type SimulatedJournalRow,
  type SimulatedOperation,
} from '../../../../db/schema/stacks/simulation.ts';
import type { Json, ObjectType } from '../../../../domain/stacks/definition.ts';
import { referencesOf, referenceText } from '../../../../domain/stacks/object-references.ts';
import type { DescribedObject } from '../driver.ts';
import { describeRow, instantOf } from './condition.ts';
import { isObject } from './changes.ts';

type Fault = typeof simulatedFaults.$inferSelect;

/** An object of the simulated world. */
export interface SimulatedObject extends DescribedObject {
  objType: ObjectType;
  name: string;
}

export interface SimulationControl {
  /** The instance ends now, as if by itself. Throws when there is none. */
  kill(instance: string): Promise<void>;
  /** The operation fails with this message as often as said, or until `clearFaults`. */
  fail(
    objType: ObjectType,
    name: string,
    operation: SimulatedOperation,
    failure: { message: string; times?: number },
  ): Promise<void>;
  /** The operation takes that much longer, until `clearFaults`. */
  slow(objType: ObjectType, name: string, operation: SimulatedOperation, latencyMs: number): Promise<void>;
  clearFaults(): Promise<void>;
  /** An object that exists already and belongs to nobody; takes the place of one of that name. Answers its ID. */
  put(objType: ObjectType, name: string, spec?: Record<string, Json>): Promise<string>;
  /** The object vanishes, whoever's it is and whoever needs it. */
  remove(objType: ObjectType, name: string): Promise<void>;
  /** The requests that were carried out, in order, for objects with names that begin so. */
  journal(prefix?: string): Promise<SimulatedJournalRow[]>;
  /** The objects that exist under names that begin so, by type and name. */
  objects(prefix?: string): Promise<SimulatedObject[]>;
}

/** `clock` must be that of the drivers. */
export function simulationControl(database: Database, clock: () => number): SimulationControl {
  const setFault = (
    fault: Pick<Fault, 'objType' | 'name' | 'operation'>,
    set: { message: string; times: number | null } | { latencyMs: number },
  ): Promise<void> =>
    database.run(async (db) => {
      const { objType, name, operation } = simulatedFaults;
      await db
        .insert(simulatedFaults)
        .values({ ...fault, latencyMs: 0, ...set })
        .onConflictDoUpdate({ target: [objType, name, operation], set });
    });

  return {
    kill: (name) =>
      database.run(async (db) => {
        const killed = await db
          .update(simulatedObjects)
          .set({ diesAt: instantOf(clock()) })
          .where(isObject({ objType: 'launchplan', name }))
          .returning({ id: simulatedObjects.id });
        if (killed.length === 0) throw new Error(`There is no instance ${name} to kill`);
      }),
    fail: (objType, name, operation, { message, times }) =>
      setFault({ objType, name, operation }, { message, times: times ?? null }),
    slow: (objType, name, operation, latencyMs) => setFault({ objType, name, operation }, { latencyMs }),
    clearFaults: () => database.run(async (db) => void (await db.delete(simulatedFaults))),
    put: (objType, name, spec = {}) =>
      database.run(async (db) => {
        const id = randomUUID();
        const row = {
          id,
          owner: null,
          spec: { ...spec, name },
          goal: objType === 'launchplan' ? ('running' as const) : ('available' as const),
          settledAt: instantOf(clock()),
          diesAt: null,
          refers: referencesOf(objType, spec).map(referenceText),
          restartToken: null,
        };
        await db
          .insert(simulatedObjects)
          .values({ objType, name, ...row })
          .onConflictDoUpdate({ target: [simulatedObjects.objType, simulatedObjects.name], set: row });
        return id;
      }),
    remove: (objType, name) =>
      database.run(async (db) => void (await db.delete(simulatedObjects).where(isObject({ objType, name })))),
    journal: (prefix = '') =>
      database.run(async (db) => {
        const wanted = sql`starts_with(${simulatedJournal.name}, ${prefix})`;
        return await db.select().from(simulatedJournal).where(wanted).orderBy(asc(simulatedJournal.id));
      }),
    objects: (prefix = '') =>
      database.run(async (db) => {
        const now = instantOf(clock());
        const rows = await db
          .select()
          .from(simulatedObjects)
          .where(sql`starts_with(${simulatedObjects.name}, ${prefix})`)
          .orderBy(asc(simulatedObjects.objType), asc(simulatedObjects.name));
        return rows.flatMap((row) => {
          const described = describeRow(row, now);
          return described ? [{ ...described, objType: row.objType, name: row.name }] : [];
        });
      }),
  };
}

import { and, eq, sql } from 'drizzle-orm';
import type { Database, Drizzle } from '../../../../db/connection.ts';
import {
  simulatedFaults,
  simulatedJournal,
  simulatedObjects,
  type SimulatedObjectRow,
  type SimulatedOperation,
} from '../../../../db/schema/stacks/simulation.ts';
import { FinalError } from '../../../../domain/errors.ts';
import { objectTitle } from '../../../../domain/stacks/definition.ts';
import type { ObjectRef, WantedObject } from '../driver.ts';
import { instantOf, isGone, simulationOf } from './condition.ts';

/** A transaction of the simulated driver. */
export type Transaction = Pick<Drizzle, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

/** One request for one object, while nobody else changes that object. */
export interface Request {
  tx: Transaction;
  /** The object that exists under the name at this moment. */
  row: SimulatedObjectRow | undefined;
  now: string;
  /** When the operation will be through, `moreMs` later if given. */
  settlesAt(moreMs?: number): string;
}

/** The change that a request makes: the columns of its object, or `'removed'`; undefined when there is nothing to do. */
export type Effect = Partial<SimulatedObjectRow> | 'removed';

export type RequestHandler = (
  operation: SimulatedOperation,
  object: WantedObject,
  signal: AbortSignal,
  work: (request: Request) => Effect | undefined | Promise<Effect | undefined>,
) => Promise<void>;

/**
 * Carries out requests, each in one transaction that locks the object's name, changes the object and writes the journal: a
 * crash leaves all of that or nothing. A failure on demand is written too, and counted, before it is thrown.
 */
export function createRequestHandler(database: Database, clock: () => number): RequestHandler {
  return async (operation, object, signal, work) => {
    signal.throwIfAborted();
    const failure = await database.run((db) =>
      db.transaction(async (tx) => {
        await lock(tx, object);
        const now = clock();
        const row = await findRow(tx, object, instantOf(now));
        const fault = await findFault(tx, object, operation);
        const latencyMs = simulationOf(object.spec).latencyMs + (fault?.latencyMs ?? 0);
        const settlesAt = (moreMs = 0): string => instantOf(now + latencyMs + moreMs);
        const effect = await work({ tx, row, now: instantOf(now), settlesAt });
        if (effect === undefined) return undefined;
        const message = await failureOf(tx, object, operation, fault);
        const id = row?.id ?? (effect === 'removed' ? undefined : effect.id);
        if (message === undefined) await apply(tx, object, row, effect);
        await tx.insert(simulatedJournal).values({
          at: instantOf(now),
          operation,
          objType: object.objType,
          name: object.name,
          owner: object.owner,
          objectID: message === undefined || row ? id : null,
          outcome: message === undefined ? 'done' : 'failed',
        });
        return message;
      }),
    );
    if (failure !== undefined) {
      throw new FinalError('OBJECT_REFUSED', `${objectTitle(object.objType, object.name)}: ${failure}`);
    }
  };
}

/** One request at a time per name, whether an object of it exists or not. */
async function lock(tx: Transaction, { objType, name }: ObjectRef): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${objType} ${name}`}, 0))`);
}

/** The object that exists under the name, locked against those who want to refer to it. */
async function findRow(
  tx: Transaction,
  object: ObjectRef,
  now: string,
): Promise<SimulatedObjectRow | undefined> {
  const [row] = await tx.select().from(simulatedObjects).where(isObject(object)).for('update');
  return row && !isGone(row, now) ? row : undefined;
}

export function isObject({ objType, name }: Pick<ObjectRef, 'objType' | 'name'>): ReturnType<typeof and> {
  return and(eq(simulatedObjects.objType, objType), eq(simulatedObjects.name, name));
}

async function apply(
  tx: Transaction,
  object: WantedObject,
  row: SimulatedObjectRow | undefined,
  effect: Effect,
): Promise<void> {
  if (row && effect !== 'removed') {
    await tx.update(simulatedObjects).set(effect).where(isObject(object));
    return;
  }
  // A row of what is gone makes room.
  await tx.delete(simulatedObjects).where(isObject(object));
  if (effect !== 'removed') await tx.insert(simulatedObjects).values(effect as SimulatedObjectRow);
}

type Fault = typeof simulatedFaults.$inferSelect;

async function findFault(
  tx: Transaction,
  { objType, name }: ObjectRef,
  operation: SimulatedOperation,
): Promise<Fault | undefined> {
  return (
    await tx
      .select()
      .from(simulatedFaults)
      .where(isFault(objType, name, operation))
      .for('update')
  )[0];
}

function isFault(
  objType: ObjectRef['objType'],
  name: string,
  operation: SimulatedOperation,
): ReturnType<typeof and> {
  return and(
    eq(simulatedFaults.objType, objType),
    eq(simulatedFaults.name, name),
    eq(simulatedFaults.operation, operation),
  );
}

/** Why the operation fails this time: as somebody has set, or as the object's specification says. */
async function failureOf(
  tx: Transaction,
  object: WantedObject,
  operation: SimulatedOperation,
  fault: Fault | undefined,
): Promise<string | undefined> {
  if (fault && fault.message !== null) {
    if (fault.times !== null) {
      const times = fault.times - 1;
      const left = times > 0 ? { times } : { times: null, message: null };
      await tx
        .update(simulatedFaults)
        .set(left)
        .where(isFault(object.objType, object.name, operation));
    }
    return fault.message;
  }
  const specified = simulationOf(object.spec).failureOf(operation);
  if (!specified) return undefined;
  const [failed] = await tx.execute<{ times: number }>(sql`
    select count(*)::int as times from simulated_journal
    where obj_type = ${object.objType} and name = ${object.name} and operation = ${operation}
      and owner = ${object.owner} and outcome = 'failed'`);
  return (failed?.times ?? 0) < specified.times ? specified.message : undefined;
}

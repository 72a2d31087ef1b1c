/**
 * Objects without a cloud: they are rows, and what they are at a given moment follows from the rows and the clock, so
 * that a crash of this process changes nothing about them. An object can be told, in its field `simulation`, how long
 * its operations take, which of them fail, and when it ends by itself;
 * src/activities/stacks/drivers/simulated/control.ts does the same from outside.
 */
import { randomUUID } from 'node:crypto';
import { and, eq, inArray } from 'drizzle-orm';
import type { Database } from '../../../../db/connection.ts';
import { simulatedObjects } from '../../../../db/schema/stacks/simulation.ts';
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';
import { objectTitle } from '../../../../domain/stacks/definition.ts';
import { referenceText } from '../../../../domain/stacks/object-references.ts';
import type { Drivers, InstanceDriver, ObjectDriver, Survey, WantedObject } from '../driver.ts';
import { describeRow, hasDied, instantOf, simulationOf } from './condition.ts';
import { requireReferences, requireUnused } from './reference-checks.ts';
import { createRequestHandler, isObject, type Effect, type Request, type RequestHandler } from './changes.ts';

/** Drivers for every type but nested stacks; `clock` gives milliseconds. */
export function createSimulatedDrivers(
  database: Database,
  clock: () => number,
): Omit<Drivers, 'orchestration'> {
  const handle = createRequestHandler(database, clock);
  const driver: ObjectDriver = {
    create: (object, signal) => handle('create', object, signal, (request) => create(request, object)),
    destroy: (object, signal) => handle('destroy', object, signal, (request) => destroy(request, object)),
    describe: (object, signal) =>
      database.run(async (db) => {
        signal.throwIfAborted();
        const [row] = await db.select().from(simulatedObjects).where(isObject(object));
        return row && describeRow(row, instantOf(clock()));
      }),
  };
  return {
    launchplan: { ...driver, ...powerOf(handle), survey: () => surveyOf(database, clock) },
    'storage/volume': driver,
    'storage/attachment': driver,
    'ip/reservation': driver,
    'ip/association': driver,
    seclist: driver,
    secrule: driver,
    vnet: driver,
  };
}

async function create(request: Request, object: WantedObject): Promise<Effect | undefined> {
  const { row, settlesAt } = request;
  const { objType, name, owner, spec } = object;
  if (row?.goal === 'gone') {
    throw new UnavailableError(
      'objects',
      `${objectTitle(objType, name)} is still being destroyed; try again when it is gone`,
    );
  }
  if (row) return undefined;
  const references = await requireReferences(request, object);
  const runs = objType === 'launchplan';
  const { diesAfterMs } = simulationOf(spec);
  return {
    objType,
    name,
    id: randomUUID(),
    owner,
    spec,
    goal: runs ? 'running' : 'available',
    settledAt: settlesAt(),
    diesAt: runs && diesAfterMs !== undefined ? settlesAt(diesAfterMs) : null,
    refers: references.map(referenceText),
    restartToken: null,
  };
}

async function destroy(request: Request, object: WantedObject): Promise<Effect | undefined> {
  const { row, now, settlesAt } = request;
  if (!row || row.goal === 'gone' || row.owner !== object.owner) return undefined;
  await requireUnused(request, object);
  return settlesAt() <= now ? 'removed' : { goal: 'gone', settledAt: settlesAt() };
}

function powerOf(handle: RequestHandler): Pick<InstanceDriver, 'start' | 'stop' | 'restart'> {
  return {
    start: (object, signal) =>
      handle('start', object, signal, (request) => {
        const row = requireRow(request, object);
        if (row.goal === 'running' && !hasDied(row, request.now)) return undefined;
        return { goal: 'running', settledAt: request.settlesAt(), diesAt: null };
      }),
    stop: (object, signal) =>
      handle('stop', object, signal, (request) => {
        if (requireRow(request, object).goal === 'shutdown') return undefined;
        return { goal: 'shutdown', settledAt: request.settlesAt(), diesAt: null };
      }),
    restart: (object, asked, signal) =>
      handle('restart', object, signal, (request) => {
        const row = requireRow(request, object);
        // Another stack that has adopted it may count its requests alike.
        const token = `${object.owner} ${asked}`;
        if (row.goal === 'shutdown' || row.restartToken === token) return undefined;
        return {
          goal: 'running',
          settledAt: request.settlesAt(),
          diesAt: null,
          restartToken: token,
        };
      }),
  };
}

/** One query for all that are asked for at once. */
function surveyOf(database: Database, clock: () => number): Survey {
  const { objType, name } = simulatedObjects;
  return (objects, signal) =>
    database.run(async (db) => {
      signal.throwIfAborted();
      const names = objects.map((object) => object.name);
      const wanted = and(eq(objType, 'launchplan'), inArray(name, names));
      const rows = await db.select().from(simulatedObjects).where(wanted);
      const now = instantOf(clock());
      return new Map(
        rows.flatMap((row) => {
          const described = describeRow(row, now);
          return described ? [[row.name, described] as const] : [];
        }),
      );
    });
}

function requireRow({ row }: Request, { objType, name }: WantedObject): NonNullable<Request['row']> {
  if (row && row.goal !== 'gone') return row;
  throw new FinalError(
    'OBJECT_REFUSED',
    `${objectTitle(objType, name)} does not exist; START creates what is missing once the status is error or stopped`,
  );
}

/** The event stream of the program `npm run api`, which is killed, and its database with it, while 10,000 operations change. */
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { startOutside } from '../e2e/service.ts';
import { Rest } from '../e2e/rest.ts';
import { dice } from '../support/dice.ts';
import { atEndOfFile, freePort, until } from '../support/environment.ts';
import { changesIn, comeAndGo, faultsOf, StreamClient } from '../support/event-stream.ts';
import { startOwnServers } from '../support/own-servers.ts';
import { runCommand, type Program } from '../support/program.ts';
import { aPlan, AT, EXECUTION, FIRST } from '../support/rows.ts';

const OPERATIONS = 10_000;
const CLIENTS = 20;
/** Operations that change at the same time. */
const AT_ONCE = 50;
/** Changes that a client may be behind; a thousand more, for long, and it would be told to read everything anew. */
const AHEAD = 800;

/** Does something again until the database is there for it, as activities do. */
async function insisting(work: () => Promise<unknown>): Promise<void> {
  await until(
    async () => {
      try {
        await work();
        return true;
      } catch (error) {
        if (error instanceof UnavailableError) return false;
        throw error;
      }
    },
    { what: 'the database is there', limitMs: 120_000 },
  );
}

async function carryOut({ operations }: Repositories, operationID: string): Promise<void> {
  await insisting(() => operations.claim(operationID, EXECUTION, AT));
  const end = { state: 'succeeded', description: 'done' } as const;
  await insisting(() => operations.finish(operationID, FIRST, end, AT));
}

/** A client that takes nothing once it has been greeted. */
async function openSlowly(url: string, token: string): Promise<IncomingMessage> {
  const request = get(`${url}/events/stream`, {
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  atEndOfFile(() => void response.destroy());
  return response;
}

it('20 clients that come and go during 10,000 operations see each change once, in order per operation, over a killed API and a killed database, with slow clients beside them', async () => {
  const { place, database: server } = await startOwnServers();
  const outside = await startOutside(place);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...outside.env, PORT: String(port), LOG_LEVEL: 'warn' };
  const start = async (): Promise<Program> => {
    const program = runCommand('api', [], { env });
    await until(
      () =>
        fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { what: 'the API listens' },
    );
    return program;
  };
  let program = await start();
  const database = openDatabase(place.databaseURL);
  atEndOfFile(() => database.close());
  const repositories = createRepositories(database);
  const { id, operationIDs } = await aPlan(repositories, OPERATIONS);
  const token = await outside.tokenFor('runtimeAdmin');
  const before = (await new Rest(url, token).events(id)).length;

  const roll = dice(29);
  const query = `?orchestration=${id}`;
  const clients = Array.from({ length: CLIENTS }, () => new StreamClient({ url, token, query }));
  for (const client of clients) {
    expect(await client.connect()).toBe(200);
    await client.receives('hello');
    await client.disconnect();
  }
  let slow = [await openSlowly(url, token), await openSlowly(url, token)];
  const counts = new Map<StreamClient, { messages: number; changes: number }>();
  /** Each message is looked at once. */
  const countOf = (client: StreamClient): number => {
    const counted = counts.get(client) ?? { messages: 0, changes: 0 };
    for (; counted.messages < client.messages.length; counted.messages++) {
      const message = client.messages[counted.messages];
      if (message) counted.changes += changesIn(message).length;
    }
    counts.set(client, counted);
    return counted.changes;
  };
  let isDone = false;
  const coming = clients.map((client) => comeAndGo(client, { most: 20, roll, isDone: () => isDone }));
  for (let from = 0; from < operationIDs.length; from += AT_ONCE) {
    const changing = Promise.all(
      operationIDs.slice(from, from + AT_ONCE).map((operationID) => carryOut(repositories, operationID)),
    );
    if (from === OPERATIONS * 0.3) {
      program.signal('SIGKILL');
      await program.exitCode;
      program = await start();
      slow = [await openSlowly(url, token), await openSlowly(url, token)];
    }
    if (from === OPERATIONS * 0.6) {
      await server.kill();
      await server.again();
    }
    await changing;
    await until(() => clients.every((client) => countOf(client) + AHEAD >= 2 * from), {
      what: `all clients have seen most of ${from} operations`,
      limitMs: 120_000,
    });
  }
  await until(() => clients.every((client) => countOf(client) >= 2 * OPERATIONS), { what: 'all is told' });
  isDone = true;
  const times = await Promise.all(coming);
  const log = (await new Rest(url, token).events(id)).slice(before);
  expect(log).toHaveLength(2 * OPERATIONS);
  for (const client of clients) expect(faultsOf(client, log)).toEqual([]);
  expect(Math.min(...times)).toBeGreaterThan(10);

  // Changes that the slow ones have not taken were not kept for them.
  for (const response of slow) {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    response.resume();
    await until(() => text.includes('event: reset'), {
      what: 'a slow client is told to read everything anew',
    });
    expect(text).toContain('"reason":"too-slow"');
  }
  program.signal('SIGTERM');
  expect(await program.exitCode).toBe(0);
});

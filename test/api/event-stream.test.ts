import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEventStreams, type EventStreams } from '../../src/api/event-stream/event-streams.ts';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { dice } from '../support/dice.ts';
import { atEndOfTest } from '../support/endings.ts';
import { until } from '../support/environment.ts';
import { changesIn, comeAndGo, faultsOf, StreamClient, type StreamMessage } from '../support/event-stream.ts';
import { gate } from '../support/gate.ts';
import { newSecret } from '../support/receiver.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';
import { ApiRig, repositoriesAway, UNKNOWN_ID } from './api-rig.ts';
import { documentOf, expectValid, schemasOf } from './openapi-document.ts';

let rig: ApiRig;
let laterMs = 0;
/** Only for durations: no token expires by it. */
let longerMs = 0;
const change = { actor: 'alice', reason: 'why', now: AT };

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => Date.now() + laterMs });
});

afterEach(() => {
  laterMs = 0;
  longerMs = 0;
});

type StreamOptions = Partial<Parameters<typeof createEventStreams>[0]>;

interface Service {
  url: string;
  streams: EventStreams;
  close(): Promise<void>;
}

/** The API of the rig on a port, with streams of its own. */
async function serve(options: StreamOptions = {}, port = 0): Promise<Service> {
  const { repositories, logger, clock } = rig.deps;
  const elapsed = (): number => performance.now() + laterMs + longerMs;
  const streams = createEventStreams({ repositories, logger, clock, elapsed, ...options });
  const api = await startAPI({ app: rig.with({ streams }).app, port, host: '127.0.0.1' });
  const close = async (): Promise<void> => {
    await streams.close();
    await api.close();
  };
  atEndOfTest(close);
  return { url: api.url, streams, close };
}

async function connect({ url }: Service, query = '', lastID?: string): Promise<StreamClient> {
  const client = new StreamClient({ url, token: await rig.token('runtimeOperator'), query });
  client.lastID = lastID;
  atEndOfTest(() => client.disconnect());
  expect(await client.connect()).toBe(200);
  await client.receives('hello');
  return client;
}

/** An operation's two changes. */
async function carryOut(operationID: string): Promise<void> {
  await rig.repositories.operations.claim(operationID, EXECUTION, AT);
  await rig.repositories.operations.finish(
    operationID,
    FIRST,
    { state: 'succeeded', description: 'done' },
    AT,
  );
}

async function logOf(id: string): Promise<{ eventID: number; operationID: string | null }[]> {
  const rows: { eventID: number; operationID: string | null }[] = [];
  for (let page = 1; ; page += 1) {
    const found = await rig.repositories.events.list(id, {}, { page, pageSize: 1000 });
    rows.push(...found.rows.map(({ id: eventID, operationID }) => ({ eventID, operationID })));
    if (rows.length >= found.total) return rows;
  }
}

describe('who may open a stream', () => {
  it.each([
    [401, null, ''],
    [403, 'nobody', ''],
    [200, 'operator', ''],
    [200, 'admin', ''],
    [404, 'admin', `?orchestration=${UNKNOWN_ID}`],
    [404, 'admin', '?stack=/no/such/stack'],
    [400, 'admin', '?orchestration=seven'],
    [400, 'admin', '?stack=seven'],
    [400, 'admin', '?colour=red'],
  ])('%i for %s with %j', async (status, who, query) => {
    const token = who === 'nobody' ? await rig.token('others') : who;
    const headers: Record<string, string> =
      token === null ? {} : { authorization: `Bearer ${await tokenOf(token)}` };
    const { app } = rig.with({ streams: (await serve()).streams });
    const response = await app.request(`/events/stream${query}`, { headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(
      status === 200 ? 'text/event-stream' : 'application/problem+json',
    );
    await response.body?.cancel();
  });

  const tokenOf = async (token: string): Promise<string> =>
    token === 'operator' || token === 'admin'
      ? await rig.token(token === 'admin' ? 'runtimeAdmin' : 'runtimeOperator')
      : token;

  it('is answered without a stream to HEAD', async () => {
    const service = await serve();
    const answer = await rig.with({ streams: service.streams }).call('HEAD', '/events/stream');
    expect([answer.status, service.streams.count]).toEqual([200, 0]);
  });

  it('only so many at a time: then 503, until one ends', async () => {
    const service = await serve({ most: 2 });
    const first = await connect(service);
    await connect(service);
    const third = new StreamClient({ url: service.url, token: await rig.token('runtimeAdmin') });
    atEndOfTest(() => third.disconnect());
    expect(await third.connect()).toBe(503);
    const answer = await rig.with({ streams: service.streams }).call('GET', '/events/stream');
    expect(answer.headers.get('Retry-After')).toBe('10');
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:too-many-streams' });
    await first.disconnect();
    await until(async () => (await third.connect()) === 200, { what: 'there is room again' });
  });

  it('before anything is read for one more: not even whether there is what it asks for', async () => {
    const { streams } = await serve({ most: 0 });
    const other = rig.with({ streams });
    const of = `?orchestration=${UNKNOWN_ID}`;
    expect((await other.call('GET', `/events/stream${of}`)).status).toBe(503);
    expect((await other.call('HEAD', `/events/stream${of}`)).status).toBe(404);
  });

  it('nobody while the database is away: 503', async () => {
    const streams = createEventStreams({ ...rig.deps, repositories: repositoriesAway() });
    atEndOfTest(() => streams.close());
    const answer = await rig.with({ streams }).call('GET', '/events/stream');
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable' });
    expect(streams.count).toBe(0);
  });
});

async function isRead(): Promise<boolean> {
  const { changes } = rig.repositories;
  return !(await changes.read(await changes.last(), 1)).isHeldUp;
}

describe('a stream', () => {
  it('begins with hello, which says when to come back, and tells what happens from then on', async () => {
    const service = await serve();
    const { id } = await aPlan(rig.repositories, 1);
    const client = await connect(service, `?orchestration=${id}`);
    expect(client.messages).toMatchObject([{ event: 'hello', data: { resumed: false } }]);
    expect(client.retryMs).toBeGreaterThanOrEqual(1_000);
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
    const isCancel = ({ data }: StreamMessage): boolean =>
      JSON.stringify(data).includes('"toState":"canceling"');
    await until(() => client.messages.some(isCancel), { what: 'the cancel is told' });
    expect(client.messages.find(isCancel)).toMatchObject({
      event: 'orchestration',
      data: {
        change: { reason: 'why', actor: 'alice' },
        orchestration: { orchestrationID: id, state: 'canceling' },
      },
    });
  });

  it('has an event for each log, with data as documented', async () => {
    const service = await serve();
    const client = await connect(service);
    const { orchestrations, control, queue, policies, stacks, stackObjects } = rig.repositories;
    const waves = [
      {
        number: 0,
        name: 'canary',
        size: 1,
        workers: null,
        soakMinutes: 0,
        approval: { notByCreator: false },
        budgetMax: null,
      },
      { number: 1, name: 'rest', size: 0, workers: null, soakMinutes: 0, approval: null, budgetMax: null },
    ];
    const request = aRequest();
    request.parameters.strategy.waves = [
      { name: 'canary', count: 1, approval: { notByCreator: false } },
    ] as never;
    const { id, operationIDs } = await aPlan(rig.repositories, 1, request, { waves });
    await carryOut(operationIDs[0] ?? '');
    const move = async (to: object): Promise<void> => {
      const [row] = await control.waveRows(id);
      if (!row) throw new Error('There is no wave');
      const seen = { ...row, revision: 0, controlRevision: 0 };
      expect(await control.moveWave(id, seen, { reason: 'why', ...to } as never, AT)).toBe(true);
    };
    await move({ to: 'gate' });
    await move({ to: 'asking', expiresAt: null });
    await queue.change(true, change);
    await queue.change(false, change);
    await stacks.add(aStack(aDefinition('/acme/jack/told')));
    await stacks.enterStatus('/acme/jack/told', 'starting', change);
    const key = { stack: '/acme/jack/told', label: 'disks', name: '/acme/jack/told-disk' };
    await stackObjects.change(key, { condition: 'creating' }, change);
    await policies.add(EMPTY_POLICY, { after: 0, changedBy: 'alice', reason: 'why', now: AT });
    const webhook = { id: randomUUID(), url: 'https://hooks.example.com/t0psecret', description: 'pager' };
    const added = { ...webhook, events: [], secret: newSecret(), createdBy: 'alice', now: AT };
    await rig.repositories.webhooks.add(added, 50);
    await orchestrations.transition(id, 'canceling', change);
    await client.receives('webhook');
    await until(() => JSON.stringify(client.messages).includes('canceling'), { what: 'all of it is told' });

    const validate = schemasOf(await documentOf(rig));
    const names = new Set(client.messages.map(({ event }) => event));
    expect([...names].sort()).toEqual(
      [
        'approval',
        'hello',
        'object',
        'operation',
        'orchestration',
        'policy',
        'queue',
        'stack',
        'wave',
        'webhook',
      ].sort(),
    );
    for (const { event, data } of client.messages) {
      const name = `Stream${event.charAt(0).toUpperCase()}${event.slice(1)}`;
      expectValid(validate('components', 'schemas', name), data);
    }
    expect(client.named('operation').at(-1)?.data).toMatchObject({
      operations: [{ operation: { operationID: operationIDs[0], state: 'succeeded', wave: 0 } }],
    });
    expect(client.named('wave')[0]?.data).toMatchObject({
      wave: 0,
      waves: [{ name: 'canary' }, { name: 'rest' }],
    });
    expect(client.named('approval')[0]?.data).toMatchObject({
      ...{ wave: 0, change: { kind: 'wave', toState: 'asking' } },
      waves: [{ phase: 'asking', question: { number: 1 } }, { phase: 'waiting' }],
    });
    expect(client.named('queue')[0]?.data).toMatchObject({ change: { kind: 'paused', actor: 'alice' } });
    expect(client.named('policy')[0]?.data).toMatchObject({ change: { version: 1 }, policy: { version: 1 } });
    expect(client.named('webhook')[0]?.data).toEqual({
      change: {
        ...{ at: expect.any(String) as string, actor: 'alice', kind: 'added' },
        ...{ reason: 'Told of all but window.upcoming', webhookID: webhook.id, webhook: 'pager' },
      },
      webhook: { webhookID: webhook.id, description: 'pager', enabled: true },
    });
    expect(client.named('stack').at(-1)?.data).toMatchObject({
      ...{ change: { toState: 'starting' }, stack: { name: '/acme/jack/told', status: 'starting' } },
    });
    expect(client.named('object')[0]?.data).toMatchObject({
      ...{ change: { toState: 'creating' }, object: { name: key.name, oplan: 'disks', state: 'creating' } },
    });
  });

  it('tells those who ask for an orchestration, or a stack, of nothing else', async () => {
    const service = await serve();
    const one = await aPlan(rig.repositories, 1);
    const other = await aPlan(rig.repositories, 1);
    await rig.repositories.stacks.add(aStack(aDefinition('/acme/jack/one')));
    await rig.repositories.stacks.add(aStack(aDefinition('/acme/jack/other')));
    // Changes from before are told to none of them.
    const ofOne = await connect(service, `?orchestration=${one.id}`);
    const ofStack = await connect(service, '?stack=/acme/jack/one');
    const ofBoth = await connect(service, `?orchestration=${other.id}&stack=/acme/jack/one`);
    const started = (client: StreamClient): number => client.messages.length;
    expect([ofOne, ofStack, ofBoth].map(started)).toEqual([1, 1, 1]);
    for (const { operationIDs } of [one, other]) await carryOut(operationIDs[0] ?? '');
    for (const name of ['one', 'other']) {
      await rig.repositories.stacks.enterStatus(`/acme/jack/${name}`, 'starting', change);
    }
    await rig.repositories.queue.change(true, change);
    await rig.repositories.queue.change(false, change);
    await ofOne.receives('queue', 2);
    await ofBoth.receives('queue', 2);
    await ofStack.receives('stack');
    const about = (client: StreamClient): string[] => {
      const text = JSON.stringify(client.messages);
      return [one.id, other.id, '/acme/jack/one', '/acme/jack/other', '"queue"'].filter((word) =>
        text.includes(word),
      );
    };
    expect(about(ofOne)).toEqual([one.id, '"queue"']);
    expect(about(ofStack)).toEqual(['/acme/jack/one']);
    expect(about(ofBoth)).toEqual([other.id, '/acme/jack/one', '"queue"']);
  });

  it('brings what comes together in one message, each operation once', async () => {
    const changes = { ...rig.repositories.changes };
    const service = await serve({ repositories: { ...rig.repositories, changes } });
    const { id, operationIDs } = await aPlan(rig.repositories, 20);
    const client = await connect(service, `?orchestration=${id}`);
    // However slow the machine is, all have been carried out when they are read.
    const reading = gate(changes, 'read', 'before');
    await Promise.all(operationIDs.map(carryOut));
    reading.open();
    const isTold = (): boolean => client.messages.flatMap(changesIn).length >= 40;
    await until(isTold, { what: 'all changes are told' });
    expect(client.named('operation').length).toBeLessThan(20);
    expect(
      faultsOf(
        client,
        (await logOf(id)).filter(({ operationID }) => operationID !== null),
      ),
    ).toEqual([]);
  });

  it('hears of changes of other processes, and does not wait for its next look', async () => {
    const client = await connect(await serve({ pollMs: 3_600_000 }));
    // A look is due while older transactions are under way, and once when it listens.
    await rig.repositories.orchestrations.record(aRequest());
    await client.receives('orchestration');
    await rig.repositories.orchestrations.record(aRequest());
    await client.receives('orchestration', 2);
  });

  it('finds changes by itself when it can hear of none', async () => {
    const changes: typeof rig.repositories.changes = {
      ...rig.repositories.changes,
      listen: () => Promise.reject(new Error('nothing can be heard here')),
    };
    const client = await connect(await serve({ repositories: { ...rig.repositories, changes } }));
    await rig.repositories.orchestrations.record(aRequest());
    await client.receives('orchestration');
  });

  it('says now and then that it lives, and how far it has got although nothing is told', async () => {
    const service = await serve();
    const { id } = await aPlan(rig.repositories, 1);
    // Transactions of others in the same PostgreSQL hold up what was written before: it would be told after the beginning.
    await until(async () => await isRead(), { what: 'what was written can be read' });
    const client = await connect(service, `?orchestration=${id}`);
    const { lastID } = client;
    await aPlan(rig.repositories, 1);
    await until(
      () => {
        laterMs = 15_000 * (client.comments + 1);
        return client.lastID !== lastID;
      },
      { what: 'a comment brings an ID' },
    );
    expect(client.comments).toBeGreaterThan(0);
    expect(client.messages.map(({ event }) => event)).toEqual(['hello']);
  });

  it('ends with bye when the token expires', async () => {
    const service = await serve();
    const client = await connect(service);
    expect(service.streams.count).toBe(1);
    laterMs = 605_000;
    expect((await client.receives('bye')).data).toEqual({ reason: 'token-expired' });
    await client.ended();
    expect(await client.connect()).toBe(401);
    expect(service.streams.count).toBe(0);
  });

  it('ends with bye when the service ends, before requests under way are cut off', async () => {
    const service = await serve();
    const clients = [await connect(service), await connect(service)];
    await service.streams.close();
    for (const client of clients) {
      expect((await client.receives('bye')).data).toEqual({ reason: 'shutting-down' });
      await client.ended();
    }
  });

  it('that is being opened when the service ends ends with bye, too', async () => {
    const changes = { ...rig.repositories.changes };
    const beginning = gate(changes, 'last', 'before');
    const { streams } = await serve({ repositories: { ...rig.repositories, changes } });
    const opening = streams.open({ filter: {}, expiresAt: Infinity });
    await until(() => beginning.arrived() === 1, { what: 'the stream is being opened' });
    const closing = streams.close();
    beginning.open();
    expect(await new Response(await opening).text()).toContain('"reason":"shutting-down"');
    await closing;
    expect(streams.count).toBe(0);
  });

  it('shows the pause of everything at each orchestration', async () => {
    const client = await connect(await serve());
    const { id } = await aPlan(rig.repositories, 1);
    const { control, queue } = rig.repositories;
    await queue.change(true, change);
    atEndOfTest(async () => {
      await queue.change(false, change);
    });
    const command = { command: 'workers', workers: 2, by: 'bob', reason: 'more' } as const;
    expect(await control.command(id, command, AT)).toMatchObject({ changed: true });
    const isOfCommand = ({ data }: StreamMessage): boolean =>
      JSON.stringify(data).includes('2 workers: more');
    await until(() => client.messages.some(isOfCommand), { what: 'the command is told' });
    expect(client.messages.find(isOfCommand)).toMatchObject({
      event: 'orchestration',
      data: {
        orchestration: { orchestrationID: id, paused: true, pauses: [{ code: 'queue', by: 'alice' }] },
      },
    });
  });
});

describe('who comes back', () => {
  it('gets what came since, and nothing twice', async () => {
    const service = await serve();
    const { id, operationIDs } = await aPlan(rig.repositories, 3);
    const client = await connect(service, `?orchestration=${id}`);
    await carryOut(operationIDs[0] ?? '');
    const seen = (): number => client.messages.flatMap(changesIn).length;
    await until(() => seen() >= 2, { what: 'the first is told' });
    await client.disconnect();
    await carryOut(operationIDs[1] ?? '');
    await carryOut(operationIDs[2] ?? '');
    expect(await client.connect()).toBe(200);
    await until(() => seen() >= 6, { what: 'the others are told' });
    expect(client.named('hello').map(({ data }) => (data as { resumed: boolean }).resumed)).toEqual([
      false,
      true,
    ]);
    expect(
      faultsOf(
        client,
        (await logOf(id)).filter(({ operationID }) => operationID !== null),
      ),
    ).toEqual([]);
  });

  it('gets it from another process, too, which has kept none of it', async () => {
    const service = await serve();
    const { id, operationIDs } = await aPlan(rig.repositories, 3);
    const client = await connect(service, `?orchestration=${id}`);
    await service.close();
    await client.ended();
    for (const operationID of operationIDs) await carryOut(operationID);
    const other = await connect(await serve(), `?orchestration=${id}`, client.lastID);
    await until(() => other.messages.flatMap(changesIn).length >= 6, { what: 'all is told' });
    expect(
      faultsOf(
        other,
        (await logOf(id)).filter(({ operationID }) => operationID !== null),
      ),
    ).toEqual([]);
  });

  it.each([
    ['unknown-id', 'nonsense'],
    ['unknown-id', Buffer.from('1 0 5 2020-99-99T99:99:99.000000Z').toString('base64url')],
    ['unknown-id', Buffer.from('1 0 5 0001-01-01T00:00:00.000000Z').toString('base64url')],
    ['unknown-id', Buffer.from('1 0 5 9999-12-31T24:00:00.000000Z').toString('base64url')],
    ['unknown-id', Buffer.from('1 0 5 ').toString('base64url')],
    ['unknown-id', Buffer.from('1 2 999999999999999 2026-01-02T03:04:05.678901Z').toString('base64url')],
    ['unknown-id', Buffer.from('9 0 9 2026-01-02T03:04:05.678901Z').toString('base64url')],
    ['unknown-id', Buffer.from('99999999 0 9 2026-01-02T03:04:05.678901Z').toString('base64url')],
  ])('is told to read everything anew: %s for %s', async (reason, lastID) => {
    // Without one there is nothing to look for.
    await rig.repositories.orchestrations.record(aRequest());
    const client = await connect(await serve(), '', lastID);
    expect((await client.receives('reset')).data).toEqual({ reason });
    expect(client.named('hello')[0]?.data).toMatchObject({ resumed: false });
    // From there it can come back.
    await client.disconnect();
    expect(await client.connect()).toBe(200);
    await client.receives('hello', 2);
    expect(client.named('reset').length).toBe(1);
  });

  it('so late that it is not kept any more is told to read everything anew', async () => {
    const service = await serve({ capacity: 10, pageSize: 4 });
    const { id, operationIDs } = await aPlan(rig.repositories, 11);
    const client = await connect(service, `?orchestration=${id}`);
    const other = await connect(service, `?orchestration=${id}`);
    await client.disconnect();
    for (const operationID of operationIDs) await carryOut(operationID);
    await until(() => other.messages.flatMap(changesIn).length >= 22, { what: 'the other one is told all' });
    expect(await client.connect()).toBe(200);
    expect((await client.receives('reset')).data).toEqual({ reason: 'too-far-behind' });
  });

  it('is told so when the database was set back', async () => {
    let isSetBack = false;
    const changes: typeof rig.repositories.changes = {
      ...rig.repositories.changes,
      read: async (...given) => {
        if (!isSetBack) return await rig.repositories.changes.read(...given);
        isSetBack = false;
        return { isKnown: false, isHeldUp: false, changes: [] };
      },
    };
    const service = await serve({ repositories: { ...rig.repositories, changes } });
    const { id, operationIDs } = await aPlan(rig.repositories, 2);
    const client = await connect(service, `?orchestration=${id}`);
    await carryOut(operationIDs[0] ?? '');
    await until(() => client.messages.flatMap(changesIn).length >= 2, { what: 'the first is told' });
    isSetBack = true;
    expect((await client.receives('reset')).data).toEqual({ reason: 'database-set-back' });
    await carryOut(operationIDs[1] ?? '');
    await until(() => client.messages.flatMap(changesIn).length >= 4, { what: 'it goes on' });
  });
});

describe('a slow client', () => {
  it('does not hold up the others, and is told to read everything anew', async () => {
    const { streams } = await serve();
    const open = (): Promise<ReadableStream<Uint8Array>> =>
      streams.open({ filter: {}, expiresAt: Date.now() + 600_000 });
    const slow = (await open()).getReader();
    const text = async (): Promise<string> => new TextDecoder().decode((await slow.read()).value);
    expect(await text()).toContain('event: hello');
    const { operationIDs } = await aPlan(rig.repositories, 600);
    const fast = await open();
    let seen = 0;
    const reading = (async () => {
      for await (const piece of fast) seen += new TextDecoder().decode(piece).split('"eventID":').length - 1;
    })();
    for (let from = 0; from < operationIDs.length; from += 50) {
      await Promise.all(operationIDs.slice(from, from + 50).map(carryOut));
    }
    await until(() => seen >= 1_200, { what: 'the fast one is told all' });
    laterMs += 3_000;
    const got = await text();
    expect(got).toContain('event: reset');
    expect(got).toContain('"reason":"too-slow"');
    await carryOut((await aPlan(rig.repositories, 1)).operationIDs[0] ?? '');
    expect(await text()).toMatch(/event: (orchestration|operation)/);
    await slow.cancel();
    await streams.close();
    await reading;
  });

  it('that takes nothing for a minute has no place any more', async () => {
    const { streams } = await serve();
    const body = await streams.open({ filter: {}, expiresAt: Date.now() + 600_000 });
    expect(streams.count).toBe(1);
    laterMs += 61_000;
    await until(() => streams.count === 0, { what: 'its place is free' });
    await expect(body.getReader().read()).rejects.toThrow('has taken nothing');
  });

  it('loses its connection with its place', async () => {
    const service = await serve();
    const { hostname, port } = new URL(service.url);
    const socket = createConnection(Number(port), hostname);
    atEndOfTest(() => void socket.destroy());
    let isClosed = false;
    socket.on('error', () => undefined).on('close', () => (isClosed = true));
    const token = await rig.token('runtimeAdmin');
    socket.write(`GET /events/stream HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await once(socket, 'readable');
    // More than the buffers of both sides take.
    for (let count = 0; count < 12; count += 1) {
      await rig.repositories.queue.change(count % 2 === 0, { ...change, reason: 'x'.repeat(1_000_000) });
    }
    await until(
      () => {
        longerMs += 61_000;
        return service.streams.count === 0;
      },
      { what: 'its place is free' },
    );
    // An end in good order would wait for the client for ever.
    let received = '';
    socket.on('data', (piece: Buffer) => (received = (received + piece.toString()).slice(-10)));
    await until(() => isClosed, { what: 'the connection is cut' });
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});

it('brings each change once, in order per operation, to clients that come and go, over a restart', async () => {
  let service = await serve();
  const port = Number(new URL(service.url).port);
  const { id, operationIDs } = await aPlan(rig.repositories, 200);
  const before = (await logOf(id)).length;
  const roll = dice(23);
  const clients = await Promise.all(
    Array.from({ length: 5 }, () => connect(service, `?orchestration=${id}`)),
  );
  for (const client of clients) await client.disconnect();
  let isDone = false;
  const coming = clients.map((client) => comeAndGo(client, { most: 5, roll, isDone: () => isDone }));
  const seenBy = (client: StreamClient): number => client.messages.flatMap(changesIn).length;
  for (let from = 0; from < operationIDs.length; from += 20) {
    await Promise.all(operationIDs.slice(from, from + 20).map(carryOut));
    if (from === 100) {
      await service.close();
      service = await serve({}, port);
    }
    // The clients keep about up.
    await until(() => clients.every((client) => seenBy(client) + 100 >= 2 * from), {
      what: 'they have got that far',
    });
  }
  await until(() => clients.every((client) => seenBy(client) >= 2 * operationIDs.length), {
    what: 'all is told',
  });
  isDone = true;
  const times = await Promise.all(coming);
  expect(Math.min(...times)).toBeGreaterThan(1);
  const log = (await logOf(id)).slice(before);
  expect(log.length).toBe(2 * operationIDs.length);
  for (const client of clients) expect(faultsOf(client, log)).toEqual([]);
});

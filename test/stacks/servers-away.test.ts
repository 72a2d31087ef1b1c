/** The database, and the engine, is killed and stays away for ten seconds while stacks are under way. */
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { isTransitional } from '../../src/domain/stacks/statuses.ts';
import type { Answer } from '../e2e/rest.ts';
import { until } from '../support/environment.ts';
import { startOwnServers, type OwnServers } from '../support/own-servers.ts';
import { depends, instances, plan, type Stack, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

/** How long the outage lasts: the subject of these tests, not a wait for something to happen. */
const AWAY_MS = 10_000;

let own: OwnServers;
let service: StackService;

beforeAll(async () => {
  own = await startOwnServers();
  service = await startStackService(
    // The record of what exists is kept outside of both servers.
    { STACK_DRIVER: 'kubernetes' },
    {
      ...own.place,
      podSeconds: 3,
    },
  );
});

/** Three plans, one after the other. */
function body(container: string, name: string): StackBody {
  const at = (part: string): string => `/${container}/quin/${name}-${part}`;
  return {
    name: `/${container}/quin/${name}`,
    oplans: [
      plan('disk', 'storage/volume', [at('disk')], { size: '1G' }),
      instances('db', [at('db')], { storage_attachments: [{ volume: at('disk') }] }),
      instances('web', [at('web-1'), at('web-2')]),
    ],
    relationships: depends(['web', 'db']),
  };
}

const COUNT = 4;

/** Name and identity of what exists below a container. */
async function existing(container: string): Promise<{ name: string; uid: string }[]> {
  const objects = await service.landscape.objects();
  return objects
    .map(({ metadata: { uid, annotations } }) => ({ name: annotations['drydock.dev/name'] ?? '', uid }))
    .filter(({ name }) => name.startsWith(`/${container}/`));
}

/** Starts it and waits until the second of its three plans is under way. */
async function midway(stack: StackBody): Promise<void> {
  await service.stacks.add(stack);
  await service.stacks.act(stack.name, 'START');
  await until(
    async () =>
      (await service.landscape.objects()).some(
        ({ metadata }) => metadata.annotations['drydock.dev/name'] === `${stack.name}-db`,
      ),
    { what: 'that the second plan is under way' },
  );
  expect((await service.stacks.get(stack.name)).status).toBe('starting');
}

async function rests(name: string): Promise<Stack> {
  return await until(
    async () => {
      const stack = await service.stacks.get(name);
      return !isTransitional(stack.status) && stack;
    },
    { what: `the end of what ${name} is in` },
  );
}

async function reaches(name: string, status: string): Promise<void> {
  const stack = await rests(name);
  expect(stack).toMatchObject({ status, info: { errors: {} } });
}

/** Nothing lost, nothing twice, nothing made anew. */
async function expectAllOnce(container: string, before: { name: string; uid: string }[]): Promise<void> {
  const now = await existing(container);
  expect(new Set(now.map(({ name }) => name)).size).toBe(now.length);
  expect(now).toEqual(expect.arrayContaining(before));
}

function expectUnavailable(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('content-type')).toMatch('application/problem+json');
  expect(answer.body).toMatchObject({ message: expect.stringMatching(/database|engine/) as unknown });
  expect(JSON.stringify(answer.body)).not.toMatch(/select|insert|ECONN|127\.0\.0\.1/);
}

async function ready(): Promise<void> {
  await until(async () => (await service.rest.request('GET', '/readyz')).status === 200, {
    what: 'readiness',
  });
}

/** An action whose answer was lost may have been taken or not: whoever sent it looks, and sends it again if not. */
async function insist(name: string, action: string, to: string): Promise<void> {
  await until(
    async () => {
      const { status } = await rests(name);
      if (status !== to) await service.stacks.tryAction(name, action);
      return status === to;
    },
    { what: `that ${name} is ${to}` },
  );
  await reaches(name, to);
}

it('A70 A75: nothing is lost and nothing made twice while the database is away for ten seconds', async () => {
  const { rest, stacks } = service;
  const [rising, steady, falling] = ['rising', 'steady', 'falling'].map((name) => body('database', name));
  if (!rising || !steady || !falling) throw new Error('Three stacks are needed');
  for (const stack of [steady, falling]) await stacks.add(stack);
  await Promise.all([steady, falling].map(({ name }) => stacks.act(name, 'START')));
  for (const { name } of [steady, falling]) await reaches(name, 'ready');
  await midway(rising);
  const before = await existing('database');

  // Sent as it dies: accepted or not, and never half.
  const sent = stacks.tryAction(falling.name, 'SHUTDOWN');
  await own.database.kill();
  const end = delay(AWAY_MS);
  expect([200, 503]).toContain((await sent).status);
  for (const answer of await Promise.all([
    rest.request('GET', `/orchestration${rising.name}`),
    rest.request('GET', '/orchestration/database/'),
    rest.request('GET', '/instance/database/quin/'),
    rest.post('/orchestration/', body('database', 'refused')),
    stacks.tryAction(steady.name, 'STOP'),
    stacks.tryDefine(steady.name, { ...steady, description: 'another one' }),
    stacks.tryInstance(`${steady.name}-db`, 'shutdown'),
    stacks.tryRemove(steady.name),
    rest.post('/backups', {}),
  ])) {
    expectUnavailable(answer);
  }
  expect((await rest.request('GET', '/healthz')).status).toBe(200);
  expect((await rest.request('GET', '/readyz')).body).toMatchObject({
    checks: { database: { status: 'down' }, engine: { status: 'up' } },
  });
  await end;

  await own.database.again();
  await ready();
  await reaches(rising.name, 'ready');
  await insist(falling.name, 'SHUTDOWN', 'shut_down');
  // Refused requests have done nothing.
  expect(await stacks.get(steady.name)).toMatchObject({ status: 'ready', description: '' });
  expect((await rest.request('GET', '/orchestration/database/quin/refused')).status).toBe(404);
  expect(await existing('database')).toHaveLength(3 * COUNT);
  await expectAllOnce('database', before);
  await Promise.all([rising, steady, falling].map(({ name }) => stacks.act(name, 'STOP')));
  for (const { name } of [rising, steady, falling]) await reaches(name, 'stopped');
  expect(await existing('database')).toEqual([]);
});

it('A70 A75: nothing is lost and nothing made twice while the engine is away for ten seconds', async () => {
  const { rest, stacks } = service;
  const [rising, steady, falling, late] = ['rising', 'steady', 'falling', 'late'].map((name) =>
    body('engine', name),
  );
  if (!rising || !steady || !falling || !late) throw new Error('Four stacks are needed');
  for (const stack of [steady, falling]) await stacks.add(stack);
  await Promise.all([steady, falling].map(({ name }) => stacks.act(name, 'START')));
  for (const { name } of [steady, falling]) await reaches(name, 'ready');
  await midway(rising);
  const before = await existing('engine');

  const sent = stacks.tryAction(falling.name, 'SHUTDOWN');
  await own.engine.kill();
  const end = delay(AWAY_MS);
  const refused = [
    stacks.tryAction(steady.name, 'STOP'),
    stacks.tryDefine(steady.name, { ...steady, description: 'another one' }),
    stacks.tryInstance(`${steady.name}-db`, 'shutdown'),
    stacks.tryRemove(steady.name),
  ];
  // Reads, and the addition of a stack, do not need it.
  expect((await stacks.get(rising.name)).status).toBe('starting');
  expect((await stacks.get(steady.name)).status).toBe('ready');
  expect((await stacks.add(late)).status).toBe('stopped');
  expect((await rest.request('GET', '/readyz')).body).toMatchObject({
    checks: { database: { status: 'up' }, engine: { status: 'down' } },
  });
  expect([200, 503]).toContain((await sent).status);
  for (const answer of await Promise.all(refused)) expectUnavailable(answer);
  await end;

  await own.engine.again();
  await ready();
  await reaches(rising.name, 'ready');
  await insist(falling.name, 'SHUTDOWN', 'shut_down');
  expect(await stacks.get(steady.name)).toMatchObject({ status: 'ready', description: '' });
  await expectAllOnce('engine', before);
  // A stack that was added meanwhile gets its workflow with its first action.
  await stacks.act(late.name, 'START');
  await reaches(late.name, 'ready');
  expect(await existing('engine')).toHaveLength(4 * COUNT);
  await Promise.all([rising, steady, falling, late].map(({ name }) => stacks.act(name, 'STOP')));
  for (const { name } of [rising, steady, falling, late]) await reaches(name, 'stopped');
  expect(await existing('engine')).toEqual([]);
});

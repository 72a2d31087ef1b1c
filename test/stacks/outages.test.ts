/** The cluster that holds the objects of stacks does not answer, or not well: stacks wait, go on, and make nothing twice. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StackStatus } from '../../src/domain/stacks/statuses.ts';
import type { Fault } from '../e2e/landscape-admin.ts';
import { expectStatus } from '../e2e/rest.ts';
import { until } from '../support/environment.ts';
import { depends, instances, plan, type Stack, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

/** Longer than a slow cluster takes here, so that only silence is given up. */
const REQUEST_MS = 6_000;

let service: StackService;
beforeAll(async () => {
  service = await startStackService(
    { STACK_DRIVER: 'kubernetes' },
    { podSeconds: 0.2, clusterRequestMs: REQUEST_MS },
  );
});

const added: string[] = [];
/** Instances that exist are looked at all the time: those of an earlier test would take the faults of the next one. */
afterEach(async () => {
  await service.landscape.clearFaults();
  for (const name of added.splice(0)) {
    const { status } = await service.stacks.get(name);
    if (status !== 'stopped') await service.stacks.act(name, 'STOP');
    await reaches(name, 'stopped');
  }
});

function body(container: string): StackBody {
  const at = (name: string): string => `/${container}/pia/${name}`;
  return {
    name: at('stack'),
    oplans: [
      instances('web', [at('web-1'), at('web-2')], { storage_attachments: [{ volume: at('disk') }] }),
      plan('disk', 'storage/volume', [at('disk')], { size: '1G' }),
      plan('address', 'ip/reservation', [at('address')]),
    ],
    relationships: depends(['web', 'address']),
  };
}

async function add(stack: StackBody): Promise<string> {
  const { name } = await service.stacks.add(stack);
  added.push(name);
  return name;
}

async function reaches(name: string, status: StackStatus): Promise<Stack> {
  return await until(
    async () => {
      const stack = await service.stacks.get(name);
      return stack.status === status && stack;
    },
    { what: `that ${name} is ${status}` },
  );
}

/** Names in the definitions of what exists in the cluster, each as often as it exists. */
async function names(container: string): Promise<string[]> {
  const objects = await service.landscape.objects();
  return objects
    .flatMap(({ metadata }) => metadata.annotations['drydock.dev/name'] ?? [])
    .filter((name) => name.startsWith(`/${container}/`))
    .sort();
}

/** Everything exists once, and belongs to the stack: what it made itself it does not take for somebody else's. */
async function expectAllOnce(container: string): Promise<void> {
  const at = (name: string): string => `/${container}/pia/${name}`;
  expect(await names(container)).toEqual(['address', 'disk', 'web-1', 'web-2'].map(at));
  for (const [type, name] of [
    ['instance', 'web-1'],
    ['instance', 'web-2'],
    ['storage/volume', 'disk'],
    ['ip/reservation', 'address'],
  ] as const) {
    expect(await service.stacks.object(type, at(name))).toMatchObject({ adopted: false, error: null });
  }
}

async function asked(times: number, since?: number): Promise<void> {
  const { landscape } = service;
  const before = since ?? (await landscape.requests()).objects;
  await until(async () => (await landscape.requests()).objects >= before + times, {
    what: `that the cluster was asked ${times} times`,
  });
}

const FAULTS: [Fault['mode'], Fault][] = [
  ['unavailable', { mode: 'unavailable', status: 503 }],
  ['unavailable', { mode: 'unavailable', status: 429 }],
  ['garbage', { mode: 'garbage' }],
  ['cut', { mode: 'cut' }],
];

describe('a cluster that does not answer', () => {
  it.each(FAULTS)(
    'A70 A80: a start waits for it and goes on (%s), and nothing exists twice (%o)',
    async (mode, fault) => {
      const { stacks, landscape } = service;
      const container = `${mode}${fault.status ?? ''}`;
      const name = await add(body(container));
      await landscape.setFault('objects', fault);
      await stacks.act(name, 'START');
      await asked(6);
      expect(await stacks.get(name)).toMatchObject({ status: 'starting', info: { errors: {} } });
      expect(await names(container)).toEqual([]);
      await landscape.clearFaults();
      expect((await reaches(name, 'ready')).info).toEqual({ errors: {} });
      await expectAllOnce(container);
    },
  );

  it('A70 A80: a request without an answer is given up and sent again', async () => {
    const { stacks, landscape } = service;
    const name = await add(body('silent'));
    await landscape.setFault('objects', { mode: 'timeout', times: 2 });
    await stacks.act(name, 'START');
    await until(async () => (await landscape.faulty()).length === 0, { what: 'two silent requests' });
    expect(await stacks.get(name)).toMatchObject({ status: 'starting', info: { errors: {} } });
    await reaches(name, 'ready');
    await expectAllOnce('silent');
  });

  it('A71: what was created although nobody heard of it is not created again, and goes with the stack', async () => {
    const { stacks, landscape } = service;
    const disk = '/lost/pia/disk';
    const name = await add({
      name: '/lost/pia/stack',
      oplans: [plan('disk', 'storage/volume', [disk], { size: '1G' })],
    });
    // Long enough to be told apart: the driver looks twice, and then creates.
    await landscape.setFault('objects', { mode: 'none', latencyMs: 2_000 });
    const { objects } = await landscape.requests();
    await stacks.act(name, 'START');
    await asked(2, objects);
    await landscape.setFault('objects', { mode: 'lost', times: 1 });
    await until(async () => (await names('lost')).length === 1, { what: 'the volume in the cluster' });
    expect(await landscape.faulty()).toEqual([]);
    await reaches(name, 'ready');
    expect(await names('lost')).toEqual([disk]);
    expect(await stacks.object('storage/volume', disk)).toMatchObject({ adopted: false });
    await stacks.act(name, 'STOP');
    await reaches(name, 'stopped');
    expect(await names('lost')).toEqual([]);
  });

  it.each([
    ['SHUTDOWN', 'shutting_down', 'shut_down'],
    ['STOP', 'stopping', 'stopped'],
  ] as const)('A71 A75: %s waits for it and goes on', async (action, during, after) => {
    const { stacks, landscape } = service;
    const container = `wait-${action}`;
    const name = await add(body(container));
    await stacks.act(name, 'START');
    await reaches(name, 'ready');
    const before = await names(container);
    await landscape.setFault('objects', { mode: 'unavailable' });
    await stacks.act(name, action);
    await asked(6);
    expect(await stacks.get(name)).toMatchObject({ status: during, info: { errors: {} } });
    expect(await names(container)).toEqual(before);
    await landscape.clearFaults();
    await reaches(name, after);
    expect(await names(container)).toEqual(action === 'STOP' ? [] : before);
  });

  it('A86: says nothing about the instances in it: what is ready stays ready', async () => {
    const { stacks, landscape, rest } = service;
    const name = await add(body('calm'));
    await stacks.act(name, 'START');
    const { status_timestamp: since } = await reaches(name, 'ready');
    await landscape.setFault('objects', { mode: 'unavailable' });
    // Each look at the instances asks at least once.
    await asked(4);
    await landscape.clearFaults();
    await asked(4);
    expect(await stacks.get(name)).toMatchObject({ status: 'ready', status_timestamp: since });
    const events = expectStatus(200, await rest.request('GET', `/orchestration${name}/events?page_size=100`));
    expect(JSON.stringify(events.body)).not.toContain('warning');
  });

  it('A71: a STOP during the start that waits for it leaves nothing', async () => {
    const { stacks, landscape } = service;
    const name = await add(body('hasty'));
    await landscape.setFault('objects', { mode: 'unavailable' });
    await stacks.act(name, 'START');
    await asked(3);
    expect((await stacks.act(name, 'STOP')).status).toBe('stopping');
    await asked(2);
    await landscape.clearFaults();
    await reaches(name, 'stopped');
    expect(await names('hasty')).toEqual([]);
  });
});

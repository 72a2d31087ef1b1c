import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { stackObservedSignal, stackResyncSignal, stackWorkflowID } from '../../src/workflows/contract.ts';
import { connectTemporal, until } from '../support/environment.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
let client: Client;
beforeAll(async () => {
  service = await startStackService();
  client = await connectTemporal(service.env['TEMPORAL_NAMESPACE']);
});

const HOUR_MS = 3_600_000;
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
const network = (name: string): StackBody => ({ name, oplans: [plan('net', 'vnet', [`${name}-net`])] });

/** Ends when so many seconds have passed for the engine, too: what would have happened by then has happened. */
async function witness(name: string, seconds: number): Promise<void> {
  const { stacks } = service;
  await stacks.add({ ...network(name), schedule: { start_time: inSeconds(seconds) } });
  await stacks.bring(name, 'START', 'ready');
}

const failures = async (prefix: string): Promise<number> =>
  (await service.simulation.journal(prefix)).filter(({ outcome }) => outcome === 'failed').length;

describe('a stop time', () => {
  it('is carried out once: a STOP that fails is not repeated by itself', async () => {
    const { stacks, simulation } = service;
    const name = '/once/kim/stack';
    await simulation.fail('vnet', `${name}-net`, 'destroy', { message: 'stuck' });
    await stacks.add({ ...network(name), schedule: { stop_time: inSeconds(3) } });
    await stacks.bring(name, 'START', 'ready');
    expect((await stacks.reaches(name, 'error')).info.errors['net']).toContain('stuck');
    await witness('/once/kim/witness', 2);
    expect(await failures('/once/kim/stack')).toBe(1);
    await simulation.clearFaults();
    await stacks.bring(name, 'STOP', 'stopped');
  });
});

describe('STOP', () => {
  it('ends in stopped after a RESTART that named what was never created', async () => {
    const { stacks, simulation } = service;
    const name = '/never/kim/stack';
    await simulation.fail('storage/volume', '/never/kim/disk', 'create', { message: 'full' });
    await stacks.add({
      name,
      oplans: [instances('web', ['/never/kim/web']), plan('disk', 'storage/volume', ['/never/kim/disk'])],
      relationships: depends(['web', 'disk']),
    });
    await stacks.bring(name, 'START', 'error');
    await stacks.act(name, 'RESTART');
    const failed = await until(
      async () => {
        const stack = await stacks.get(name);
        return stack.status === 'error' && stack.info.errors['web'] !== undefined && stack;
      },
      { what: 'the end of the restart' },
    );
    expect(failed.info.errors['web']).toContain('never created');
    expect((await stacks.bring(name, 'STOP', 'stopped')).info.errors).toEqual({});
    expect((await stacks.tryRemove(name)).status).toBe(204);
  });

  it('is taken while a run is asked to read the database again', async () => {
    const { stacks, simulation } = service;
    const name = '/resync/kim/stack';
    await simulation.slow('vnet', `${name}-net`, 'create', HOUR_MS);
    await stacks.add(network(name));
    await stacks.act(name, 'START');
    await until(async () => (await simulation.journal(name)).length === 1, { what: 'the creation' });
    await client.workflow.getHandle(stackWorkflowID(name)).signal(stackResyncSignal);
    expect((await stacks.act(name, 'STOP')).status).toBe('stopping');
    await stacks.reaches(name, 'stopped');
    expect(await simulation.objects(name)).toEqual([]);
  });

  it('by a request to cancel from Temporal works each time', async () => {
    const { stacks } = service;
    const name = '/cancel/kim/stack';
    await stacks.add(network(name));
    for (let time = 0; time < 3; time += 1) {
      await stacks.bring(name, 'START', 'ready');
      await client.workflow.getHandle(stackWorkflowID(name)).cancel();
      await stacks.reaches(name, 'stopped');
    }
  });
});

describe('news of an instance that come late', () => {
  it('change nothing about a stack that was stopped meanwhile', async () => {
    const { stacks } = service;
    const name = '/late/kim/stack';
    await stacks.add({ name, oplans: [instances('web', ['/late/kim/web'])] });
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'STOP', 'stopped');
    const handle = client.workflow.getHandle(stackWorkflowID(name));
    await handle.signal(stackObservedSignal, [{ label: 'web', name: '/late/kim/web' }]);
    await witness('/late/kim/witness', 1);
    const { status, info, oplans } = await stacks.get(name);
    expect({ status, info, oplan: oplans[0]?.status }).toEqual({
      status: 'stopped',
      info: { errors: {} },
      oplan: 'stopped',
    });
  });
});

describe('a new definition', () => {
  const pair = (container: string, policy: string, netPolicy = 'none'): StackBody => ({
    name: `/${container}/kim/stack`,
    oplans: [
      instances('web', [`/${container}/kim/a`, `/${container}/kim/b`], {}, { ha_policy: policy }),
      { ...plan('net', 'vnet', [`/${container}/kim/net`]), ha_policy: netPolicy },
    ],
  });
  const starts = async (container: string): Promise<string[]> =>
    (await service.simulation.journal(`/${container}/`))
      .filter(({ operation }) => operation === 'start')
      .map(({ outcome }) => outcome);

  it('ends restarts that its policy does not want any more', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(pair('policy-ends', 'active'));
    await stacks.bring(name, 'START', 'ready');
    await simulation.fail('launchplan', '/policy-ends/kim/a', 'start', { message: 'no power' });
    await simulation.kill('/policy-ends/kim/a');
    await until(async () => (await starts('policy-ends')).length >= 2, { what: 'two vain restarts' });
    await stacks.define(pair('policy-ends', 'none'));
    await simulation.clearFaults();
    await witness('/policy-ends/kim/witness', 7);
    expect((await starts('policy-ends')).filter((outcome) => outcome === 'done')).toEqual([]);
    expect((await stacks.get(name)).status).toBe('warning');
  });

  it('leaves off what a person shuts down afterwards', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(pair('left-off', 'active'));
    await stacks.bring(name, 'START', 'ready');
    await simulation.fail('launchplan', '/left-off/kim/a', 'start', { message: 'no power' });
    await simulation.kill('/left-off/kim/a');
    await until(async () => (await starts('left-off')).length >= 2, { what: 'two vain restarts' });
    await stacks.define(pair('left-off', 'active', 'monitor'));
    await stacks.instance('/left-off/kim/a', 'shutdown');
    await until(async () => (await stacks.object('instance', '/left-off/kim/a')).state === 'shutdown', {
      what: 'that it is off',
    });
    await simulation.clearFaults();
    await witness('/left-off/kim/witness', 7);
    expect((await starts('left-off')).filter((outcome) => outcome === 'done')).toEqual([]);
    expect(await stacks.object('instance', '/left-off/kim/a')).toMatchObject({ state: 'shutdown' });
  });

  it('is answered at once while a command to an instance hangs', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(pair('hangs', 'none'));
    await stacks.bring(name, 'START', 'ready');
    await simulation.slow('launchplan', '/hangs/kim/a', 'stop', HOUR_MS);
    await stacks.instance('/hangs/kim/a', 'shutdown');
    await until(async () => (await stacks.object('instance', '/hangs/kim/a')).state === 'shutting_down', {
      what: 'that the command is under way',
    });
    expect(await stacks.define(pair('hangs', 'monitor'))).toMatchObject({
      oplans: [{ ha_policy: 'monitor' }, {}],
    });
    await stacks.bring(name, 'STOP', 'stopped');
  });

  it('can not remove what an oplan that stays refers to', async () => {
    const { stacks } = service;
    const name = '/refers/kim/stack';
    const web = instances('web', ['/refers/kim/web'], {
      storage_attachments: [{ volume: '/refers/kim/disk', index: 1 }],
    });
    await stacks.add({ name, oplans: [web, plan('disk', 'storage/volume', ['/refers/kim/disk'])] });
    await stacks.bring(name, 'START', 'ready');
    const refused = await stacks.tryDefine(name, { name, oplans: [web] });
    expect(refused.status).toBe(409);
    expect((refused.body as { message: string }).message).toMatch(
      /^oplan disk can not be removed: the objects of oplan web refer to its objects; send STOP first/,
    );
    expect((await stacks.get(name)).status).toBe('ready');
  });
});

describe('a nested stack', () => {
  const outer = (name: string, inner: string, policy = 'none'): StackBody => ({
    name,
    oplans: [{ ...plan('in', 'orchestration', [inner]), ha_policy: policy }],
  });

  it('whose start would only be scheduled is an error, and STOP of the outer one withdraws it', async () => {
    const { stacks, simulation } = service;
    const inner = '/planned/kim/inner';
    await stacks.add({ ...network(inner), schedule: { start_time: inSeconds(6) } });
    await stacks.add(outer('/planned/kim/outer', inner));
    const failed = await stacks.bring('/planned/kim/outer', 'START', 'error');
    expect(failed.info.errors['in']).toContain('start time');
    await stacks.bring('/planned/kim/outer', 'STOP', 'stopped');
    await witness('/planned/kim/witness', 7);
    expect((await stacks.get(inner)).status).toBe('stopped');
    expect(await simulation.objects(inner)).toEqual([]);
  });

  it('that can not be stopped leaves the outer one in error, and not for ever in stopping', async () => {
    const { stacks, simulation } = service;
    const inner = '/stuck/kim/inner';
    await simulation.fail('vnet', `${inner}-net`, 'destroy', { message: 'stuck', times: 1 });
    await stacks.add(network(inner));
    await stacks.add(outer('/stuck/kim/outer', inner));
    await stacks.bring('/stuck/kim/outer', 'START', 'ready');
    await stacks.bring('/stuck/kim/outer', 'STOP', 'error');
    expect((await stacks.get(inner)).status).toBe('error');
    await stacks.bring('/stuck/kim/outer', 'STOP', 'stopped');
    expect((await stacks.get(inner)).status).toBe('stopped');
  });

  it('that a person shuts down stays so under ha_policy active', async () => {
    const { stacks } = service;
    const inner = '/person/kim/inner';
    await stacks.add({ name: inner, oplans: [instances('web', ['/person/kim/web'])] });
    await stacks.add(outer('/person/kim/outer', inner, 'active'));
    await stacks.bring('/person/kim/outer', 'START', 'ready');
    await stacks.bring(inner, 'SHUTDOWN', 'shut_down');
    await stacks.reaches('/person/kim/outer', 'shut_down');
    await witness('/person/kim/witness', 3);
    expect((await stacks.get(inner)).status).toBe('shut_down');
  });
});

it('a restore refuses a stack that would hold itself together with what exists now', async () => {
  const { rest, stacks } = service;
  const [a, b] = ['/cycle/kim/a', '/cycle/kim/b'];
  const holding = (name: string, held: string[]): StackBody => ({
    name,
    oplans: [
      instances('web', [`${name}-web`]),
      ...held.map((other) => plan('held', 'orchestration', [other])),
    ],
  });
  await stacks.add(holding(b, []));
  await stacks.add(holding(a, [b]));
  const { id } = (await rest.post('/backups', {})).body as { id: string };
  expect((await stacks.tryRemove(a)).status).toBe(204);
  await stacks.define(holding(b, [a]));
  const { body } = await rest.post(`/backups/${id}/restore`, {});
  expect((body as { refused: unknown[] }).refused).toEqual([
    { name: a, reason: expect.stringContaining(`${a} -> ${b} -> ${a}`) as string },
  ]);
  expect((await rest.request('GET', `/orchestration${a}`)).status).toBe(404);
});

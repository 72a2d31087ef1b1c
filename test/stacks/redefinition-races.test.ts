import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
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
    await service.stacks.witness('/policy-ends/kim/witness', 7);
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
    await service.stacks.witness('/left-off/kim/witness', 7);
    expect((await starts('left-off')).filter((outcome) => outcome === 'done')).toEqual([]);
    expect(await stacks.object('instance', '/left-off/kim/a')).toMatchObject({ state: 'shutdown' });
  });

  it('cannot remove what an oplan that stays refers to', async () => {
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
      /^oplan disk cannot be removed: the objects of oplan web refer to its objects; send STOP first/,
    );
    expect((await stacks.get(name)).status).toBe('ready');
  });
});

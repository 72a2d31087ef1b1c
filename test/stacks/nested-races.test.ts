import { beforeAll, describe, expect, it } from 'vitest';
import { inSeconds, instances, network, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

describe('a nested stack', () => {
  const outer = (name: string, inner: string, policy = 'none'): StackBody => ({
    name,
    oplans: [{ ...plan('in', 'orchestration', [inner]), ha_policy: policy }],
  });

  it('whose start would only be scheduled is an error, and STOP of the outer one withdraws it', async () => {
    const { stacks, simulation } = service;
    const inner = '/planned/kim/inner';
    await stacks.add({ ...network(inner), schedule: { start_time: inSeconds(3_600) } });
    await stacks.add(outer('/planned/kim/outer', inner));
    const failed = await stacks.bring('/planned/kim/outer', 'START', 'error');
    expect(failed.info.errors['in']).toContain('start time');
    await stacks.bring('/planned/kim/outer', 'STOP', 'stopped');
    expect((await stacks.get(inner)).status).toBe('stopped');
    expect(await simulation.objects(inner)).toEqual([]);
  });

  it('that cannot be stopped leaves the outer one in error, and not for ever in stopping', async () => {
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
    await service.stacks.witness('/person/kim/witness', 3);
    expect((await stacks.get(inner)).status).toBe('shut_down');
  });
});

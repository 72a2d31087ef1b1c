import { beforeAll, describe, expect, it } from 'vitest';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

const inner = (container: string, name: string): StackBody => ({
  name: `/${container}/hal/${name}`,
  oplans: [
    instances('web', [`/${container}/hal/${name}-web`]),
    plan('disk', 'storage/volume', [`/${container}/hal/${name}-disk`]),
  ],
  relationships: depends(['web', 'disk']),
});

/** front depends on back; each is a stack of its own. */
const outer = (container: string): StackBody => ({
  name: `/${container}/hal/outer`,
  oplans: [
    plan('front', 'orchestration', [`/${container}/hal/front`]),
    plan('back', 'orchestration', [`/${container}/hal/back`]),
  ],
  relationships: depends(['front', 'back']),
});

async function addAll(container: string): Promise<string> {
  await service.stacks.add(inner(container, 'front'));
  await service.stacks.add(inner(container, 'back'));
  return (await service.stacks.add(outer(container))).name;
}

describe('a nested stack', () => {
  it('A60: is started and stopped as one object, in the order of the dependencies', async () => {
    const { stacks, simulation } = service;
    const name = await addAll('nested');
    await stacks.bring(name, 'START', 'ready');
    expect((await stacks.get('/nested/hal/front')).status).toBe('ready');
    const created = (await simulation.journal('/nested/')).map((entry) => entry.name.split('/').at(-1));
    expect(created).toEqual(['back-disk', 'back-web', 'front-disk', 'front-web']);
    await stacks.bring(name, 'STOP', 'stopped');
    expect((await stacks.get('/nested/hal/front')).status).toBe('stopped');
    const destroyed = (await simulation.journal('/nested/'))
      .slice(4)
      .map((entry) => entry.name.split('/').at(-1));
    expect(destroyed).toEqual(['front-web', 'front-disk', 'back-web', 'back-disk']);
  });

  it('A75 A76: is shut down and restarted with it, and keeps its volumes', async () => {
    const { stacks, simulation } = service;
    const name = await addAll('power');
    await stacks.bring(name, 'START', 'ready');
    const before = await simulation.objects('/power/');
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    expect((await stacks.get('/power/hal/back')).status).toBe('shut_down');
    await stacks.bring(name, 'RESTART', 'ready');
    expect((await stacks.get('/power/hal/back')).status).toBe('ready');
    const ids = (list: typeof before): string[] => list.map(({ id }) => id).sort();
    expect(ids(await simulation.objects('/power/'))).toEqual(ids(before));
  });

  it('that somebody else has started is adopted, and not stopped', async () => {
    const { stacks } = service;
    const name = await addAll('lent');
    await stacks.bring('/lent/hal/back', 'START', 'ready');
    await stacks.bring(name, 'START', 'ready');
    await stacks.bring(name, 'STOP', 'stopped');
    expect((await stacks.get('/lent/hal/back')).status).toBe('ready');
    expect((await stacks.get('/lent/hal/front')).status).toBe('stopped');
  });

  it('A84: that fails is an error of the outer one, and START goes on with both', async () => {
    const { stacks, simulation } = service;
    const name = await addAll('fails');
    await simulation.fail('launchplan', '/fails/hal/back-web', 'create', { message: 'no room', times: 1 });
    const failed = await stacks.bring(name, 'START', 'error');
    expect(failed.info.errors['back']).toContain('/fails/hal/back');
    expect((await stacks.get('/fails/hal/front')).status).toBe('stopped');
    await stacks.bring(name, 'START', 'ready');
    expect((await stacks.get('/fails/hal/back')).status).toBe('ready');
  });

  it('A86: with an instance that ended by itself is a warning of the outer one too', async () => {
    const { stacks, simulation } = service;
    const name = await addAll('warns');
    await stacks.bring(name, 'START', 'ready');
    await simulation.kill('/warns/hal/back-web');
    await stacks.reaches('/warns/hal/back', 'warning');
    await stacks.reaches(name, 'warning');
    await stacks.instance('/warns/hal/back-web', 'running');
    await stacks.reaches(name, 'ready');
  });

  it('that does not exist is an error that names it', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(outer('missing'));
    const failed = await stacks.bring(name, 'START', 'error');
    expect(failed.info.errors['back']).toContain('There is no orchestration /missing/hal/back; add it first');
  });

  it('a stop while it starts stops the nested one too', async () => {
    const { stacks, simulation } = service;
    const name = await addAll('hasty');
    await simulation.slow('launchplan', '/hasty/hal/back-web', 'create', 3_600_000);
    await stacks.act(name, 'START');
    await stacks.reaches('/hasty/hal/back', 'starting');
    await stacks.bring(name, 'STOP', 'stopped');
    expect((await stacks.get('/hasty/hal/back')).status).toBe('stopped');
    expect(await simulation.objects('/hasty/')).toEqual([]);
  });
});

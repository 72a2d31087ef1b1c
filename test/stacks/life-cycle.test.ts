import { beforeAll, describe, expect, it } from 'vitest';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

/** Two instances on a volume and an address, below a container of its own. */
function webShop(container: string): StackBody {
  const at = (name: string): string => `/${container}/alice/${name}`;
  const attached = { storage_attachments: [{ volume: at('disk'), index: 1 }] };
  return {
    name: at('shop'),
    description: 'A small shop',
    oplans: [
      instances('web', [at('web-1'), at('web-2')], attached),
      plan('disks', 'storage/volume', [at('disk')], { size: '10G' }),
      plan('addresses', 'ip/reservation', [at('address')], { permanent: true }),
    ],
    relationships: depends(['web', 'disks'], ['web', 'addresses']),
  };
}

const operations = async (container: string): Promise<string[]> =>
  (await service.simulation.journal(`/${container}/`)).map(({ operation, name }) => {
    return `${operation} ${name.split('/').at(-1) ?? ''}`;
  });

describe('the life of a stack', () => {
  it('A59 A60 A68 A70 A78 A79 A80 A87 A88: is added as stopped, and start creates everything until it is ready', async () => {
    const { stacks } = service;
    const added = await stacks.add(webShop('start'));
    expect(added).toMatchObject({ name: '/start/alice/shop', status: 'stopped', info: { errors: {} } });
    expect(added.oplans.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    expect((await stacks.tryObject('instance', '/start/alice/web-1')).status).toBe(404);
    expect(await operations('start')).toEqual([]);

    const starting = await stacks.act(added.name, 'START');
    expect(starting.status).toBe('starting');
    const ready = await stacks.reaches(added.name, 'ready');
    expect(ready.oplans.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready']);
    expect(await stacks.object('instance', '/start/alice/web-1')).toMatchObject({
      state: 'running',
      desired_state: 'running',
      orchestration: added.name,
      oplan: 'web',
      shape: 'oc3',
    });
    expect(await stacks.object('storage/volume', '/start/alice/disk')).toMatchObject({ state: 'available' });
  });

  it('A61 A62: the volume is created before the instances, and destroyed after them', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(webShop('order'));
    await stacks.bring(name, 'start', 'ready');
    const created = await operations('order');
    expect(created.slice(0, 2).sort()).toEqual(['create address', 'create disk']);
    expect(created.slice(2).sort()).toEqual(['create web-1', 'create web-2']);
    await stacks.bring(name, 'stop', 'stopped');
    const destroyed = (await operations('order')).slice(created.length);
    expect(destroyed.slice(0, 2).sort()).toEqual(['destroy web-1', 'destroy web-2']);
    expect(destroyed.slice(2).sort()).toEqual(['destroy address', 'destroy disk']);
  });

  it('A75 A76 A77 A81 A89 A91: shutdown and restart switch the instances off and on, and keep everything', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(webShop('power'));
    await stacks.bring(name, 'START', 'ready');
    const before = await simulation.objects('/power/');
    const address = await stacks.object('ip/reservation', '/power/alice/address');

    expect((await stacks.act(name, 'SHUTDOWN')).status).toBe('shutting_down');
    await stacks.reaches(name, 'shut_down');
    expect(await stacks.object('instance', '/power/alice/web-1')).toMatchObject({ state: 'shutdown' });
    expect(await stacks.object('storage/volume', '/power/alice/disk')).toMatchObject({ state: 'available' });

    expect((await stacks.act(name, 'RESTART')).status).toBe('restarting');
    await stacks.reaches(name, 'ready');
    expect(await stacks.object('instance', '/power/alice/web-1')).toMatchObject({ state: 'running' });
    expect(await stacks.object('ip/reservation', '/power/alice/address')).toMatchObject({ id: address.id });
    const ids = (objects: typeof before): string[] => objects.map(({ name: of, id }) => `${of} ${id}`).sort();
    expect(ids(await simulation.objects('/power/'))).toEqual(ids(before));
    const touched = (await operations('power')).filter((text) => !text.startsWith('create'));
    expect(touched.sort()).toEqual(['start web-1', 'start web-2', 'stop web-1', 'stop web-2']);
  });

  it('A71 A72 A83 A90: stop destroys everything, and a later start makes new objects', async () => {
    const { stacks, simulation } = service;
    const { name } = await stacks.add(webShop('again'));
    await stacks.bring(name, 'START', 'ready');
    const first = await simulation.objects('/again/');
    expect((await stacks.act(name, 'STOP')).status).toBe('stopping');
    await stacks.reaches(name, 'stopped');
    expect(await simulation.objects('/again/')).toEqual([]);
    expect((await stacks.tryObject('storage/volume', '/again/alice/disk')).status).toBe(404);
    await stacks.bring(name, 'START', 'ready');
    const second = await simulation.objects('/again/');
    expect(second.map((object) => object.name).sort()).toEqual(first.map((object) => object.name).sort());
    const known = new Set(first.map(({ id }) => id));
    expect(second.filter(({ id }) => known.has(id))).toEqual([]);
  });

  it('A69 A73 A74: is deleted when it is stopped, and only then', async () => {
    const { stacks } = service;
    const { name } = await stacks.add(webShop('delete'));
    await stacks.bring(name, 'START', 'ready');
    const refused = await stacks.tryRemove(name);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      message:
        'DELETE needs the status stopped, and the orchestration is ready; STOP or SHUTDOWN would be accepted now',
    });
    await stacks.bring(name, 'STOP', 'stopped');
    expect((await stacks.tryRemove(name)).status).toBe(204);
    expect((await stacks.tryAction(name, 'START')).status).toBe(404);
    // The name is free again, and its new stack knows nothing of the old one.
    await stacks.add(webShop('delete'));
    await stacks.bring(name, 'START', 'ready');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { depends, instances, plan, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
beforeAll(async () => {
  service = await startStackService();
});

function body(name: string, volume: string, instance: string): StackBody {
  return {
    name,
    oplans: [instances('web', [instance]), plan('disk', 'storage/volume', [volume], { size: '20G' })],
    relationships: depends(['web', 'disk']),
  };
}

describe('an object that exists already', () => {
  it('A71: is adopted without change, and stop leaves it', async () => {
    const { stacks, simulation } = service;
    const volume = '/adopt/erin/disk';
    await simulation.put('storage/volume', volume, { name: volume, size: '5G' });
    const [before] = await simulation.objects('/adopt/');
    const { name } = await stacks.add(body('/adopt/erin/stack', volume, '/adopt/erin/web'));
    await stacks.bring(name, 'START', 'ready');
    expect((await simulation.objects('/adopt/')).find((object) => object.name === volume)).toEqual(before);
    expect(await stacks.object('storage/volume', volume)).toMatchObject({ id: before?.id, adopted: true });
    expect(await stacks.object('instance', '/adopt/erin/web')).toMatchObject({ adopted: false });
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await simulation.objects('/adopt/')).toEqual([before]);
  });

  it('that its own stack destroys is missed by the one that had adopted it, which says so', async () => {
    const { stacks } = service;
    const volume = '/lost/erin/disk';
    const one = await stacks.add({
      name: '/lost/erin/one',
      oplans: [plan('disk', 'storage/volume', [volume])],
    });
    const other = await stacks.add({
      name: '/lost/erin/other',
      oplans: [plan('disk', 'storage/volume', [volume])],
    });
    await stacks.bring(one.name, 'START', 'ready');
    await stacks.bring(other.name, 'START', 'ready');
    await stacks.bring(one.name, 'STOP', 'stopped');
    expect((await stacks.tryObject('storage/volume', volume)).status).toBe(404);
    expect((await stacks.get(other.name)).info.errors['disk']).toContain('was destroyed by /lost/erin/one');
    await stacks.bring(other.name, 'STOP', 'stopped');
    await stacks.bring(other.name, 'START', 'ready');
    expect(await stacks.object('storage/volume', volume)).toMatchObject({ adopted: false });
  });

  it('that another stack still uses is not destroyed, and the wait says why', async () => {
    const { stacks } = service;
    const volume = '/used/erin/disk';
    const owner = await stacks.add({
      name: '/used/erin/owner',
      oplans: [plan('disk', 'storage/volume', [volume])],
    });
    const user = await stacks.add({
      name: '/used/erin/user',
      oplans: [instances('web', ['/used/erin/web'], { storage_attachments: [{ volume, index: 1 }] })],
    });
    await stacks.bring(owner.name, 'START', 'ready');
    await stacks.bring(user.name, 'START', 'ready');
    await stacks.act(owner.name, 'STOP');
    const errors = await until(async () => (await stacks.get(owner.name)).info.errors['disk'], {
      what: 'the reason why it waits',
    });
    expect(errors).toContain('/used/erin/web');
    await stacks.bring(user.name, 'STOP', 'stopped');
    expect((await stacks.reaches(owner.name, 'stopped')).info.errors).toEqual({});
  });

  it('of another stack stays when the one that adopted it stops, and goes when its own one does', async () => {
    const { stacks, simulation } = service;
    const volume = '/shared/erin/disk';
    const one = await stacks.add(body('/shared/erin/one', volume, '/shared/erin/web-1'));
    const other = await stacks.add(body('/shared/erin/other', volume, '/shared/erin/web-2'));
    await stacks.bring(one.name, 'START', 'ready');
    const { id } = await stacks.object('storage/volume', volume);
    await stacks.bring(other.name, 'START', 'ready');
    await stacks.bring(other.name, 'STOP', 'stopped');
    expect(await stacks.object('storage/volume', volume)).toMatchObject({ id, orchestration: one.name });
    await stacks.bring(one.name, 'STOP', 'stopped');
    expect(await simulation.objects('/shared/')).toEqual([]);
  });

  it('an instance that was found shut down is left so: a warning, and no policy starts it', async () => {
    const { stacks, simulation } = service;
    const lender = await stacks.add({
      name: '/off/erin/lender',
      oplans: [instances('web', ['/off/erin/web'])],
    });
    await stacks.bring(lender.name, 'START', 'ready');
    await stacks.bring(lender.name, 'SHUTDOWN', 'shut_down');
    const borrower = await stacks.add({
      name: '/off/erin/borrower',
      oplans: [instances('web', ['/off/erin/web', '/off/erin/own'], {}, { ha_policy: 'active' })],
    });
    await stacks.bring(borrower.name, 'START', 'warning');
    const started = (await simulation.journal('/off/')).filter(({ operation }) => operation === 'start');
    expect(started).toEqual([]);
    expect(await stacks.object('instance', '/off/erin/own')).toMatchObject({ state: 'running' });
  });
});

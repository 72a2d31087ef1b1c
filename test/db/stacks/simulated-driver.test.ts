import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  simulationControl,
  type SimulationControl,
} from '../../../src/activities/stacks/drivers/simulated/control.ts';
import { createSimulatedDrivers } from '../../../src/activities/stacks/drivers/simulated/index.ts';
import type { Drivers, WantedObject } from '../../../src/activities/stacks/drivers/driver.ts';
import { openDatabase, type Database } from '../../../src/db/connection.ts';
import { FinalError, UnavailableError } from '../../../src/domain/errors.ts';
import type { Json, ObjectType } from '../../../src/domain/stacks/definition.ts';
import { atEndOfFile, createDatabase } from '../../support/environment.ts';

let database: Database;
let drivers: Omit<Drivers, 'orchestration'>;
let control: SimulationControl;
/** Milliseconds; a test moves it. */
let now = Date.parse('2026-01-02T03:04:05.678Z');
const clock = (): number => now;
const { signal } = new AbortController();

beforeAll(async () => {
  database = openDatabase((await createDatabase()).url);
  atEndOfFile(() => database.close());
  drivers = createSimulatedDrivers(database, clock);
  control = simulationControl(database, clock);
});

let folder: string;
let number = 0;
beforeEach(async () => {
  folder = `/acme/user-${++number}/`;
  await control.clearFaults();
});

function wanted<T extends ObjectType>(
  objType: T,
  name: string,
  fields: Record<string, Json> = {},
  owner = 'mine',
): WantedObject & { objType: T } {
  const whole = `${folder}${name}`;
  return { objType, name: whole, owner: `${owner} ${whole}`, spec: { ...fields, name: whole } };
}
const anInstance = (fields: Record<string, Json> = {}) => wanted('launchplan', 'vm', fields);
const state = async (object: WantedObject & { objType: keyof typeof drivers }): Promise<string> =>
  (await drivers[object.objType].describe(object, signal))?.state ?? 'none';
const journal = async (): Promise<string[]> =>
  (await control.journal(folder)).map(
    ({ operation, name, outcome }) => `${operation} ${name.slice(folder.length)} ${outcome}`,
  );

describe('an object of the simulated driver', () => {
  it('A70: is created once, however often and from however many sides it is asked for', async () => {
    const volume = wanted('storage/volume', 'disk', { size: '10G' });
    expect(await state(volume)).toBe('none');
    await Promise.all(Array.from({ length: 8 }, () => drivers['storage/volume'].create(volume, signal)));
    const described = await drivers['storage/volume'].describe(volume, signal);
    expect(described).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      owner: volume.owner,
      state: 'available',
      attributes: { size: '10G' },
    });
    await drivers['storage/volume'].create({ ...volume, owner: 'another' }, signal);
    expect(await drivers['storage/volume'].describe(volume, signal)).toEqual(described);
    expect(await journal()).toEqual(['create disk done']);
    expect((await control.journal(folder))[0]).toMatchObject({
      objectID: described?.id,
      owner: volume.owner,
    });
  });

  it('A71 A72: is destroyed once, by its owner only, and is another one when it is created again', async () => {
    const address = wanted('ip/reservation', 'address');
    const driver = drivers['ip/reservation'];
    await driver.create(address, signal);
    const first = await driver.describe(address, signal);
    expect(first?.attributes).toEqual({ ip: expect.stringMatching(/^100\.\d+\.\d+\.\d+$/) as string });
    await driver.destroy({ ...address, owner: 'another' }, signal);
    expect(await driver.describe(address, signal)).toEqual(first);
    await driver.destroy(address, signal);
    await driver.destroy(address, signal);
    expect(await state(address)).toBe('none');
    await driver.create(address, signal);
    expect((await driver.describe(address, signal))?.id).not.toBe(first?.id);
    expect(await journal()).toEqual(['create address done', 'destroy address done', 'create address done']);
  });

  it('A71: that was there before stays as it is and belongs to nobody', async () => {
    const volume = wanted('storage/volume', 'disk', { size: '10G' });
    const id = await control.put('storage/volume', volume.name, { size: '99G' });
    await drivers['storage/volume'].create(volume, signal);
    await drivers['storage/volume'].destroy(volume, signal);
    expect(await drivers['storage/volume'].describe(volume, signal)).toEqual({
      id,
      owner: null,
      state: 'available',
      attributes: { size: '99G' },
    });
    expect(await journal()).toEqual([]);
    await control.remove('storage/volume', volume.name);
    expect(await state(volume)).toBe('none');
  });

  it('takes the time that its specification says, whatever happens to the process meanwhile', async () => {
    const volume = wanted('storage/volume', 'disk', { simulation: { seconds: 5 } });
    const driver = drivers['storage/volume'];
    await driver.create(volume, signal);
    expect(await state(volume)).toBe('pending');
    now += 4_999;
    expect(await state(volume)).toBe('pending');
    now += 1;
    expect(await state(volume)).toBe('available');
    const restarted = createSimulatedDrivers(database, clock);
    expect((await restarted['storage/volume'].describe(volume, signal))?.state).toBe('available');
    await driver.destroy(volume, signal);
    expect(await state(volume)).toBe('pending');
    await expect(driver.create(volume, signal)).rejects.toThrow(/is still being destroyed/);
    now += 5_000;
    expect(await state(volume)).toBe('none');
    await driver.create(volume, signal);
    now += 5_000;
    expect(await state(volume)).toBe('available');
    expect(await control.objects(folder)).toMatchObject([
      { objType: 'storage/volume', name: volume.name, state: 'available' },
    ]);
  });

  it('takes longer when it was slowed down, until that is taken back', async () => {
    const list = wanted('seclist', 'web');
    await control.slow('seclist', list.name, 'create', 700);
    await drivers.seclist.create(list, signal);
    now += 699;
    expect(await state(list)).toBe('pending');
    now += 1;
    expect(await state(list)).toBe('available');
    await control.clearFaults();
    await drivers.seclist.destroy(list, signal);
    await drivers.seclist.create(list, signal);
    expect(await state(list)).toBe('available');
  });
});

describe('an instance of the simulated driver', () => {
  it('A75 A76 A77: is shut down and started again as the same one, each request once', async () => {
    const vm = anInstance();
    const { launchplan } = drivers;
    await launchplan.create(vm, signal);
    const before = await launchplan.describe(vm, signal);
    expect(before).toMatchObject({
      state: 'running',
      attributes: { ip: expect.stringMatching(/^10\.\d+\.\d+\.\d+$/) as string },
    });
    await launchplan.start(vm, signal);
    await launchplan.stop(vm, signal);
    await launchplan.stop(vm, signal);
    expect(await launchplan.describe(vm, signal)).toEqual({ ...before, state: 'shutdown' });
    await launchplan.restart(vm, 'token', signal);
    expect(await state(vm)).toBe('shutdown');
    await launchplan.start(vm, signal);
    await launchplan.start(vm, signal);
    expect(await launchplan.describe(vm, signal)).toEqual(before);
    expect(await journal()).toEqual(['create vm done', 'stop vm done', 'start vm done']);
  });

  it('goes through one power cycle per token', async () => {
    const vm = anInstance();
    const { launchplan } = drivers;
    await launchplan.create(vm, signal);
    const before = await launchplan.describe(vm, signal);
    await control.slow('launchplan', vm.name, 'restart', 1_000);
    await launchplan.restart(vm, 'first', signal);
    expect(await state(vm)).toBe('pending');
    now += 600;
    await launchplan.restart(vm, 'first', signal);
    now += 400;
    expect(await launchplan.describe(vm, signal)).toEqual(before);
    await launchplan.restart(vm, 'first', signal);
    await launchplan.restart(vm, 'second', signal);
    expect(await journal()).toEqual(['create vm done', 'restart vm done', 'restart vm done']);
  });

  it('A86: ends by itself as long after its creation as it says, and not again once it was started', async () => {
    const vm = anInstance({ simulation: { seconds: 1, dies_after_seconds: 10 } });
    const { launchplan } = drivers;
    await launchplan.create(vm, signal);
    now += 10_999;
    expect(await state(vm)).toBe('running');
    now += 1;
    expect(await launchplan.describe(vm, signal)).toMatchObject({
      state: 'stopped',
      reason: 'ended by itself',
    });
    await launchplan.start(vm, signal);
    now += 60_000;
    expect(await state(vm)).toBe('running');
    expect(await journal()).toEqual(['create vm done', 'start vm done']);
  });

  it('A86: ends when it is killed, and can be started, restarted or shut down then', async () => {
    const vm = anInstance();
    const { launchplan } = drivers;
    await launchplan.create(vm, signal);
    const before = await launchplan.describe(vm, signal);
    for (const [heal, healed] of [
      ['start', 'running'],
      ['restart', 'running'],
      ['stop', 'shutdown'],
    ] as const) {
      await control.kill(vm.name);
      expect(await state(vm)).toBe('stopped');
      if (heal === 'restart') await launchplan.restart(vm, 'token', signal);
      else await launchplan[heal](vm, signal);
      expect(await launchplan.describe(vm, signal)).toEqual({ ...before, state: healed });
    }
    await expect(control.kill(`${folder}other`)).rejects.toThrow(/no instance/);
  });

  it('that does not exist is started, shut down and restarted by nobody', async () => {
    const vm = anInstance();
    const { launchplan } = drivers;
    const refused = { code: 'OBJECT_REFUSED' };
    await expect(launchplan.start(vm, signal)).rejects.toMatchObject(refused);
    await expect(launchplan.stop(vm, signal)).rejects.toMatchObject(refused);
    await expect(launchplan.restart(vm, 'token', signal)).rejects.toMatchObject(refused);
    expect(await journal()).toEqual([]);
  });
});

describe('a failure on demand', () => {
  it('is what the specification says, as often as it says, across processes', async () => {
    const fail = { create: { message: 'out of capacity', times: 2 }, destroy: { message: 'stuck' } };
    const vm = anInstance({ simulation: { fail } });
    const create = (): Promise<void> => createSimulatedDrivers(database, clock).launchplan.create(vm, signal);
    const refused = { code: 'OBJECT_REFUSED', message: `instance ${vm.name}: out of capacity` };
    await expect(create()).rejects.toBeInstanceOf(FinalError);
    await expect(create()).rejects.toMatchObject(refused);
    expect(await state(vm)).toBe('none');
    await create();
    for (let time = 0; time < 3; time++) {
      await expect(drivers.launchplan.destroy(vm, signal)).rejects.toThrow(/stuck/);
    }
    expect(await state(vm)).toBe('running');
    expect(await journal()).toEqual([
      'create vm failed',
      'create vm failed',
      'create vm done',
      'destroy vm failed',
      'destroy vm failed',
      'destroy vm failed',
    ]);
  });

  it('is what was set from outside, as often as that says, beside a latency', async () => {
    const vm = anInstance();
    const { launchplan } = drivers;
    await launchplan.create(vm, signal);
    await control.slow('launchplan', vm.name, 'stop', 50);
    await control.fail('launchplan', vm.name, 'stop', { message: 'not now', times: 1 });
    await expect(launchplan.stop(vm, signal)).rejects.toThrow(`instance ${vm.name}: not now`);
    expect(await state(vm)).toBe('running');
    await launchplan.stop(vm, signal);
    expect(await state(vm)).toBe('pending');
    now += 50;
    expect(await state(vm)).toBe('shutdown');

    await control.fail('launchplan', vm.name, 'start', { message: 'never' });
    for (let time = 0; time < 3; time++) {
      await expect(launchplan.start(vm, signal)).rejects.toThrow(/never/);
    }
    await control.clearFaults();
    await launchplan.start(vm, signal);
    expect(await state(vm)).toBe('running');
  });

  it('does not meet a request that changes nothing', async () => {
    const list = wanted('seclist', 'web');
    await drivers.seclist.create(list, signal);
    await control.fail('seclist', list.name, 'create', { message: 'never' });
    await drivers.seclist.create(list, signal);
    expect(await journal()).toEqual(['create web done']);
  });
});

describe('references', () => {
  const withDisk = () => ({
    volume: wanted('storage/volume', 'disk'),
    vm: anInstance({ storage_attachments: [{ index: 1, volume: `${folder}disk` }] }),
  });

  it('A61: must exist before the object that refers to them', async () => {
    const { vm, volume } = withDisk();
    const refused = drivers.launchplan.create(vm, signal);
    await expect(refused).rejects.toBeInstanceOf(FinalError);
    await expect(refused).rejects.toMatchObject({
      code: 'OBJECT_REFUSED',
      message: `instance ${vm.name} refers to storage/volume ${volume.name}, which does not exist; create it first, or let the plan depend on it`,
    });
    await control.slow('storage/volume', volume.name, 'create', 100);
    await drivers['storage/volume'].create(volume, signal);
    await expect(drivers.launchplan.create(vm, signal)).rejects.toBeInstanceOf(UnavailableError);
    now += 100;
    await drivers.launchplan.create(vm, signal);
    expect(await state(vm)).toBe('running');
  });

  it('to what the platform provides are always fine', async () => {
    const rule = wanted('secrule', 'rule', { src_list: 'seclist:/oracle/public/default', dst_list: null });
    await drivers.secrule.create(rule, signal);
    expect(await state(rule)).toBe('available');
  });

  it('A62: keep an object from being destroyed, by an instance that is shut down too, until it is gone', async () => {
    const { vm, volume } = withDisk();
    await drivers['storage/volume'].create(volume, signal);
    await drivers.launchplan.create(vm, signal);
    await drivers.launchplan.stop(vm, signal);
    const destroy = (): Promise<void> => drivers['storage/volume'].destroy(volume, signal);
    await expect(destroy()).rejects.toMatchObject({
      name: 'UnavailableError',
      system: 'objects',
      message: `storage/volume ${volume.name} is in use by instance ${vm.name}; destroy that first`,
    });
    await control.slow('launchplan', vm.name, 'destroy', 100);
    await drivers.launchplan.destroy(vm, signal);
    await expect(destroy()).rejects.toBeInstanceOf(UnavailableError);
    now += 100;
    await destroy();
    expect(await state(volume)).toBe('none');
    expect(await journal()).toEqual([
      'create disk done',
      'create vm done',
      'stop vm done',
      'destroy vm done',
      'destroy disk done',
    ]);
  });

  it('A62: of attachments, associations and rules count, too', async () => {
    const vm = anInstance();
    const volume = wanted('storage/volume', 'disk');
    const address = wanted('ip/reservation', 'address');
    const list = wanted('seclist', 'web');
    const attachment = wanted('storage/attachment', 'att', {
      instance_name: vm.name,
      storage_volume_name: volume.name,
    });
    const association = wanted('ip/association', 'assoc', {
      parentpool: `ipreservation:${address.name}`,
      instance_name: vm.name,
    });
    const rule = wanted('secrule', 'rule', { src_list: `seclist:${list.name}` });
    for (const object of [vm, volume, address, list, attachment, association, rule]) {
      await drivers[object.objType].create(object, signal);
    }
    for (const object of [vm, volume, address, list]) {
      await expect(drivers[object.objType].destroy(object, signal)).rejects.toThrow(/is in use by/);
    }
    for (const object of [attachment, association, rule, vm, volume, address, list]) {
      await drivers[object.objType].destroy(object, signal);
      expect(await state(object)).toBe('none');
    }
  });

  it('A61 A62: an object is never destroyed under one that is created at the same time', async () => {
    for (let round = 0; round < 20; round++) {
      const volume = wanted('storage/volume', `disk-${round}`);
      const vm = wanted('launchplan', `vm-${round}`, {
        storage_attachments: [{ volume: volume.name, index: 1 }],
      });
      await drivers['storage/volume'].create(volume, signal);
      await Promise.allSettled([
        drivers.launchplan.create(vm, signal),
        drivers['storage/volume'].destroy(volume, signal),
      ]);
      expect([await state(vm), await state(volume)]).toEqual(
        (await state(vm)) === 'running' ? ['running', 'available'] : ['none', 'none'],
      );
    }
  });
});

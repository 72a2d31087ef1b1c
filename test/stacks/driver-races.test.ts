/** Moments between a driver's answer and the row, each held open at the driver. */
import { Context } from '@temporalio/activity';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Drivers, ObjectDriver } from '../../src/activities/stacks/drivers/driver.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { parseOwnerKey } from '../../src/domain/stacks/owner-key.ts';
import { until } from '../support/environment.ts';
import { instances, plan } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

/** The pieces that a test puts in front of the drivers; as they are when left out. */
interface Front {
  create?: (driver: ObjectDriver, ...given: Parameters<ObjectDriver['create']>) => Promise<void>;
  describe?: (
    driver: ObjectDriver,
    ...given: Parameters<ObjectDriver['describe']>
  ) => ReturnType<ObjectDriver['describe']>;
}
let front: Front = {};

function behindFront<D extends ObjectDriver>(driver: D): D {
  return {
    ...driver,
    create: (...given) => (front.create ? front.create(driver, ...given) : driver.create(...given)),
    describe: (...given) => (front.describe ? front.describe(driver, ...given) : driver.describe(...given)),
  };
}

let rig: StackRig;
beforeAll(async () => {
  const changeDrivers = (drivers: Drivers): Drivers => {
    const { launchplan } = drivers;
    return {
      ...drivers,
      // One by one, so that what a test says of an instance is heard by the monitor too.
      launchplan: { ...behindFront(launchplan), survey: undefined },
      'storage/volume': behindFront(drivers['storage/volume']),
    };
  };
  rig = await StackRig.start({ pendingSeconds: 2 }, { changeDrivers });
});
beforeEach(() => {
  front = {};
});

async function add(name: string, volume: string): Promise<string> {
  const oplans = [plan('disk', 'storage/volume', [volume])];
  return await rig.add(stackDefinitionSchema.parse({ name, oplans }));
}

function opening(): { opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('an adopted object', () => {
  it('that its owner destroys while it is being adopted is made anew, and is no phantom', async () => {
    const volume = '/phantom/mia/disk';
    const owner = await add('/phantom/mia/owner', volume);
    const adopter = await add('/phantom/mia/adopter', volume);
    await rig.bring(owner, 'START', 'ready');
    const { opened, open } = opening();
    let seen = 0;
    front.describe = async (driver, object, signal) => {
      const described = await driver.describe(object, signal);
      if (parseOwnerKey(object.owner)?.stack !== adopter) return described;
      seen += 1;
      // This look decides that it is adopted: with what it says in hand, the adopter is slow.
      if (seen === 2) await opened;
      return described;
    };
    await rig.act(adopter, 'START');
    await until(() => seen === 2, { what: 'that the adopter has seen it' });
    await rig.bring(owner, 'STOP', 'stopped');
    open();
    await rig.reaches(adopter, 'ready');
    const [object] = await rig.simulation.objects(volume);
    expect(object?.owner).toContain(adopter);
    expect(await rig.object(adopter, volume)).toMatchObject({ condition: 'available', owned: true });
  });

  it('is missed by its adopter also when the worker dies right after its destruction', async () => {
    const volume = '/untold/mia/disk';
    const owner = await add('/untold/mia/owner', volume);
    const adopter = await add('/untold/mia/adopter', volume);
    await rig.bring(owner, 'START', 'ready');
    await rig.bring(adopter, 'START', 'ready');
    let died = false;
    front.describe = async (driver, object, signal) => {
      const described = await driver.describe(object, signal);
      if (parseOwnerKey(object.owner)?.stack === owner && !described && !died) {
        died = true;
        throw new Error('the process dies here');
      }
      return described;
    };
    await rig.bring(owner, 'STOP', 'stopped');
    expect(died).toBe(true);
    const { condition, error } = await rig.object(adopter, volume);
    expect({ condition, error }).toEqual({
      condition: 'absent',
      error: expect.stringContaining(`was destroyed by ${owner}`) as string,
    });
  });
});

describe('a creation', () => {
  it('that STOP comes across is not aborted on its way, so that nothing of it is left', async () => {
    const volume = '/leak/mia/disk';
    const name = await add('/leak/mia/stack', volume);
    const { opened, open } = opening();
    let written: Promise<void> | undefined;
    let isCanceled = false;
    front.create = async (driver, object, signal) => {
      // As a request that has left the process: it arrives, whatever becomes of whoever waits for the answer.
      written = opened.then(() => driver.create(object, new AbortController().signal));
      Context.current().cancelled.catch(() => (isCanceled = true));
      const aborted = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
      await Promise.race([written, aborted]);
    };
    await rig.act(name, 'START');
    await until(() => written !== undefined, { what: 'that the request is on its way' });
    await rig.act(name, 'STOP');
    await until(() => isCanceled, { what: 'that the activity hears of it' });
    open();
    await written;
    await rig.reaches(name, 'stopped');
    expect(await rig.simulation.objects(volume)).toEqual([]);
  });
});

describe('an instance', () => {
  it('A86: that vanished is created again when its policy is active', async () => {
    const name = await rig.add(
      stackDefinitionSchema.parse({
        name: '/again/mia/stack',
        oplans: [instances('web', ['/again/mia/web'], {}, { ha_policy: 'active' })],
      }),
    );
    await rig.bring(name, 'START', 'ready');
    const before = await rig.object(name, '/again/mia/web');
    await rig.simulation.remove('launchplan', '/again/mia/web');
    await rig.reaches(name, 'warning');
    await rig.reaches(name, 'ready');
    const after = await rig.object(name, '/again/mia/web');
    expect(after).toMatchObject({ condition: 'running', owned: true, error: null });
    expect(after.objectID).not.toBe(before.objectID);
    await rig.bring(name, 'STOP', 'stopped');
    expect(await rig.simulation.objects('/again/')).toEqual([]);
  });

  it('A86: that vanished is created again by a command, whatever its policy', async () => {
    const name = await rig.add(
      stackDefinitionSchema.parse({
        name: '/asked/mia/stack',
        oplans: [instances('web', ['/asked/mia/web'])],
      }),
    );
    await rig.bring(name, 'START', 'ready');
    await rig.simulation.remove('launchplan', '/asked/mia/web');
    await rig.reaches(name, 'warning');
    await rig.instance(name, '/asked/mia/web', 'running');
    await rig.reaches(name, 'ready');
    expect(await rig.object(name, '/asked/mia/web')).toMatchObject({ owned: true, error: null });
  });

  it('A86: that runs no more since it never gets ready is a warning that says why, and ready once it is', async () => {
    const name = await rig.add(
      stackDefinitionSchema.parse({
        name: '/edited/mia/stack',
        oplans: [instances('web', ['/edited/mia/web'])],
      }),
    );
    await rig.bring(name, 'START', 'ready');
    front.describe = async (driver, object, signal) => {
      const described = await driver.describe(object, signal);
      return described && { ...described, state: 'pending', reason: 'its image cannot be pulled' };
    };
    await rig.reaches(name, 'warning');
    const { condition, error } = await rig.object(name, '/edited/mia/web');
    expect({ condition, error }).toEqual({
      condition: 'stopped',
      error: expect.stringContaining('its image cannot be pulled') as string,
    });
    front = {};
    await rig.reaches(name, 'ready');
  });
});

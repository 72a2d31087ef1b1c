/** Systems that take a request and never answer; each is given up after half a minute, so both are shown side by side. */
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import { everything } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 3;

async function expectAllOnce({ landscape }: Service): Promise<void> {
  const upgraded = (await landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect(upgraded.sort()).toEqual((await landscape.runtimes()).map(({ runtimeID }) => runtimeID).sort());
}

describe.concurrent('a system that never answers is given up and asked again', () => {
  let one: Service;
  let other: Service;

  beforeAll(async () => {
    one = await startService({ fleetSize: FLEET });
    other = await startService({ fleetSize: FLEET });
  });

  it('A3: the inventory', async () => {
    await one.landscape.setFault('inventory', { mode: 'timeout', times: 1 });
    const id = await one.rest.create(everything(FLEET));
    const said = await until(
      async () => {
        const { description } = await one.rest.orchestration(id);
        return description.startsWith('Waits') ? description : undefined;
      },
      { what: 'that the orchestration says what it waits for' },
    );
    expect(said).toBe(
      'Waits for the inventory: The Gardener API gives no usable answer: no answer within 30 s',
    );
    await one.rest.reaches(id, 'succeeded');
    await expectAllOnce(one);
  });

  it('A4: the Provisioner, when an upgrade is asked for', async () => {
    await other.landscape.setFault('provisioner', { mode: 'timeout', times: 1, only: 'mutation' });
    const id = await other.rest.create(everything(1));
    await other.rest.reaches(id, 'succeeded', 80_000);
    await expectAllOnce(other);
    expect((await other.rest.operations(id)).map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });
});

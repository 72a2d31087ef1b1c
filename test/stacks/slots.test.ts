/** Waiting takes no place from others: not from other stacks, and not from the monitor. */
import { beforeAll, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { until } from '../support/environment.ts';
import { instances, plan } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

const PENDING = 250;
const HOUR_SECONDS = 3_600;

let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start({ objectsAtOnce: PENDING });
});

it('250 objects that stay pending keep no other stack from starting and stopping, nor the monitor from its rounds', async () => {
  const names = Array.from({ length: PENDING }, (_, index) => `/crowd/lou/disk-${index}`);
  const crowd = await rig.add(
    stackDefinitionSchema.parse({
      name: '/crowd/lou/stack',
      oplans: [plan('disks', 'storage/volume', names, { simulation: { seconds: HOUR_SECONDS } })],
    }),
  );
  await rig.act(crowd, 'START');
  const begun = async (): Promise<boolean> => (await rig.journal('/crowd/')).length >= 199;
  await until(begun, {
    what: 'that as many are pending as a worker has places, but for that of the monitor',
  });

  const other = await rig.add(
    stackDefinitionSchema.parse({
      name: '/other/lou/stack',
      oplans: [instances('web', ['/other/lou/web'])],
    }),
  );
  await rig.bring(other, 'START', 'ready');
  await rig.simulation.kill('/other/lou/web');
  await rig.reaches(other, 'warning');
  await rig.bring(other, 'STOP', 'stopped');
  expect(await rig.status(crowd)).toBe('starting');
  // However often it was looked at meanwhile, each was asked for once.
  await until(async () => (await rig.journal('/crowd/')).length >= PENDING, {
    what: 'that all are asked for',
  });
  const asked = (await rig.journal('/crowd/')).map((entry) => entry.name);
  expect([...asked].sort()).toEqual([...names].sort());
});

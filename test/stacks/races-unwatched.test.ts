import { beforeAll, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { until } from '../support/environment.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { instances, plan } from '../support/stacks/definitions.ts';

const HOUR_MS = 3_600_000;

/** Here nobody but the action itself finds out how an instance is, and activities learn late that they are not wanted. */
let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start({ monitorSeconds: 3_600, heartbeatSeconds: 600 });
});

it('A86: SHUTDOWN finds out that an instance is gone, and leaves a warning', async () => {
  const name = await rig.add(
    stackDefinitionSchema.parse({
      name: '/gone/kim/stack',
      oplans: [instances('web', ['/gone/kim/a', '/gone/kim/b'])],
    }),
  );
  await rig.bring(name, 'START', 'ready');
  await rig.simulation.remove('launchplan', '/gone/kim/a');
  await rig.bring(name, 'SHUTDOWN', 'warning');
  expect((await rig.object(name, '/gone/kim/a')).condition).toBe('stopped');
  expect((await rig.object(name, '/gone/kim/b')).condition).toBe('shutdown');
});

it('START is taken in the moment in which an idle run is asked to read the database again', async () => {
  for (let round = 0; round < 6; round += 1) {
    const name = await rig.add(
      stackDefinitionSchema.parse({
        name: `/moment/kim/stack-${round}`,
        oplans: [plan('net', 'vnet', [`/moment/kim/net-${round}`])],
      }),
    );
    const resync = rig.gateway.resync(name);
    if (round % 2 === 0) await resync;
    const [begun] = await Promise.all([rig.act(name, 'START'), resync]);
    expect(begun).toBe('starting');
    await rig.reaches(name, 'ready');
  }
});

it('a new definition is answered while a command to an instance hangs, and the command goes on', async () => {
  const body = (policy: string): StackDefinition =>
    stackDefinitionSchema.parse({
      name: '/hangs/kim/stack',
      oplans: [instances('web', ['/hangs/kim/a'], {}, { ha_policy: policy })],
    });
  const name = await rig.add(body('none'));
  await rig.bring(name, 'START', 'ready');
  await rig.simulation.slow('launchplan', '/hangs/kim/a', 'stop', HOUR_MS);
  await rig.instance(name, '/hangs/kim/a', 'shutdown');
  await until(async () => (await rig.journal('/hangs/', 'stop')).length === 1, {
    what: 'that the command is under way',
  });
  expect(await rig.define(body('monitor'))).toBe('ready');
  expect((await rig.object(name, '/hangs/kim/a')).condition).toBe('shutting_down');
  expect(await rig.journal('/hangs/', 'stop')).toHaveLength(1);
});

import { expect, it } from 'vitest';
import { FinalError } from '../../src/domain/errors.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { STACK_MONITOR_WORKFLOW_ID, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { inSeconds, instances, plan, type StackBody } from '../support/stacks/definitions.ts';

const defined = (body: StackBody): StackDefinition => stackDefinitionSchema.parse(body);

it('a schedule whose whole time passed while no worker ran starts nothing', async () => {
  const rig = await StackRig.start();
  const stop = inSeconds(7);
  const name = await rig.add(
    defined({
      name: '/missed/lou/stack',
      schedule: { start_time: inSeconds(6), stop_time: stop },
      oplans: [plan('net', 'vnet', ['/missed/lou/net'])],
    }),
  );
  expect(await rig.act(name, 'START')).toBe('scheduled');
  await rig.rig.stopWorkers();
  await until(() => Date.now() > Date.parse(stop) + 500, { what: 'that the stop time has passed' });
  await rig.rig.startWorkers();
  await rig.reaches(name, 'stopped');
  expect(await rig.journal('/missed/')).toEqual([]);
  expect((await rig.events(name)).at(-1)?.reason).toBe('Its stop time has passed before it could be started');
});

it('A85: a workflow that was terminated during a command to an instance is revived, and the status follows', async () => {
  const rig = await StackRig.start();
  const name = await rig.add(
    defined({ name: '/revived/lou/stack', oplans: [instances('web', ['/revived/lou/a', '/revived/lou/b'])] }),
  );
  await rig.bring(name, 'START', 'ready');
  await rig.simulation.slow('launchplan', '/revived/lou/a', 'stop', 2_000);
  await rig.instance(name, '/revived/lou/a', 'shutdown');
  await until(async () => (await rig.object(name, '/revived/lou/a')).condition === 'shutting_down', {
    what: 'the command is under way',
  });
  await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).terminate('by hand');
  expect(await rig.rig.reconcile()).toContain(`workflow of stack ${name} started again`);
  await until(async () => (await rig.object(name, '/revived/lou/a')).condition === 'shutdown', {
    what: 'that the command is carried out',
  });
  await rig.reaches(name, 'warning');
});

it('one instance that cannot be looked at keeps the monitor from none of the others', async () => {
  const broken = '/broken/lou/bad';
  let isBroken = false;
  const rig = await StackRig.start(
    {},
    {
      changeDrivers: (drivers) => ({
        ...drivers,
        launchplan: {
          ...drivers.launchplan,
          // So that each is looked at by itself.
          survey: undefined,
          describe: async (object, signal) => {
            if (isBroken && object.name === broken) throw new FinalError('OBJECT_REFUSED', 'not for you');
            return await drivers.launchplan.describe(object, signal);
          },
        },
      }),
    },
  );
  const bad = await rig.add(defined({ name: '/broken/lou/stack', oplans: [instances('web', [broken])] }));
  const good = await rig.add(
    defined({ name: '/well/lou/stack', oplans: [instances('web', ['/well/lou/web'])] }),
  );
  await rig.bring(bad, 'START', 'ready');
  await rig.bring(good, 'START', 'ready');
  isBroken = true;
  await rig.simulation.kill('/well/lou/web');
  await rig.reaches(good, 'warning');
  const monitor = await rig.rig.client.workflow.getHandle(STACK_MONITOR_WORKFLOW_ID).describe();
  expect(monitor.status.name).toBe('RUNNING');
  expect(await rig.status(bad)).toBe('ready');
});

it('nested stacks that wait leave room for their own objects, however few may be worked on at once', async () => {
  const rig = await StackRig.start({}, { maxObjects: 3 });
  const inner = Array.from({ length: 6 }, (_, number) => `/deep/lou/inner-${number}`);
  for (const name of inner) {
    await rig.add(defined({ name, oplans: [plan('net', 'vnet', [`${name}-net`])] }));
  }
  const middle = await rig.add(
    defined({ name: '/deep/lou/middle', oplans: [plan('in', 'orchestration', inner)] }),
  );
  const outer = await rig.add(
    defined({ name: '/deep/lou/outer', oplans: [plan('in', 'orchestration', [middle])] }),
  );
  await rig.bring(outer, 'START', 'ready');
  expect(await rig.journal('/deep/', 'create')).toHaveLength(6);
  await rig.bring(outer, 'STOP', 'stopped');
  expect(await rig.simulation.objects('/deep/')).toEqual([]);
});

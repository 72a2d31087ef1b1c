import { beforeAll, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import { stackObservedSignal, stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { gate, type Gate } from '../support/gate.ts';
import { instances } from '../support/stacks/definitions.ts';
import { StackRig } from '../support/stacks/rig.ts';

const AFTER_EVENTS = 80;

/** Holds the shutdown of single instances at the driver. */
let shutdown: Gate;
let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start(
    { monitorSeconds: 3_600, continueAsNewAfterEvents: AFTER_EVENTS },
    {
      changeDrivers: (drivers) => {
        const launchplan = { ...drivers.launchplan };
        shutdown = gate(launchplan, 'stop', 'before');
        return { ...drivers, launchplan };
      },
    },
  );
});

/** The database goes on without the run, as after a reset: to shut down. */
async function goOnWithoutRun(name: string): Promise<void> {
  for (const status of ['shutting_down', 'shut_down'] as const) {
    const change = { actor: 'alice', reason: 'beside the run', now: new Date().toISOString() };
    await rig.rig.repositories.stacks.enterStatus(name, status, change);
  }
}

it('a request to a run that is behind its database, and that is about to continue as new, is carried out', async () => {
  const name = await rig.add(
    stackDefinitionSchema.parse({
      name: '/behind/lea/stack',
      oplans: [instances('web', ['/behind/lea/a', '/behind/lea/b'])],
    }),
  );
  await rig.bring(name, 'START', 'ready');
  await rig.instance(name, '/behind/lea/a', 'shutdown');
  await until(() => shutdown.arrived() === 1, { what: 'that the command is under way' });
  const handle = rig.rig.client.workflow.getHandle(stackWorkflowID(name));
  await handle.signal(stackObservedSignal, []);
  await rig.reaches(name, 'warning');
  await goOnWithoutRun(name);
  // The run has become long: it ends what is under way, in order to continue as new, and waits for that.
  for (let sent = 0; sent < AFTER_EVENTS; sent += 1) await handle.signal(stackObservedSignal, []);
  const entered = gate(rig.rig.repositories.stacks, 'enterStatus', 'before');
  const stop = rig.gateway.act(name, { action: 'STOP', actor: 'alice' });
  await until(() => entered.arrived() > 0, { what: 'that the request is at work' });
  entered.open();
  shutdown.open();
  expect(await stop).toEqual({ kind: 'accepted', status: 'stopping' });
  await rig.reaches(name, 'stopped');
});

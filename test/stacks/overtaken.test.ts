/** Commands and requests to cancel that meet something else under way: they wait, and are not lost. */
import { beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.ts';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackStatus } from '../../src/domain/stacks/statuses.ts';
import type { StackDefinition } from '../../src/domain/stacks/definition.ts';
import { stackWorkflowID } from '../../src/workflows/contract/stacks.ts';
import { until } from '../support/environment.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { instances, plan } from '../support/stacks/definitions.ts';

/** Instances whose driver takes no request to stop for now. */
const deaf = new Set<string>();
const asked = new Set<string>();
let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start(
    {},
    {
      changeDrivers: (drivers) => ({
        ...drivers,
        launchplan: {
          ...drivers.launchplan,
          stop: async (object, signal) => {
            asked.add(object.name);
            if (deaf.has(object.name)) throw new UnavailableError('objects', 'It does not listen now');
            await drivers.launchplan.stop(object, signal);
          },
        },
      }),
    },
  );
});

const at = (container: string, name: string): string => `/${container}/ida/${name}`;
function defined(container: string, ...labels: string[]): StackDefinition {
  const oplans = labels.map((label) =>
    label === 'net'
      ? plan(label, 'vnet', [at(container, 'net')])
      : instances(label, [at(container, `${label}-1`), at(container, `${label}-2`)]),
  );
  return stackDefinitionSchema.parse({ name: at(container, 'stack'), oplans });
}
async function ready(container: string, ...labels: string[]): Promise<string> {
  const name = await rig.add(defined(container, ...labels));
  await rig.bring(name, 'START', 'ready');
  return name;
}
async function condition(name: string, instance: string, wanted: string): Promise<void> {
  const what = `that ${instance} is ${wanted}`;
  await until(async () => (await rig.object(name, instance)).condition === wanted, { what });
}
const passed = async (name: string): Promise<(string | null)[]> =>
  (await rig.events(name)).filter(({ kind }) => kind === 'status').map(({ toState }) => toState);

/** A shutdown of a single instance that its driver does not take yet. */
async function hanging(name: string, instance: string): Promise<void> {
  deaf.add(instance);
  await rig.instance(name, instance, 'shutdown');
  await until(() => asked.has(instance), { what: 'that the driver was asked' });
}

describe('a command to an instance that is under way when plans are added or removed', () => {
  it.each([
    ['added', ['web'], ['web', 'net']],
    ['removed', ['web', 'net'], ['web']],
  ])('A85: is carried on when one is %s', async (how, before, after) => {
    const name = await ready(how, ...before);
    const instance = at(how, 'web-1');
    await hanging(name, instance);
    expect(await rig.define(defined(how, ...after))).toBe('starting');
    await until(async () => (await passed(name)).slice(-2)[0] === 'starting', {
      what: 'that it has started',
    });
    expect((await rig.object(name, instance)).condition).not.toBe('shutdown');
    deaf.delete(instance);
    await condition(name, instance, 'shutdown');
    await rig.reaches(name, 'warning');
  });

  it('ends with the plan of its instance, also for a later instance of that name', async () => {
    const name = await ready('gone', 'web', 'more');
    const instance = at('gone', 'more-1');
    await hanging(name, instance);
    await rig.define(defined('gone', 'web'));
    await rig.reaches(name, 'ready');
    deaf.delete(instance);
    asked.delete(instance);
    await rig.define(defined('gone', 'web', 'more'));
    await condition(name, instance, 'running');
    await rig.reaches(name, 'ready');
    // A later command is through: an earlier one would have been begun before it.
    await rig.instance(name, at('gone', 'more-2'), 'shutdown');
    await condition(name, at('gone', 'more-2'), 'shutdown');
    expect(asked.has(instance)).toBe(false);
    expect(await rig.object(name, instance)).toMatchObject({ condition: 'running', desired: 'running' });
  });

  it('A71: ends with STOP', async () => {
    const name = await ready('stopped', 'web');
    await hanging(name, at('stopped', 'web-1'));
    await rig.bring(name, 'STOP', 'stopped');
    asked.clear();
    await rig.bring(name, 'START', 'ready');
    expect(asked.has(at('stopped', 'web-1'))).toBe(false);
  });
});

describe('a request to cancel from Temporal', () => {
  const cancel = async (name: string): Promise<void> => {
    await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).cancel();
  };

  it.each<[StackStatus, 'SHUTDOWN' | 'RESTART', 'stop' | 'start']>([
    ['shutting_down', 'SHUTDOWN', 'stop'],
    ['restarting', 'RESTART', 'start'],
  ])('A71: that comes while the stack is %s stops it after that', async (status, action, operation) => {
    const container = `cancel-${operation}`;
    const name = await ready(container, 'web');
    if (action === 'RESTART') await rig.bring(name, 'SHUTDOWN', 'shut_down');
    await rig.simulation.slow('launchplan', at(container, 'web-1'), operation, 1_500);
    expect(await rig.act(name, action)).toBe(status);
    await cancel(name);
    await rig.reaches(name, 'stopped');
    const end = action === 'SHUTDOWN' ? 'shut_down' : 'ready';
    expect((await passed(name)).slice(-4)).toEqual([status, end, 'stopping', 'stopped']);
    expect((await rig.events(name)).find(({ toState }) => toState === 'stopping')?.reason).toBe(
      'The workflow was canceled in Temporal',
    );
  });

  it('A71: that comes together with SHUTDOWN is not lost, whichever is first', async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = await ready(`together-${round}`, 'web');
      const shutdown = rig.gateway.act(name, { action: 'SHUTDOWN', actor: 'alice' });
      await Promise.all([shutdown, cancel(name)]);
      await rig.reaches(name, 'stopped');
    }
  });

  it('while the stack stops changes nothing, and the next one counts', async () => {
    const name = await ready('twice', 'web');
    await rig.simulation.slow('launchplan', at('twice', 'web-1'), 'destroy', 1_000);
    expect(await rig.act(name, 'STOP')).toBe('stopping');
    await cancel(name);
    await rig.reaches(name, 'stopped');
    await rig.bring(name, 'START', 'ready');
    await until(
      async () =>
        (await rig.rig.client.workflow.getHandle(stackWorkflowID(name)).describe()).status.name === 'RUNNING',
      { what: 'the next run' },
    );
    await cancel(name);
    await rig.reaches(name, 'stopped');
    expect((await passed(name)).filter((status) => status === 'stopping')).toHaveLength(2);
  });
});

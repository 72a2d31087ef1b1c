/** A stack in error, mended by commands to its instances. */
import { beforeAll, describe, expect, it } from 'vitest';
import { stackDefinitionSchema } from '../../src/domain/stacks/definition-schema.ts';
import type { StackStatus } from '../../src/domain/stacks/statuses.ts';
import { until } from '../support/environment.ts';
import { StackRig } from '../support/stacks/rig.ts';
import { depends, instances, plan } from '../support/stacks/definitions.ts';

let rig: StackRig;
beforeAll(async () => {
  rig = await StackRig.start();
});

/** web stands on db. The restart of db fails, and web is not attempted: both are off. */
async function failedRestart(container: string): Promise<{ name: string; db: string; web: string }> {
  const [db, web] = [`/${container}/eve/db`, `/${container}/eve/web`];
  const name = await rig.add(
    stackDefinitionSchema.parse({
      name: `/${container}/eve/stack`,
      oplans: [
        instances('web', [web]),
        instances('db', [db]),
        plan('disk', 'storage/volume', [`/${container}/eve/disk`]),
      ],
      relationships: depends(['web', 'db'], ['db', 'disk']),
    }),
  );
  await rig.bring(name, 'START', 'ready');
  await rig.bring(name, 'SHUTDOWN', 'shut_down');
  await rig.simulation.fail('launchplan', db, 'start', { message: 'no power', times: 1 });
  await rig.bring(name, 'RESTART', 'error');
  return { name, db, web };
}

const statuses = async (name: string): Promise<(string | null)[]> =>
  (await rig.events(name)).filter(({ kind }) => kind === 'status').map(({ toState }) => toState);
const condition = async (name: string, instance: string, wanted: string): Promise<void> => {
  const what = `that ${instance} is ${wanted}`;
  await until(async () => (await rig.object(name, instance)).condition === wanted, { what });
};

describe('an error whose last reason is gone', () => {
  it('A80, A85: gives way to what the instances do: warning, and ready once all run', async () => {
    const { name, db, web } = await failedRestart('mended');
    await rig.instance(name, db, 'running');
    await rig.reaches(name, 'warning');
    expect((await rig.object(name, db)).error).toBeNull();
    await rig.instance(name, web, 'running');
    await rig.reaches(name, 'ready');
    const last: StackStatus[] = ['restarting', 'error', 'warning', 'ready'];
    expect((await statuses(name)).slice(-4)).toEqual(last);
    await rig.bring(name, 'SHUTDOWN', 'shut_down');
  });

  it('A82: is a shutdown when all instances are shut down one by one', async () => {
    const { name, db } = await failedRestart('off');
    await rig.instance(name, db, 'shutdown');
    await rig.reaches(name, 'shut_down');
    await rig.bring(name, 'RESTART', 'ready');
  });

  it('A84: stays while something else is wrong, and says what', async () => {
    const { name, db, web } = await failedRestart('partly');
    await rig.simulation.fail('launchplan', web, 'start', { message: 'no light', times: 1 });
    await rig.instance(name, web, 'running');
    await condition(name, web, 'stopped');
    await rig.instance(name, db, 'running');
    await condition(name, db, 'running');
    // Once a later command is through, everything before it has had its effect.
    await rig.instance(name, db, 'shutdown');
    await condition(name, db, 'shutdown');
    expect(await rig.status(name)).toBe('error');
    expect((await rig.object(name, web)).error).toContain('no light');
    await rig.instance(name, web, 'running');
    await rig.reaches(name, 'warning');
  });

  it('A84: stays while something was never created', async () => {
    const [a, b] = ['/missing/eve/a', '/missing/eve/b'];
    const name = await rig.add(
      stackDefinitionSchema.parse({
        name: '/missing/eve/stack',
        oplans: [instances('one', [a]), instances('two', [b])],
      }),
    );
    await rig.simulation.fail('launchplan', b, 'create', { message: 'no room', times: 1 });
    await rig.bring(name, 'START', 'error');
    await rig.instance(name, a, 'shutdown');
    await condition(name, a, 'shutdown');
    await rig.instance(name, a, 'running');
    await condition(name, a, 'running');
    expect(await rig.status(name)).toBe('error');
    await rig.bring(name, 'START', 'ready');
  });

  it('A86: also goes when an instance comes back by itself', async () => {
    const { name, db, web } = await failedRestart('itself');
    await rig.instance(name, web, 'running');
    await condition(name, web, 'running');
    await rig.simulation.put('launchplan', db);
    await rig.reaches(name, 'ready');
  });
});

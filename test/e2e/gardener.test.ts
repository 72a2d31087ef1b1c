/** UPGRADER=gardener in production's own processes: the worker is killed at each step of an upgrade. */
import { expect, it } from 'vitest';
import { MARK } from '../../src/domain/upgrades/gardener-shoot.ts';
import { until } from '../support/environment.ts';
import { runCommand, type Program } from '../support/program.ts';
import { Rest } from './rest.ts';
import { startOutside } from './service.ts';

it('a worker that is killed before its patch, after it, and while it follows leaves one patch and one upgrade', async () => {
  const { env: given, landscape, tokenFor } = await startOutside({ fleetSize: 12, leftOut: 0 });
  const env = { ...given, UPGRADER: 'gardener', GARDENER_HEALTHY_SECONDS: '1', HEARTBEAT_SECONDS: '2' };
  const started = async (): Promise<Program> => {
    const worker = runCommand('worker', [], { env });
    await worker.says(/workers are running/);
    return worker;
  };
  const killed = async (worker: Program): Promise<void> => {
    worker.signal('SIGKILL');
    await worker.exitCode;
  };
  const api = runCommand('api', [], { env });
  const [, url = ''] = await api.says(/"url":"(http[^"]+)".*API is listening/);
  const rest = new Rest(url, await tokenFor('runtimeAdmin'));

  let worker = await started();
  await landscape.setUpgrades({ hold: true });
  // It arrives, and is not carried out.
  await landscape.setFault('inventory', { mode: 'timeout', only: 'mutation', times: 1 });
  const id = await rest.create(
    {
      targets: { include: [{ target: 'all' }] },
      strategy: { parallel: { workers: 1 } },
      kubernetes: { kubernetesVersion: '1.29.4' },
    },
    'cluster',
  );
  await until(async () => (await landscape.faulty()).length === 0, { what: 'a patch is on its way' });
  await killed(worker);
  expect(await landscape.patches()).toEqual([]);

  // It is carried out, and nobody is told.
  await landscape.setFault('inventory', { mode: 'silent', only: 'mutation', times: 1 });
  worker = await started();
  await until(async () => (await landscape.patches()).length === 1, { what: 'the patch is carried out' });
  await killed(worker);

  worker = await started();
  const following = async (): Promise<boolean> =>
    (await rest.operations(id)).some(
      ({ state, description }) =>
        state === 'in progress' && description === 'Gardener carries out the upgrade, 0 % done',
    );
  await until(following, { what: 'it is followed' });
  await killed(worker);

  const [upgrade] = await landscape.running(1);
  await landscape.setUpgrades({ hold: false });
  await landscape.end(upgrade?.operationID ?? '');
  worker = await started();
  expect(await rest.reaches(id, 'succeeded', 90_000)).toMatchObject({ type: 'upgradeCluster' });
  const operations = await rest.operations(id);
  const sent = (await landscape.patches()).map(({ patch }) => patch.metadata.annotations[MARK]);
  const upgraded = operations.filter(({ description }) => description.startsWith('Gardener has carried out'));
  expect(upgraded.length).toBeGreaterThan(1);
  expect(sent.sort()).toEqual(upgraded.map(({ operationID }) => `${operationID}/1`).sort());
  expect(await landscape.upgrades()).toHaveLength(upgraded.length);
  for (const program of [api, worker]) program.signal('SIGTERM');
  expect(await Promise.all([api.exitCode, worker.exitCode])).toEqual([0, 0]);
});

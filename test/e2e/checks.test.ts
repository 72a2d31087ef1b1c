/** Checks and retries over the wire: REST, the Provisioner's GraphQL and Gardener's API, judged by the landscape's own record. */
import { expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import type { Operation } from './rest.ts';
import { startService } from './service.ts';

const STRATEGY = {
  parallel: { workers: 8 },
  waves: [{ name: 'first', count: 1 }],
  checks: {},
  retryPolicy: { attempts: 2, backoffMinutes: 60 },
  operationTimeoutMinutes: 30,
};

it('looks at each runtime before and after its upgrade, and tries what fails again', async () => {
  const { rest, landscape } = await startService({ fleetSize: 8, leftOut: 0 });
  const operationOf = async (id: string, runtimeID: string): Promise<Operation | undefined> =>
    (await rest.operations(id)).find((one) => one.runtimeID === runtimeID);
  const says = async (id: string, runtimeID: string, words: string): Promise<void> => {
    await until(async () => (await operationOf(id, runtimeID))?.description.includes(words), {
      what: `an operation says "${words}"`,
    });
  };

  await landscape.setUpgrades({ hold: true });
  const id = await rest.create(
    {
      targets: { include: [{ target: 'all' }] },
      strategy: STRATEGY,
      kubernetes: { kubernetesVersion: '1.30.1' },
    },
    'cluster',
  );
  const [first] = await landscape.running(1);
  const canary = first?.runtimeID ?? '';
  const others = (await landscape.runtimes()).flatMap(({ runtimeID }) =>
    runtimeID === canary ? [] : [runtimeID],
  );
  const [sleeps = '', gone = '', sick = '', busy = '', there = '', newer = '', failing = ''] = others;
  await landscape.changeShoot(sleeps, { hibernated: true });
  await landscape.changeShoot(gone, { beingDeleted: true });
  await landscape.changeShoot(sick, { unhealthy: 'etcd is away', condition: 'ControlPlaneHealthy' });
  const reconciliation = await landscape.occupy(busy, 'Reconcile');
  await landscape.changeShoot(there, { kubernetesVersion: '1.30.1' });
  await landscape.changeShoot(newer, { kubernetesVersion: '1.31.0' });
  await landscape.setBehaviour(failing, { fail: 'no quota' });

  // Upgraded, and not well before somebody mends it: the wave waits for that.
  await landscape.changeShoot(canary, { unhealthy: 'node 3 is not ready', status: 'Progressing' });
  await landscape.setUpgrades({ hold: false });
  await landscape.end(first?.operationID ?? '');
  await says(id, canary, 'waits for its runtime: EveryNodeReady is Progressing: node 3 is not ready');
  expect(await landscape.upgrades()).toHaveLength(1);
  await landscape.changeShoot(canary, { unhealthy: null });

  await says(
    id,
    busy,
    'The runtime is busy: Gardener carries out its own operation on the Shoot (Reconcile)',
  );
  expect((await operationOf(id, busy))?.waitingFor).toMatchObject({ code: 'runtime-busy' });
  await landscape.end(reconciliation);
  await says(id, failing, 'Waits with attempt 2 of 2 until');
  const waits = await operationOf(id, failing);
  expect(waits).toMatchObject({ state: 'retrying', attempts: 2, waitingFor: { code: 'retry-backoff' } });
  await landscape.setBehaviour(failing, { fail: null });
  expect(await rest.retry(id, [waits?.operationID ?? ''])).toMatchObject({
    retryOperations: [waits?.operationID],
  });

  const ended = await rest.reaches(id, 'failed');
  expect(ended.parameters.strategy).toMatchObject({
    checks: { health: true, healthTimeoutMinutes: 15 },
    retryPolicy: STRATEGY.retryPolicy,
    operationTimeoutMinutes: 30,
  });
  const told = new Map(
    (await rest.operations(id)).map((one) => [one.runtimeID, [one.state, one.description]]),
  );
  expect(told.get(sleeps)).toEqual([
    'canceled',
    'Not upgraded: its Shoot is left out of upgrades (hibernated)',
  ]);
  expect(told.get(gone)?.[1]).toContain('being deleted');
  expect(told.get(sick)?.[1]).toBe(
    'Not upgraded: its Shoot is unhealthy (ControlPlaneHealthy is False: etcd is away)',
  );
  expect(told.get(there)).toEqual(['succeeded', 'Already at 1.30.1; its runtime is well']);
  expect(told.get(newer)).toEqual([
    'succeeded',
    'Already at 1.31.0; 1.31.0 is newer than 1.30.1; its runtime is well',
  ]);
  for (const runtimeID of [canary, busy, failing]) expect(told.get(runtimeID)?.[0]).toBe('succeeded');
  const sent = (await landscape.upgrades()).map(({ runtimeID }) => runtimeID);
  expect(sent.sort()).toEqual([canary, busy, failing, failing].sort());
  const events = await rest.events(id, waits?.operationID ?? '');
  expect(events.map(({ kind }) => kind)).toContain('hurried');
  expect(ended.waves?.[0]).toMatchObject({ phase: 'passed', unhealthy: { count: 0, first: [] } });
});

import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createFleetActivities } from '../../src/activities/upgrades/fleet-reading.ts';
import type { FleetReadOutcome } from '../../src/activities/upgrades/activity-types.ts';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import type { Landscape } from '../../src/dev/landscape/index.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { AT } from '../support/rows.ts';
import { admin, landscape, runtimes } from './support.ts';

const PAGE = { page: 1, pageSize: 100 };

interface Reads {
  repositories: Repositories;
  /** One execution of the activity, at a time in ms after `AT`. */
  read(afterMs: number, pageSize?: number): Promise<FleetReadOutcome>;
}

async function readsOf(of: Landscape): Promise<Reads> {
  const repositories = await freshRepositories(atEndOfTest);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const policies = new PolicyVersions(repositories.policies);
  return {
    repositories,
    read: async (afterMs, pageSize = 50) => {
      const inventory = createInventoryClient({ kubeConfig, namespace: of.namespace, pageSize });
      const clock = (): number => Date.parse(AT) + afterMs;
      const { readFleet } = createFleetActivities({ repositories, policies, inventory, clock });
      return await executeActivity(() => readFleet({ everySeconds: 10 }));
    },
  };
}

test('the fleet is read by pages, and a second read writes what has changed only', async () => {
  const of = await landscape({ fleetSize: 120, leftOut: 10 });
  const { repositories, read } = await readsOf(of);
  const { fleet } = repositories;
  expect(await read(0)).toEqual({ kind: 'read', shoots: 130, written: 130, removed: 0 });
  expect(await read(10_000)).toEqual({ kind: 'read', shoots: 130, written: 0, removed: 0 });
  const [first, second, third] = await runtimes(of);
  await admin(of, 'PUT', `/runtimes/${first?.runtimeID}/shoot`, { hibernated: true });
  await admin(of, 'PUT', `/runtimes/${second?.runtimeID}/shoot`, { kubernetesVersion: '1.33.9' });
  await admin(of, 'PUT', `/runtimes/${third?.runtimeID}/shoot`, { beingDeleted: true });
  expect(await read(20_000)).toEqual({ kind: 'read', shoots: 130, written: 3, removed: 0 });
  const found = async (shootName = ''): Promise<unknown> => {
    const filter = { shoots: [shootName], states: ['all' as const] };
    return (await fleet.list(filter, PAGE, { kymaConfig: false })).rows[0]?.row;
  };
  expect(await found(first?.shootName)).toMatchObject({ standing: 'suspended', leftOut: 'hibernated' });
  expect(await found(second?.shootName)).toMatchObject({ standing: 'active', kubernetesVersion: '1.33.9' });
  expect(await found(third?.shootName)).toMatchObject({ standing: 'deprovisioning' });
  const counts = await fleet.counts();
  expect(counts.leftOut).toEqual([
    { key: 'being deleted', count: 3 },
    { key: 'hibernated', count: 3 },
    { key: 'never finished creating', count: 2 },
    { key: 'no runtime ID', count: 2 },
  ]);
  expect(counts.byKubernetesVersion).toContainEqual({ key: '1.33.9', count: 1 });
  const { outlook, asOf } = (await fleet.lastRead()) ?? {};
  expect(asOf).toBe('2026-01-02T03:04:25.678000Z');
  expect(outlook).toMatchObject({ kind: 'windows', policyVersion: 0 });
  const groups = outlook?.kind === 'windows' ? outlook.windows.groups : [];
  // Two windows can't be read: those runtimes are in no group.
  expect(groups.reduce((sum, group) => sum + group.runtimes, 0)).toBe(118);
});

test('a fleet that was read a moment ago is not read again', async () => {
  const of = await landscape({ fleetSize: 3, leftOut: 0 });
  const { read } = await readsOf(of);
  expect(await read(0)).toMatchObject({ kind: 'read' });
  expect(await read(4_999)).toEqual({ kind: 'fresh' });
  expect(await read(5_000)).toMatchObject({ kind: 'read' });
  // A clock that is ahead must not keep others from reading for good.
  expect(await read(4_000)).toMatchObject({ kind: 'read' });
});

test('an inventory that is away changes nothing, and is told', async () => {
  const of = await landscape({ fleetSize: 3, leftOut: 0 });
  const { repositories, read } = await readsOf(of);
  await read(0);
  await of.close();
  await expect(read(10_000)).rejects.toThrow(/Gardener API/);
  const { fleet } = repositories;
  expect(await fleet.lastRead()).toMatchObject({
    asOf: AT.replace('901Z', '000Z'),
    failedAt: '2026-01-02T03:04:15.678000Z',
    failure: expect.stringMatching(/Gardener API/) as string,
  });
  expect((await fleet.list({}, PAGE, { kymaConfig: false })).total).toBe(3);
});

test('the windows are those of the maintenance policy that holds', async () => {
  const of = await landscape({ fleetSize: 20, leftOut: 0 });
  const { repositories, read } = await readsOf(of);
  const rule = {
    match: {},
    timeBegin: '220000',
    timeEnd: '020000',
    timeZone: 'Europe/Berlin',
    days: ['Sat' as const],
  };
  const policy = { rules: [rule], freezes: [], optOut: [] };
  await repositories.policies.add(policy, { after: 0, changedBy: 'alice', reason: '', now: AT });
  await read(0);
  expect((await repositories.fleet.lastRead())?.outlook).toMatchObject({
    kind: 'windows',
    policyVersion: 1,
    windows: { groups: [{ zone: 'Europe/Berlin', runtimes: 20, nextWindows: 1 }] },
  });
});

test('a policy that this machine cannot use keeps nobody from the fleet', async () => {
  const of = await landscape({ fleetSize: 3, leftOut: 0 });
  const { repositories, read } = await readsOf(of);
  const rule = {
    match: {},
    timeBegin: '220000',
    timeEnd: '020000',
    timeZone: 'Moon/Base',
    days: ['Sat' as const],
  };
  const policy = { rules: [rule], freezes: [], optOut: [] };
  await repositories.policies.add(policy, { after: 0, changedBy: 'alice', reason: '', now: AT });
  expect(await read(0)).toMatchObject({ kind: 'read', shoots: 3 });
  expect((await repositories.fleet.lastRead())?.outlook).toMatchObject({ kind: 'unusable policy' });
});

import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createInventoryClient } from '../../src/clients/upgrades/gardener.ts';
import { createOverridesClient } from '../../src/clients/upgrades/overrides.ts';
import { createProvisionerClient } from '../../src/clients/upgrades/provisioner.ts';
import { LEFT_OUT_KINDS } from '../../src/dev/landscape/fleet.ts';
import type { ExcludedShoot, Runtime } from '../../src/domain/upgrades/runtime.ts';
import { admin, firstRuntime, landscape } from './support.ts';

const KYMA = { version: '2.20.5', components: [], configuration: [] };

test('A3: the inventory client reads the whole fleet, and why the others are left out', async () => {
  const of = await landscape({ fleetSize: 120, leftOut: 10 });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const runtimes: Runtime[] = [];
  const excluded: ExcludedShoot[] = [];
  for await (const page of createInventoryClient({ kubeConfig, namespace: of.namespace }).pages({
    pageSize: 50,
  })) {
    runtimes.push(...page.runtimes);
    excluded.push(...page.excluded);
  }
  // Two have a window that can't be read: planning leaves them out, unless the maintenance policy has one for them.
  expect(new Set(runtimes.map(({ runtimeID }) => runtimeID)).size).toBe(122);
  expect(runtimes.filter(({ maintenanceWindow }) => !maintenanceWindow)).toHaveLength(2);
  expect(runtimes.every(({ globalAccountID, servicePlanName }) => globalAccountID && servicePlanName)).toBe(
    true,
  );
  const byInventory = LEFT_OUT_KINDS.filter((reason) => reason !== 'unreadable maintenance window');
  for (const reason of byInventory)
    expect(excluded.filter((shoot) => shoot.reason === reason)).toHaveLength(2);
});

test('A31: the overrides client finds global, component and secret overrides', async () => {
  const of = await landscape();
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(of.kubeconfigPath);
  const client = createOverridesClient({ kubeConfig, namespace: of.overridesNamespace });
  const sets = await client.forKyma('azure', '2.20.5');
  expect(new Set(sets.map(({ component }) => component))).toEqual(new Set(['', 'monitoring', 'istio']));
  const entries = sets.flatMap((set) => set.entries);
  expect(entries.filter(({ secret }) => secret).map(({ value }) => value.slice(0, 8))).toEqual([
    'made-up-',
    'made-up-',
  ]);
  await expect(client.forKyma('azure', '9.9.9')).rejects.toMatchObject({ code: 'OVERRIDES_MISSING' });
});

test('the Provisioner client upgrades, follows and tells errors apart', async () => {
  const of = await landscape({ requireTenant: true });
  const { runtimeID } = await firstRuntime(of);
  const client = createProvisionerClient({ url: of.provisionerURL });
  await expect(client.lastOperation(runtimeID)).rejects.toMatchObject({ code: 'PROVISIONER_REFUSED' });
  expect(await client.lastOperation(runtimeID, { tenant: 'account' })).toMatchObject({
    operation: 'Provision',
  });

  const { id } = await client.upgradeRuntime(runtimeID, KYMA, { tenant: 'account' });
  expect(await client.operationStatus(id, { tenant: 'account' })).toMatchObject({ state: 'InProgress' });
  await expect(client.upgradeShoot(runtimeID, {}, { tenant: 'account' })).rejects.toMatchObject({
    code: 'PROVISIONER_REFUSED',
  });
  await admin(of, 'POST', `/operations/${id}/forget`);
  await expect(client.operationStatus(id, { tenant: 'account' })).rejects.toMatchObject({
    code: 'OPERATION_UNKNOWN',
  });
  for (const mode of ['unavailable', 'garbage', 'cut']) {
    await admin(of, 'PUT', '/faults/provisioner', { mode, times: 1 });
    await expect(client.operationStatus(id, { tenant: 'account' })).rejects.toMatchObject({
      name: 'UnavailableError',
    });
  }
});

test('an upgrade of the cluster shows in the Shoot once it succeeded', async () => {
  const of = await landscape();
  const { runtimeID, shootName } = await firstRuntime(of);
  const client = createProvisionerClient({ url: of.provisionerURL });
  const { id } = await client.upgradeShoot(runtimeID, { kubernetesVersion: '1.30.1' });
  const url = `${of.kubernetesURL}/apis/core.gardener.cloud/v1beta1/namespaces/${of.namespace}/shoots/${shootName}`;
  const version = async (): Promise<string> =>
    ((await (await fetch(url)).json()) as { spec: { kubernetes: { version: string } } }).spec.kubernetes
      .version;
  expect(await version()).not.toBe('1.30.1');
  await admin(of, 'POST', `/operations/${id}/end`);
  expect(await version()).toBe('1.30.1');
});

/** Requests that change something, when nobody wants their answer any more. */
import { expect, test } from 'vitest';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import { until } from '../../support/environment.ts';
import { driverRig, VOLUME } from './driver-rig.ts';
import { holdingProxy } from './holding-proxy.ts';

test('a creation under way is waited for, so that whoever gave it up sees what it has made', async () => {
  const rig = await driverRig();
  const proxy = await holdingProxy(rig.of.kubernetesURL);
  const drivers = createKubernetesDrivers({ kubeConfig: proxy.kubeConfig, namespace: 'drydock-stacks' });
  const controller = new AbortController();
  proxy.hold('POST', '/persistentvolumeclaims');
  const created = drivers['storage/volume'].create(VOLUME, controller.signal);
  let ended = false;
  created.then(
    () => (ended = true),
    () => (ended = true),
  );
  await until(() => Promise.resolve(proxy.held() === 1), { what: 'the creation' });
  controller.abort();
  // Once another request has gone to and fro, the abort has ended what it ends.
  expect(await rig.state(VOLUME)).toBeUndefined();
  expect(ended).toBe(false);
  proxy.release();
  await created;
  expect(await rig.state(VOLUME)).toBe('available');
});

test('one that was given up before is not begun', async () => {
  const rig = await driverRig();
  await expect(
    rig.drivers.vnet.create({ ...VOLUME, objType: 'vnet' }, AbortSignal.abort()),
  ).rejects.toThrow();
  expect(await rig.objects()).toEqual([]);
});

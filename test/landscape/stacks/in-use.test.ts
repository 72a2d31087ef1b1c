/** Objects in use stay (A62), whoever uses them, and whatever happens at the same moment. */
import { describe, expect, test } from 'vitest';
import { createKubernetesDrivers } from '../../../src/activities/stacks/drivers/kubernetes/index.ts';
import { objectTitle } from '../../../src/domain/stacks/definition.ts';
import { until } from '../../support/environment.ts';
import {
  ADDRESS,
  ASSOCIATION,
  ATTACHMENT,
  driverRig,
  elsewhere,
  EXTRA,
  INSTANCE,
  POD_SECONDS,
  RULE,
  SECLIST,
  SIGNAL,
  VNET,
  VOLUME,
  wanted,
  type Rig,
  type Wanted,
} from './driver-rig.ts';
import { holdingProxy } from './holding-proxy.ts';

const PLAIN = wanted('launchplan', '/acme/jack/plain', { imagelist: 'nginx:1.29' });
const SOURCE = wanted('seclist', '/acme/jack/source');
const FROM_LIST = wanted('secrule', '/acme/jack/from-list', {
  ...RULE.spec,
  src_list: `seclist:${SOURCE.name}`,
});
const TO_PLAIN = wanted('ip/association', '/acme/jack/to-plain', {
  ...ASSOCIATION.spec,
  instance_name: PLAIN.name,
});

/** An object, its user, and what that user needs besides. */
const USES: [used: Wanted, user: Wanted, needed: Wanted[]][] = [
  [VOLUME, INSTANCE, [VOLUME, SECLIST, VNET, ADDRESS]],
  [SECLIST, INSTANCE, [VOLUME, SECLIST, VNET, ADDRESS]],
  [VNET, INSTANCE, [VOLUME, SECLIST, VNET, ADDRESS]],
  [ADDRESS, INSTANCE, [VOLUME, SECLIST, VNET, ADDRESS]],
  [EXTRA, ATTACHMENT, [VOLUME, SECLIST, VNET, ADDRESS, INSTANCE, EXTRA]],
  [INSTANCE, ATTACHMENT, [VOLUME, SECLIST, VNET, ADDRESS, INSTANCE, EXTRA]],
  [PLAIN, TO_PLAIN, [ADDRESS, PLAIN]],
  [ADDRESS, TO_PLAIN, [ADDRESS, PLAIN]],
  [SECLIST, RULE, [SECLIST]],
  [SOURCE, FROM_LIST, [SECLIST, SOURCE]],
];

const CASES = USES.map(([used, user, needed]) => ({
  what: `${used.objType} ${used.name} is not destroyed while ${user.objType} ${user.name} uses it`,
  used,
  user: elsewhere(user),
  needed,
}));

test.each(CASES)('A62: $what', async ({ used, user, needed }) => {
  const rig = await driverRig();
  for (const object of needed) await rig.create(object);
  await rig.create(user);
  rig.pass(POD_SECONDS);
  const before = await rig.objects();
  await expect(rig.destroy(used)).rejects.toMatchObject({
    name: 'UnavailableError',
    system: 'objects',
    message: `${objectTitle(used.objType, used.name)} is in use by ${objectTitle(user.objType, user.name)}; destroy that first`,
  });
  expect(await rig.objects()).toEqual(before);
  await rig.destroy(user);
  rig.pass(POD_SECONDS);
  await rig.destroy(used);
  rig.pass(POD_SECONDS);
  expect(await rig.describe(used)).toBeUndefined();
});

describe('an instance that attaches a volume while that is destroyed', () => {
  const USER = elsewhere(
    wanted('launchplan', '/acme/jill/vm', {
      imagelist: 'nginx:1.29',
      storage_attachments: [{ volume: VOLUME.name, index: 1 }],
    }),
  );

  test('A62: loses nothing when it comes between the look at the users and the deletion', async () => {
    const { rig, proxy, owner } = await raced();
    proxy.hold('DELETE', '/persistentvolumeclaims/');
    const destroyed = owner['storage/volume'].destroy(VOLUME, SIGNAL);
    destroyed.catch(() => undefined);
    await until(() => Promise.resolve(proxy.held() === 1), { what: 'the deletion' });
    await rig.create(USER);
    proxy.release();
    await expect(destroyed).rejects.toThrow(`is in use by instance ${USER.name}`);
    expect(await rig.state(VOLUME)).toBe('available');
    rig.pass(POD_SECONDS);
    expect(await rig.state(USER)).toBe('running');
  });

  test('A61: is refused, and leaves nothing, when the volume goes after it has looked at it', async () => {
    const { rig, proxy, owner } = await raced();
    // The owner is the one that goes straight to the cluster here.
    proxy.hold('POST', '/statefulsets');
    const created = owner.launchplan.create(USER, SIGNAL);
    created.catch(() => undefined);
    await until(() => Promise.resolve(proxy.held() === 1), { what: 'the creation' });
    await rig.destroy(VOLUME);
    proxy.release();
    await expect(created).rejects.toMatchObject({
      code: 'OBJECT_REFUSED',
      message: expect.stringContaining(
        `refers to storage/volume ${VOLUME.name}, which does not exist`,
      ) as string,
    });
    rig.pass(POD_SECONDS);
    expect(await rig.objects()).toEqual([]);
  });

  test('A62: is found by a look that comes after it was made, however late it tells the volume', async () => {
    const { rig, proxy, owner } = await raced();
    proxy.hold('PATCH', '/persistentvolumeclaims/');
    const created = owner.launchplan.create(USER, SIGNAL);
    await until(() => Promise.resolve(proxy.held() === 1), { what: 'its word to the volume' });
    await expect(rig.destroy(VOLUME)).rejects.toThrow(`is in use by instance ${USER.name}`);
    proxy.release();
    await created;
    expect(await rig.state(VOLUME)).toBe('available');
  });

  test('A61: tells the volume again when it died before it could', async () => {
    const { rig, proxy, owner } = await raced();
    proxy.fail('PATCH', '/persistentvolumeclaims/');
    await expect(owner.launchplan.create(USER, SIGNAL)).rejects.toMatchObject({ name: 'UnavailableError' });
    proxy.release();
    const before = (await rig.inCluster(VOLUME)).metadata;
    await owner.launchplan.create(USER, SIGNAL);
    const after = (await rig.inCluster(VOLUME)).metadata;
    expect(after).not.toEqual(before);
  });

  test('A61 A62: never has a volume that is gone, in any order of many', async () => {
    const rig = await driverRig();
    for (let round = 0; round < 30; round += 1) {
      const volume = wanted('storage/volume', `/acme/jack/disk-${round}`, { size: '1G' });
      const vm = wanted('launchplan', `/acme/jill/vm-${round}`, {
        imagelist: 'nginx:1.29',
        storage_attachments: [{ volume: volume.name, index: 1 }],
      });
      await rig.create(volume);
      await Promise.allSettled([rig.create(vm), rig.destroy(volume)]);
      rig.pass(POD_SECONDS);
      const states = [await rig.state(vm), await rig.state(volume)];
      expect(states).toEqual(states[0] === 'running' ? ['running', 'available'] : [undefined, undefined]);
    }
  });

  /** The volume, and drivers whose requests the test can hold. */
  async function raced(): Promise<{
    rig: Rig;
    proxy: Awaited<ReturnType<typeof holdingProxy>>;
    owner: Rig['drivers'];
  }> {
    const rig = await driverRig();
    await rig.create(VOLUME);
    const proxy = await holdingProxy(rig.of.kubernetesURL);
    const owner = createKubernetesDrivers({ kubeConfig: proxy.kubeConfig, namespace: 'drydock-stacks' });
    return { rig, proxy, owner };
  }
});

test('what nobody in the cluster owns is never written on', async () => {
  const rig = await driverRig();
  await rig.create(VOLUME);
  const { metadata } = await rig.inCluster(VOLUME);
  const url = `${rig.of.kubernetesURL}/api/v1/namespaces/drydock-stacks/persistentvolumeclaims/${metadata.name}`;
  await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"metadata":{"annotations":{"drydock.dev/owner":null}}}',
  });
  const before = await rig.inCluster(VOLUME);
  await rig.create(
    wanted('launchplan', '/acme/jill/vm', {
      imagelist: 'nginx:1.29',
      storage_attachments: [{ volume: VOLUME.name, index: 1 }],
    }),
  );
  expect(await rig.inCluster(VOLUME)).toEqual(before);
});

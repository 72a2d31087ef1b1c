import { describe, expect, test } from 'vitest';
import { admin, folder } from '../support.ts';
import {
  ADDRESS,
  ASSOCIATION,
  ATTACHMENT,
  driverRig,
  elsewhere,
  EXAMPLES,
  EXTRA,
  INSTANCE,
  POD_SECONDS,
  RULE,
  runningInstance,
  SECLIST,
  SIGNAL,
  VNET,
  VOLUME,
  wanted,
  type ClusterObject,
  type Rig,
  type Wanted,
} from './driver-rig.ts';

const SETTLED = { launchplan: 'running' } as Record<string, string>;

describe.each(EXAMPLES)('the Kubernetes driver for $objType', (object, needed) => {
  test('A70: creates one object once, and gives it an identity and an owner', async () => {
    const rig = await driverRig();
    for (const other of needed) await rig.create(other);
    expect(await rig.describe(object)).toBeUndefined();
    await rig.create(object);
    const first = await rig.describe(object);
    await rig.create(object);
    await rig.create(elsewhere(object));
    rig.pass(POD_SECONDS);
    const settled = await rig.describe(object);
    expect(settled).toMatchObject({
      id: first?.id,
      owner: object.owner,
      state: SETTLED[object.objType] ?? 'available',
    });
    expect(settled?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('A71: destroys what it created, for its owner alone, as often as it is asked; a later one is another one', async () => {
    const rig = await driverRig();
    for (const other of needed) await rig.create(other);
    await rig.destroy(object);
    await rig.create(object);
    const first = await rig.describe(object);
    await rig.destroy(elsewhere(object));
    rig.pass(POD_SECONDS);
    expect(await rig.describe(object)).toMatchObject({ id: first?.id, owner: object.owner });

    await rig.destroy(object);
    await rig.destroy(object);
    rig.pass(POD_SECONDS);
    expect(await rig.describe(object)).toBeUndefined();
    for (const other of needed) expect(await rig.describe(other)).toBeDefined();

    await rig.create(object);
    rig.pass(POD_SECONDS);
    expect((await rig.describe(object))?.id).not.toBe(first?.id);
  });

  test('says that trying again may help when the API is away, and loses nothing by it', async () => {
    const rig = await driverRig();
    for (const other of needed) await rig.create(other);
    for (const mode of ['unavailable', 'garbage', 'cut']) {
      await admin(rig.of, 'PUT', '/faults/objects', { mode });
      const calls = [rig.create(object), rig.describe(object), rig.destroy(object)];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ reason: { name: 'UnavailableError', system: 'objects' } });
      }
    }
    await admin(rig.of, 'DELETE', '/faults');
    await rig.create(object);
    const { id } = (await rig.describe(object)) ?? {};
    // The object is made and the answer is lost: the next call finds it.
    await admin(rig.of, 'PUT', '/faults/objects', { mode: 'lost' });
    await expect(rig.destroy(object)).rejects.toMatchObject({ name: 'UnavailableError' });
    await admin(rig.of, 'DELETE', '/faults');
    expect(await rig.describe(object)).toMatchObject({ id, owner: object.owner });
  });
});

describe('instances on Kubernetes', () => {
  test('A75, A76: shut down and start keep the claim, the address and the identity', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const identities = async (): Promise<unknown[]> =>
      Promise.all([INSTANCE, VOLUME, ADDRESS].map(async (one) => (await rig.describe(one))?.id));
    const before = await identities();
    const { attributes } = (await rig.describe(ADDRESS)) ?? {};
    const { launchplan } = rig.drivers;

    await launchplan.stop(INSTANCE, SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('shutdown');
    await launchplan.stop(INSTANCE, SIGNAL);
    await launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('shutdown');

    await launchplan.start(INSTANCE, SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
    await launchplan.start(INSTANCE, SIGNAL);
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('running');
    expect(await identities()).toEqual(before);
    expect((await rig.describe(ADDRESS))?.attributes).toEqual(attributes);
  });

  test('A76: a power cycle happens once for each request', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const { launchplan } = rig.drivers;
    await launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
    await launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('running');
    await launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('running');
    await launchplan.restart(INSTANCE, 'restart 2', SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
  });

  test('A82: one whose pod dies has stopped; a start waits for it again', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    await admin(rig.of, 'POST', '/objects/kill', { name: INSTANCE.name });
    expect(await rig.describe(INSTANCE)).toMatchObject({ state: 'stopped', reason: 'its pod is not ready' });
    await rig.drivers.launchplan.start(INSTANCE, SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
    await admin(rig.of, 'POST', '/objects/revive', { name: INSTANCE.name });
    expect(await rig.state(INSTANCE)).toBe('running');
  });

  test('A82: one that somebody else scales to 0 has stopped, and a start brings it back', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const { metadata } = await rig.inCluster(INSTANCE);
    const url = `${rig.of.kubernetesURL}/apis/apps/v1/namespaces/drydock-stacks/statefulsets/${metadata.name}`;
    await fetch(url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"spec":{"replicas":0}}',
    });
    rig.pass(POD_SECONDS);
    expect(await rig.describe(INSTANCE)).toMatchObject({ state: 'stopped' });
    await rig.drivers.launchplan.start(INSTANCE, SIGNAL);
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('running');
  });

  test('one that was never ready is still on its way, however long it takes', async () => {
    const rig = await driverRig();
    for (const object of [VOLUME, SECLIST, VNET, ADDRESS, INSTANCE]) await rig.create(object);
    await admin(rig.of, 'POST', '/objects/kill', { name: INSTANCE.name });
    rig.pass(3_600);
    expect(await rig.state(INSTANCE)).toBe('pending');
  });

  test('one whose image cannot be pulled is pending, and says why', async () => {
    const rig = await driverRig();
    const vm = wanted('launchplan', '/acme/jack/vm', { imagelist: 'registry.invalid/none:1.0' });
    await rig.create(vm);
    rig.pass(POD_SECONDS);
    expect(await rig.describe(vm)).toMatchObject({
      state: 'pending',
      reason:
        'image registry.invalid/none:1.0: ImagePullBackOff: Back-off pulling image "registry.invalid/none:1.0"',
    });
  });

  test('a power cycle that another stack asks for under the same number is another one', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const { launchplan } = rig.drivers;
    await launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('running');
    await launchplan.restart(elsewhere(INSTANCE), 'restart 1', SIGNAL);
    expect(await rig.state(INSTANCE)).toBe('pending');
  });

  test('nothing is written on what belongs to another stack', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    await rig.drivers.launchplan.restart(INSTANCE, 'restart 1', SIGNAL);
    rig.pass(POD_SECONDS);
    const before = await rig.objects();
    expect(await rig.state(elsewhere(INSTANCE))).toBe('running');
    expect(await rig.objects()).toEqual(before);
  });

  test('an end that is under way is waited for, and the name is free after it', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    await rig.destroy(INSTANCE);
    expect(await rig.state(INSTANCE)).toBe('pending');
    await expect(rig.create(INSTANCE)).rejects.toMatchObject({ name: 'UnavailableError', system: 'objects' });
    await expect(rig.drivers.launchplan.start(INSTANCE, SIGNAL)).rejects.toMatchObject({
      name: 'UnavailableError',
    });
    // Its pod still writes on the volume.
    await expect(rig.destroy(VOLUME)).rejects.toThrow(`is in use by instance ${INSTANCE.name}`);
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBeUndefined();
    await rig.destroy(VOLUME);
    expect(await rig.state(VOLUME)).toBeUndefined();
  });

  test('what does not exist can be neither started nor stopped', async () => {
    const rig = await driverRig();
    const { launchplan } = rig.drivers;
    for (const call of [
      launchplan.start(INSTANCE, SIGNAL),
      launchplan.stop(INSTANCE, SIGNAL),
      launchplan.restart(INSTANCE, 'restart 1', SIGNAL),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    }
  });
});

describe('attachments on Kubernetes', () => {
  test('give the pod another volume, and take it away again', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const claims = async (): Promise<string> => JSON.stringify((await rig.inCluster(INSTANCE)).spec);
    const extra = (await rig.inCluster(EXTRA)).metadata.name;
    await rig.create(ATTACHMENT);
    expect(await rig.state(ATTACHMENT)).toBe('pending');
    rig.pass(POD_SECONDS);
    expect(await rig.describe(ATTACHMENT)).toMatchObject({
      state: 'available',
      attributes: { path: '/mnt/disk2' },
    });
    expect(await rig.state(INSTANCE)).toBe('running');
    expect(await claims()).toContain(extra);
    await rig.destroy(ATTACHMENT);
    expect(await claims()).not.toContain(extra);
    expect(await rig.state(ATTACHMENT)).toBeUndefined();
    rig.pass(POD_SECONDS);
    expect(await rig.state(INSTANCE)).toBe('running');
  });

  test('stay where they are when the instance is shut down and started', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    await rig.create(ATTACHMENT);
    const { id } = (await rig.describe(ATTACHMENT)) ?? {};
    rig.pass(POD_SECONDS);
    await rig.drivers.launchplan.stop(INSTANCE, SIGNAL);
    rig.pass(POD_SECONDS);
    expect(await rig.describe(ATTACHMENT)).toMatchObject({ id, state: 'available' });
  });

  test('many at once on one instance all take effect', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const volumes = [2, 3, 4, 5].map((index) =>
      wanted('storage/volume', `/acme/jack/disk${index}`, { size: '1G' }),
    );
    for (const volume of volumes) await rig.create(volume);
    const attachments = volumes.map((volume) =>
      wanted('storage/attachment', `${volume.name}-of-web`, {
        instance_name: INSTANCE.name,
        storage_volume_name: volume.name,
      }),
    );
    await Promise.all(attachments.map((attachment) => rig.create(attachment)));
    const described = await Promise.all(attachments.map((attachment) => rig.describe(attachment)));
    const paths = described.map((one) => one?.attributes?.['path']);
    expect(paths.sort()).toEqual([2, 3, 4, 5].map((index) => `/mnt/disk${index}`));
  });

  test('are refused where the volume or the index is taken', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const attach = (volume: string, index?: number) =>
      wanted('storage/attachment', '/acme/jack/second', {
        instance_name: INSTANCE.name,
        storage_volume_name: volume,
        ...(index === undefined ? {} : { index }),
      });
    for (const attachment of [attach(VOLUME.name), attach(EXTRA.name, 1)]) {
      await expect(rig.create(attachment)).rejects.toMatchObject({ code: 'OBJECT_REFUSED' });
    }
  });
});

describe('addresses on Kubernetes', () => {
  test('lead to the instances that name them, and to one instance while they are associated', async () => {
    const rig = await driverRig();
    await runningInstance(rig);
    const pod = async (): Promise<unknown> => (await rig.inCluster(INSTANCE)).spec['template'];
    const selector = async (): Promise<unknown> => (await rig.inCluster(ADDRESS)).spec['selector'];
    const first = await selector();
    expect(await pod()).toMatchObject({ metadata: { labels: first } });
    const { attributes } = (await rig.describe(ADDRESS)) ?? {};
    expect(attributes?.['ip']).toMatch(/^10\.96\.\d+\.\d+$/);

    await rig.create(ASSOCIATION);
    expect(await selector()).toEqual({
      'drydock.dev/instance': (await rig.inCluster(INSTANCE)).metadata.name,
    });
    expect(await rig.describe(ASSOCIATION)).toMatchObject({ attributes: { ip: attributes?.['ip'] } });
    const second = wanted('ip/association', '/acme/jack/second', ASSOCIATION.spec);
    await expect(rig.create(second)).rejects.toMatchObject({ code: 'OBJECT_REFUSED' });
    await rig.destroy(ASSOCIATION);
    expect(await selector()).toEqual(first);
    expect((await rig.describe(ADDRESS))?.attributes).toEqual(attributes);
  });
});

describe('security lists on Kubernetes', () => {
  const policiesOf = async (rig: Rig, { name }: Wanted): Promise<ClusterObject[]> =>
    (await rig.objects()).filter(({ metadata }) => metadata.annotations['drydock.dev/name'] === name);

  test('select those of their members that deny something, by what their lists say together', async () => {
    const rig = await driverRig();
    const open = wanted('seclist', '/acme/jack/open', { policy: 'permit' });
    const both = wanted('launchplan', '/acme/jack/both', {
      imagelist: 'nginx:1.29',
      networking: { eth0: { seclists: [SECLIST.name, open.name] } },
    });
    for (const object of [SECLIST, open, both]) await rig.create(object);
    const labels = ((await rig.inCluster(both)).spec['template'] as { metadata: { labels: object } }).metadata
      .labels;
    expect(labels).toMatchObject({ 'drydock.dev/inbound': 'deny', 'drydock.dev/outbound': 'permit' });
    for (const list of [SECLIST, open]) {
      const [into, out] = await policiesOf(rig, list);
      const selected = into?.spec['podSelector'] as { matchLabels: object };
      expect(labels).toMatchObject(selected.matchLabels);
      expect(into?.spec).toMatchObject({ policyTypes: ['Ingress'] });
      expect(out?.spec).toMatchObject({ policyTypes: ['Egress'] });
    }
  });

  test('take any number of rules, each a policy of its own, and lose all of one that goes', async () => {
    const rig = await driverRig();
    const other = wanted('seclist', '/acme/jack/other');
    for (const object of [SECLIST, other]) await rig.create(object);
    const before = await rig.objects();
    const rules = Array.from({ length: 40 }, (_, index) =>
      wanted('secrule', `/acme/jack/${'x'.repeat(150)}${index}`, {
        ...RULE.spec,
        src_list: `seclist:${other.name}`,
        application: `tcp-${8000 + index}`,
      }),
    );
    await Promise.all(rules.map((rule) => rig.create(rule)));
    for (const { metadata } of await rig.objects()) {
      expect(JSON.stringify(metadata.annotations).length).toBeLessThan(2_000);
    }
    expect(await rig.objects()).toHaveLength(before.length + 80);
    await Promise.all(rules.map((rule) => rig.destroy(rule)));
    expect((await rig.objects()).map(({ metadata }) => metadata.uid)).toEqual(
      before.map(({ metadata }) => metadata.uid),
    );
  });

  test('have both of their policies again when the second is missing, and wait for an earlier one to go', async () => {
    const rig = await driverRig();
    await rig.create(SECLIST);
    const out = (await policiesOf(rig, SECLIST))[1]?.metadata.name;
    const url = `${rig.of.kubernetesURL}/apis/networking.k8s.io/v1/namespaces/drydock-stacks/networkpolicies/${out}`;
    await fetch(url, { method: 'DELETE' });
    await rig.create(SECLIST);
    expect(await policiesOf(rig, SECLIST)).toHaveLength(2);
    const { uid } = (await policiesOf(rig, SECLIST))[1]?.metadata ?? {};
    await fetch(url, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { uid, ownerReferences: [] } }),
    });
    await expect(rig.create(SECLIST)).rejects.toMatchObject({ name: 'UnavailableError', system: 'objects' });
  });
});

test('A61: an object that refers to one which does not exist is refused, and says to which', async () => {
  const rig = await driverRig();
  await expect(rig.create(INSTANCE)).rejects.toMatchObject({
    code: 'OBJECT_REFUSED',
    message: expect.stringContaining(
      `refers to storage/volume ${VOLUME.name}, which does not exist`,
    ) as string,
  });
  await expect(rig.create(RULE)).rejects.toMatchObject({ code: 'OBJECT_REFUSED' });
  expect(await rig.objects()).toEqual([]);
});

test('what the cluster refuses is final, and says why', async () => {
  const rig = await driverRig();
  const address = wanted('ip/reservation', '/acme/jack/address', { ports: [70_000] });
  await expect(rig.create(address)).rejects.toMatchObject({
    code: 'OBJECT_REFUSED',
    message: expect.stringContaining('spec.ports') as string,
  });
});

test('an API that never answers is given up', async () => {
  const rig = await driverRig({ timeoutMs: 50 });
  await admin(rig.of, 'PUT', '/faults/objects', { mode: 'timeout' });
  await expect(rig.describe(VOLUME)).rejects.toThrow(/no answer within 0.05 s/);
  const givenUp = AbortSignal.abort();
  await expect(rig.drivers.vnet.describe(VNET, givenUp)).rejects.toMatchObject({ system: 'objects' });
});

test('every object says whose it is, in its labels and in full in its annotations', async () => {
  const rig = await driverRig();
  await runningInstance(rig);
  const objects = await rig.objects();
  expect(objects).toHaveLength(7);
  for (const { metadata } of objects) {
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'drydock' });
    const name = metadata.annotations['drydock.dev/name'];
    expect(metadata.annotations['drydock.dev/owner']).toBe(wanted('vnet', name ?? '').owner);
  }
});

test('user data and keys of an instance never reach the cluster', async () => {
  const rig = await driverRig();
  const secret = wanted('launchplan', '/acme/jack/secret', {
    imagelist: 'nginx:1.29',
    attributes: { userdata: { password: 'hush-hush' } },
    sshkeys: ['hush-key'],
  });
  await rig.create(secret);
  expect(JSON.stringify(await rig.objects())).not.toContain('hush');
});

test('an object in the cluster that somebody has mangled is told as it is', async () => {
  const rig = await driverRig();
  await rig.create(SECLIST);
  const { metadata } = await rig.inCluster(SECLIST);
  const url = `${rig.of.kubernetesURL}/apis/networking.k8s.io/v1/namespaces/drydock-stacks/networkpolicies/${metadata.name}`;
  await fetch(url, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"metadata":{"annotations":{"drydock.dev/policies":"mangled"}}}',
  });
  for (const object of [VOLUME, VNET, ADDRESS]) await rig.create(object);
  await expect(rig.create(INSTANCE)).rejects.toMatchObject({
    code: 'UNEXPECTED_ANSWER',
    message: expect.stringContaining('drydock.dev/policies') as string,
  });
});

test('a landscape that starts again goes on with the objects of its driver', async () => {
  const dataDir = folder();
  const first = await driverRig({ dataDir });
  await runningInstance(first);
  const described = await first.describe(INSTANCE);
  await first.of.close();
  const second = await driverRig({ dataDir });
  second.pass(POD_SECONDS);
  expect(await second.describe(INSTANCE)).toEqual(described);
});

import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Landscape } from '../../../src/dev/landscape/index.ts';
import { admin, type Answer, call, folder, landscape } from '../support.ts';

interface Shown {
  metadata: Record<string, string> & { generation: number; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
  items: Shown[];
  message: string;
  reason: string;
  details: { name: string };
}

const PATHS = {
  statefulsets: '/apis/apps/v1',
  networkpolicies: '/apis/networking.k8s.io/v1',
  persistentvolumeclaims: '/api/v1',
  services: '/api/v1',
} as const;
type Resource = keyof typeof PATHS;

const namespace = 'drydock-stacks';
const MERGE = 'application/merge-patch+json';

function at(of: Landscape, resource: Resource, name = '', within = namespace): string {
  const rest = name === '' ? '' : `/${name}`;
  return `${of.kubernetesURL}${PATHS[resource]}/namespaces/${within}/${resource}${rest}`;
}

async function send(
  url: string,
  method: string,
  body?: object,
  type = 'application/json',
): Promise<Answer<Shown>> {
  const headers = { 'content-type': type };
  return await call<Shown>(url, { method, ...(body ? { headers, body: JSON.stringify(body) } : {}) });
}

const labels = { app: 'one' };
function statefulSet(name: string, claim?: string): object {
  const volumes = claim === undefined ? [] : [{ name: 'disk', persistentVolumeClaim: { claimName: claim } }];
  return {
    metadata: { name, labels },
    spec: {
      serviceName: name,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'busybox' }], volumes } },
    },
  };
}
const claim = (name: string): object => ({
  metadata: { name, labels: { disk: name } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const service = (name: string): object => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } });
const policy = (name: string): object => ({ metadata: { name }, spec: { podSelector: {} } });
const EXAMPLES: [Resource, object][] = [
  ['statefulsets', statefulSet('one')],
  ['persistentvolumeclaims', claim('one')],
  ['services', service('one')],
  ['networkpolicies', policy('one')],
];

interface Clock {
  of: Landscape;
  pass(ms: number): void;
}

async function withClock(options: { dataDir?: string } = {}): Promise<Clock> {
  let time = Date.UTC(2024, 0, 1);
  const of = await landscape({ ...options, podSeconds: 5, now: () => time });
  return {
    of,
    pass(ms) {
      time += ms;
    },
  };
}

describe.each(EXAMPLES)('the Kubernetes API for %s', (resource, manifest) => {
  test('creates, shows, lists and deletes', async () => {
    const of = await landscape();
    const created = await send(at(of, resource), 'POST', manifest);
    expect(created.status).toBe(201);
    const { uid, resourceVersion, creationTimestamp } = created.body.metadata;
    expect([uid, resourceVersion, creationTimestamp].every((text) => typeof text === 'string')).toBe(true);
    expect((await call<Shown>(at(of, resource, 'one'))).body).toEqual(created.body);
    expect((await call<Shown>(at(of, resource))).body.items).toEqual([created.body]);

    const again = await send(at(of, resource), 'POST', manifest);
    expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists', details: { name: 'one' } } });

    expect((await send(at(of, resource, 'one'), 'DELETE')).status).toBe(200);
    expect(await call(at(of, resource, 'one'))).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    const anew = await send(at(of, resource), 'POST', manifest);
    expect(anew.body.metadata['uid']).not.toBe(uid);
  });

  test('takes a change only from those who know the latest version', async () => {
    const of = await landscape();
    const { body } = await send(at(of, resource), 'POST', manifest);
    const { resourceVersion, uid } = body.metadata;
    const url = at(of, resource, 'one');
    const annotated = (note: string, version?: string): object => ({
      metadata: { annotations: { note }, ...(version === undefined ? {} : { resourceVersion: version }) },
    });
    const first = await send(url, 'PATCH', annotated('a', resourceVersion), MERGE);
    expect(first.body.metadata).toMatchObject({ annotations: { note: 'a' }, uid });
    expect(first.body.metadata['resourceVersion']).not.toBe(resourceVersion);
    expect(await send(url, 'PATCH', annotated('b', resourceVersion), MERGE)).toMatchObject({
      status: 409,
      body: { reason: 'Conflict' },
    });
    expect(await send(url, 'PUT', body)).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    const replaced = await send(url, 'PUT', {
      ...first.body,
      metadata: { ...first.body.metadata, annotations: {} },
    });
    expect(replaced).toMatchObject({ status: 200, body: { metadata: { annotations: {}, uid } } });
    // Without a version the last one wins; what changes nothing makes no new version.
    const last = await send(url, 'PATCH', annotated('c'), MERGE);
    expect((await send(url, 'PATCH', annotated('c'), MERGE)).body).toEqual(last.body);
    expect((await send(url, 'PATCH', annotated('c'))).status).toBe(415);
  });

  test('deletes only what the preconditions name', async () => {
    const of = await landscape();
    const { body } = await send(at(of, resource), 'POST', manifest);
    const url = at(of, resource, 'one');
    const { uid, resourceVersion } = body.metadata;
    for (const preconditions of [{ uid: 'another' }, { uid, resourceVersion: '1' }])
      expect(await send(url, 'DELETE', { preconditions })).toMatchObject({ status: 409 });
    const accepted = await send(url, 'DELETE', { preconditions: { uid, resourceVersion } });
    expect(accepted.status).toBe(200);
  });

  test('has one namespace', async () => {
    const of = await landscape();
    await send(at(of, resource), 'POST', manifest);
    const elsewhere = await send(at(of, resource, '', 'other'), 'POST', manifest);
    expect(elsewhere).toMatchObject({ status: 404, body: { details: { name: 'other' } } });
    expect((await call(at(of, resource, 'one', 'other'))).status).toBe(404);
    expect((await call<Shown>(at(of, resource, '', 'other'))).body.items).toEqual([]);
  });

  test('refuses a name that is none', async () => {
    const of = await landscape();
    const refused = await send(at(of, resource), 'POST', { ...manifest, metadata: { name: 'No_Name' } });
    expect(refused).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
    expect(refused.body.message).toContain('metadata.name');
  });
});

test('lists by labels and by pages', async () => {
  const of = await landscape();
  for (const name of ['c', 'a', 'b']) await send(at(of, 'persistentvolumeclaims'), 'POST', claim(name));
  const names = async (query: string): Promise<[string[], string | undefined]> => {
    const { body } = await call<Shown>(`${at(of, 'persistentvolumeclaims')}?${query}`);
    return [body.items.map(({ metadata }) => metadata['name'] ?? ''), body.metadata['continue']];
  };
  expect(await names('labelSelector=disk%3Db')).toEqual([['b'], undefined]);
  const [first, token] = await names('limit=2');
  expect(first).toEqual(['a', 'b']);
  expect(await names(`limit=2&continue=${token}`)).toEqual([['c'], undefined]);
});

test.each<[Resource, string, object]>([
  ['statefulsets', 'spec.selector', { metadata: { name: 'x' }, spec: {} }],
  ['persistentvolumeclaims', 'spec.resources[storage]', { metadata: { name: 'x' }, spec: {} }],
  ['services', 'spec.ports', { metadata: { name: 'x' }, spec: {} }],
  ['services', 'metadata.name', { metadata: { name: '1x' }, spec: { ports: [{ port: 80 }] } }],
])('refuses %s without a valid %s', async (resource, field, manifest) => {
  const of = await landscape();
  const refused = await send(at(of, resource), 'POST', manifest);
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain(`${field}: `);
});

test('lets only what may change of a StatefulSet, a claim or a Service change', async () => {
  const of = await landscape();
  for (const [resource, manifest] of EXAMPLES) await send(at(of, resource), 'POST', manifest);
  const patch = async (resource: Resource, spec: object): Promise<number> =>
    (await send(at(of, resource, 'one'), 'PATCH', { spec }, MERGE)).status;
  expect(await patch('statefulsets', { serviceName: 'other' })).toBe(422);
  expect(await patch('statefulsets', { replicas: 0 })).toBe(200);
  expect(await patch('persistentvolumeclaims', { storageClassName: 'fast' })).toBe(422);
  expect(await patch('persistentvolumeclaims', { resources: { requests: { storage: '2Gi' } } })).toBe(200);
  expect(await patch('services', { clusterIP: '10.0.0.1' })).toBe(422);
  expect(await patch('services', { selector: labels })).toBe(200);
});

describe('a StatefulSet', () => {
  const statusOf = async (of: Landscape): Promise<Record<string, unknown>> =>
    (await call<Shown>(at(of, 'statefulsets', 'one'))).body.status;
  const patch = (of: Landscape, body: object): Promise<Answer<Shown>> =>
    send(at(of, 'statefulsets', 'one'), 'PATCH', body, MERGE);

  test('gets ready, rolls out a new template, and scales down and up, each after a while', async () => {
    const { of, pass } = await withClock();
    await send(at(of, 'statefulsets'), 'POST', statefulSet('one'));
    expect(await statusOf(of)).toMatchObject({ replicas: 1, observedGeneration: 1 });
    expect(await statusOf(of)).not.toHaveProperty('readyReplicas');
    pass(5_000);
    const ready = await statusOf(of);
    expect(ready).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
    expect(ready['currentRevision']).toBe(ready['updateRevision']);

    await patch(of, { spec: { template: { metadata: { annotations: { token: 'a' } } } } });
    const rolling = await statusOf(of);
    expect(rolling).not.toHaveProperty('readyReplicas');
    expect(rolling['currentRevision']).toBe(ready['currentRevision']);
    expect(rolling['updateRevision']).not.toBe(ready['updateRevision']);
    pass(5_000);
    const rolled = await statusOf(of);
    expect(rolled).toMatchObject({ readyReplicas: 1, observedGeneration: 2 });
    expect(rolled['currentRevision']).toBe(rolling['updateRevision']);

    await patch(of, { spec: { replicas: 0 } });
    expect(await statusOf(of)).toMatchObject({ replicas: 1 });
    pass(5_000);
    expect(await statusOf(of)).toMatchObject({ replicas: 0, observedGeneration: 3 });
    await patch(of, { spec: { replicas: 1 } });
    expect(await statusOf(of)).not.toHaveProperty('readyReplicas');
    pass(5_000);
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1 });
    await patch(of, { metadata: { annotations: { note: 'restarts nothing' } } });
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1, observedGeneration: 4 });
  });

  test('keeps its claim from being removed while its pod exists', async () => {
    const { of, pass } = await withClock();
    await send(at(of, 'statefulsets'), 'POST', statefulSet('one', 'disk'));
    pass(5_000);
    expect(await statusOf(of)).not.toHaveProperty('readyReplicas');
    await send(at(of, 'persistentvolumeclaims'), 'POST', claim('disk'));
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1 });

    await send(at(of, 'persistentvolumeclaims', 'disk'), 'DELETE');
    const ending = await call<Shown>(at(of, 'persistentvolumeclaims', 'disk'));
    expect(ending.body.metadata).toHaveProperty('deletionTimestamp');
    const again = await send(at(of, 'persistentvolumeclaims'), 'POST', claim('disk'));
    expect(again.body.message).toContain('being deleted');

    await send(at(of, 'statefulsets', 'one'), 'DELETE', { propagationPolicy: 'Foreground' });
    const stopping = await call<Shown>(at(of, 'statefulsets', 'one'));
    expect(stopping.body.metadata).toHaveProperty('deletionTimestamp');
    pass(5_000);
    expect((await call(at(of, 'statefulsets', 'one'))).status).toBe(404);
    expect((await call(at(of, 'persistentvolumeclaims', 'disk'))).status).toBe(404);
  });

  test('has a pod that can be killed, for a time or until it is revived or changed', async () => {
    const { of, pass } = await withClock();
    await send(at(of, 'statefulsets'), 'POST', statefulSet('one'));
    pass(5_000);
    await admin(of, 'POST', '/objects/kill', { name: 'one', seconds: 60 });
    expect(await statusOf(of)).not.toHaveProperty('readyReplicas');
    pass(60_000);
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1 });

    await admin(of, 'POST', '/objects/kill', { name: 'one' });
    pass(600_000);
    expect(await statusOf(of)).not.toHaveProperty('readyReplicas');
    await admin(of, 'POST', '/objects/revive', { name: 'one' });
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1 });

    await admin(of, 'POST', '/objects/kill', { name: 'one' });
    await patch(of, { spec: { template: { metadata: { annotations: { token: 'a' } } } } });
    pass(5_000);
    expect(await statusOf(of)).toMatchObject({ readyReplicas: 1 });
    await expect(admin(of, 'POST', '/objects/kill', { name: 'none' })).rejects.toThrow(/No such instance/);
  });
});

test('every Service has an address of its own, which it keeps', async () => {
  const of = await landscape();
  const addresses = new Set<unknown>();
  for (let index = 0; index < 20; index += 1) {
    const { body } = await send(at(of, 'services'), 'POST', service(`s${index}`));
    addresses.add(body.spec['clusterIP']);
    const replaced = await send(at(of, 'services', `s${index}`), 'PUT', service(`s${index}`));
    expect(replaced.body.spec['clusterIP']).toBe(body.spec['clusterIP']);
  }
  expect(addresses.size).toBe(20);
});

test('objects outlive the landscape, and a reset removes them', async () => {
  const dataDir = folder();
  const first = await withClock({ dataDir });
  for (const [resource, manifest] of EXAMPLES) await send(at(first.of, resource), 'POST', manifest);
  await send(at(first.of, 'services', 'one'), 'DELETE');
  first.pass(5_000);
  const shown = await admin(first.of, 'GET', '/objects');
  expect(shown).toHaveLength(3);
  await first.of.close();
  appendFileSync(path.join(dataDir, 'landscape.jsonl'), '{"type":"object","obj');

  const second = await withClock({ dataDir });
  second.pass(5_000);
  expect(await admin(second.of, 'GET', '/objects')).toEqual(shown);
  await admin(second.of, 'POST', '/reset');
  expect(await admin(second.of, 'GET', '/objects')).toEqual([]);
});

test('faults of objects leave the other systems alone', async () => {
  const of = await landscape();
  await admin(of, 'PUT', '/faults/objects', { mode: 'unavailable', status: 500 });
  for (const [resource] of EXAMPLES) expect((await call(at(of, resource))).status).toBe(500);
  const others = `${of.kubernetesURL}/api/v1/namespaces/${of.overridesNamespace}/configmaps`;
  expect((await call(others)).status).toBe(200);
  await admin(of, 'DELETE', '/faults');
  expect((await call(at(of, 'services'))).status).toBe(200);
  expect(await admin(of, 'GET', '/requests')).toMatchObject({ objects: 5, overrides: 1, inventory: 0 });
});

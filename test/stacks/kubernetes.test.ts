/** The whole service with the objects of stacks in a Kubernetes cluster, which the landscape answers for. */
import { KubeConfig } from '@kubernetes/client-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clusterName } from '../../src/activities/stacks/drivers/kubernetes/names.ts';
import { STACK_TEMPLATES } from '../../src/domain/stacks/templates.ts';
import type { ClusterObject } from '../e2e/landscape-admin.ts';
import { until } from '../support/environment.ts';
import { depends, instances, plan, type Fields, type StackBody } from '../support/stacks/definitions.ts';
import { startStackService, type StackService } from './service.ts';

let service: StackService;
let cluster: string;

beforeAll(async () => {
  service = await startStackService({ STACK_DRIVER: 'kubernetes' }, { podSeconds: 0.2 });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(service.env['KUBECONFIG'] ?? '');
  cluster = kubeConfig.getCurrentCluster()?.server ?? '';
});

/** An instance with a volume, an address and a security list. */
function shop(container: string, policy = 'none'): StackBody {
  const at = (name: string): string => `/${container}/olga/${name}`;
  const web: Fields = {
    storage_attachments: [{ volume: at('disk'), index: 1 }],
    networking: { eth0: { seclists: [at('list')], nat: `ipreservation:${at('address')}` } },
  };
  return {
    name: at('shop'),
    oplans: [
      instances('web', [at('web-1')], web, { ha_policy: policy }),
      instances('more', [at('web-2')], {}, { ha_policy: policy }),
      plan('disk', 'storage/volume', [at('disk')], { size: '10G' }),
      plan('address', 'ip/reservation', [at('address')]),
      plan('list', 'seclist', [at('list')]),
    ],
  };
}

async function started(container: string, policy?: string): Promise<string> {
  const { name } = await service.stacks.add(shop(container, policy));
  await service.stacks.bring(name, 'START', 'ready');
  return name;
}

/** The cluster's objects for those below a container. */
async function inCluster(container: string): Promise<ClusterObject[]> {
  return (await service.landscape.objects()).filter(({ metadata }) =>
    metadata.annotations['drydock.dev/name']?.startsWith(`/${container}/`),
  );
}

/** Name and identity of everything, and the address of Services, by kind. */
async function identities(container: string): Promise<Record<string, string>> {
  const objects = await inCluster(container);
  return Object.fromEntries(
    objects.map(({ kind, metadata, spec }) => {
      return [`${kind} ${metadata.name}`, `${metadata.uid} ${spec.clusterIP ?? ''}`];
    }),
  );
}

async function replicas(container: string): Promise<unknown[]> {
  const objects = await inCluster(container);
  return objects.filter(({ kind }) => kind === 'StatefulSet').map(({ spec }) => spec.replicas);
}

/** Makes an object in the cluster as a person with kubectl does, and answers its UID. */
async function make(api: string, resource: string, name: string, spec: object): Promise<string> {
  const response = await fetch(`${cluster}/${api}/namespaces/drydock-stacks/${resource}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name }, spec }),
  });
  expect(response.status).toBe(201);
  return z.object({ metadata: z.object({ uid: z.string() }) }).parse(await response.json()).metadata.uid;
}

const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } };

describe('a stack in a Kubernetes cluster', () => {
  it('A70 A80: start makes an object in the cluster for each of its objects', async () => {
    const name = await started('begin');
    expect((await inCluster('begin')).map(({ kind }) => kind).sort()).toEqual([
      'NetworkPolicy',
      'NetworkPolicy',
      'PersistentVolumeClaim',
      'Service',
      'StatefulSet',
      'StatefulSet',
    ]);
    expect(await replicas('begin')).toEqual([1, 1]);
    const [set] = (await inCluster('begin')).filter(
      ({ metadata }) => metadata.annotations['drydock.dev/name'] === '/begin/olga/web-1',
    );
    expect(await service.stacks.object('instance', '/begin/olga/web-1')).toMatchObject({
      id: set?.metadata.uid,
      state: 'running',
      orchestration: name,
      adopted: false,
    });
  });

  it('A75 A76 A77 A81: shutdown and restart keep every object, the volume and the address among them', async () => {
    const { stacks } = service;
    const name = await started('power');
    const before = await identities('power');
    const address = await stacks.object('ip/reservation', '/power/olga/address');
    expect(Object.values(before).join()).toContain((address['reported'] as { ip: string }).ip);

    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    expect(await replicas('power')).toEqual([0, 0]);
    expect(await identities('power')).toEqual(before);
    expect(await stacks.object('instance', '/power/olga/web-1')).toMatchObject({ state: 'shutdown' });
    await stacks.bring(name, 'RESTART', 'ready');
    expect(await replicas('power')).toEqual([1, 1]);
    expect(await identities('power')).toEqual(before);
    expect(await stacks.object('ip/reservation', '/power/olga/address')).toEqual(address);
  });

  it('A71 A72 A83: stop leaves nothing in the cluster, and a later start makes new objects', async () => {
    const { stacks } = service;
    const name = await started('again');
    const before = await identities('again');
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await inCluster('again')).toEqual([]);
    await stacks.bring(name, 'START', 'ready');
    const after = await identities('again');
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
    const known = new Set(Object.values(before));
    expect(Object.values(after).filter((identity) => known.has(identity))).toEqual([]);
  });

  it('A71: a claim that exists is adopted as it is and stays, and so does what a person made by hand', async () => {
    const { stacks } = service;
    const volume = clusterName('storage/volume', '/adopt/olga/disk');
    const uid = await make('api/v1', 'persistentvolumeclaims', volume, CLAIM);
    await make('api/v1', 'persistentvolumeclaims', 'by-hand', CLAIM);
    await make('api/v1', 'services', 'by-hand', { ports: [{ port: 80 }] });
    await make('apis/networking.k8s.io/v1', 'networkpolicies', 'by-hand', { podSelector: {} });
    const byHand = async (): Promise<unknown[]> =>
      (await service.landscape.objects())
        .filter(({ metadata }) => metadata.name === 'by-hand' || metadata.name === volume)
        .map(({ status: _status, ...object }) => object);
    const before = await byHand();
    expect(before).toHaveLength(4);

    const name = await started('adopt');
    expect(await stacks.object('storage/volume', '/adopt/olga/disk')).toMatchObject({
      id: uid,
      adopted: true,
    });
    await stacks.bring(name, 'SHUTDOWN', 'shut_down');
    await stacks.bring(name, 'RESTART', 'ready');
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await inCluster('adopt')).toEqual([]);
    expect(await byHand()).toEqual(before);
  });

  it('A60 A66: the template of two tiers lives with every kind of object, and leaves nothing', async () => {
    const { stacks } = service;
    const template = STACK_TEMPLATES.find(({ name }) => name.endsWith('/two-tier'));
    if (!template) throw new Error('There is no template of two tiers');
    await stacks.add(template);
    await stacks.bring(template.name, 'START', 'ready');
    const before = await identities('drydock');
    expect(Object.keys(before)).toHaveLength(13);
    const path = `${template.name}-web-address`;
    const association = await stacks.object('ip/association', path);
    await stacks.bring(template.name, 'SHUTDOWN', 'shut_down');
    await stacks.bring(template.name, 'RESTART', 'ready');
    expect(await identities('drydock')).toEqual(before);
    expect(await stacks.object('ip/association', path)).toEqual(association);
    await stacks.bring(template.name, 'STOP', 'stopped');
    expect(await inCluster('drydock')).toEqual([]);
  });
});

describe('an instance in a Kubernetes cluster whose pod dies', () => {
  const NOT_READY = /instance \/\w+\/olga\/web-1 does not run any more: its pod is not ready/;

  it('A86: is a warning that names it, and ready again once the cluster has brought it back', async () => {
    const { stacks, landscape } = service;
    const name = await started('dies');
    const before = await identities('dies');
    await landscape.killInstance('/dies/olga/web-1');
    const warned = await stacks.reaches(name, 'warning');
    expect(warned.info.errors['web']).toMatch(NOT_READY);
    expect(warned.oplans[0]).toMatchObject({
      status: 'warning',
      info: { errors: { '/dies/olga/web-1': expect.stringMatching(NOT_READY) as unknown } },
    });
    expect(await stacks.object('instance', '/dies/olga/web-1')).toMatchObject({ state: 'stopped' });
    await landscape.reviveInstance('/dies/olga/web-1');
    expect((await stacks.reaches(name, 'ready')).info).toEqual({ errors: {} });
    expect(await identities('dies')).toEqual(before);
  });

  it('A86: names it as long as the warning lasts, while ha_policy active has it restarted too', async () => {
    const { stacks, landscape } = service;
    const name = await started('revived', 'active');
    const before = await identities('revived');
    await landscape.killInstance('/revived/olga/web-1');
    const warned = await stacks.reaches(name, 'warning');
    expect(warned.info.errors['web']).toMatch(NOT_READY);
    await until(async () => (await stacks.object('instance', '/revived/olga/web-1')).state === 'starting', {
      what: 'that it is restarted',
    });
    const still = await stacks.get(name);
    expect(still.status).toBe('warning');
    expect(still.info.errors['web']).toMatch(NOT_READY);
    await landscape.reviveInstance('/revived/olga/web-1');
    expect((await stacks.reaches(name, 'ready')).info).toEqual({ errors: {} });
    expect(await identities('revived')).toEqual(before);
  });

  it('A75 A76 A90: a stack in that warning is shut down, restarted and stopped like any other', async () => {
    const { stacks, landscape } = service;
    const name = await started('onward');
    const before = await identities('onward');
    await landscape.killInstance('/onward/olga/web-1');
    await stacks.reaches(name, 'warning');
    expect((await stacks.bring(name, 'SHUTDOWN', 'shut_down')).info).toEqual({ errors: {} });
    expect(await replicas('onward')).toEqual([0, 0]);
    await stacks.bring(name, 'RESTART', 'ready');
    expect(await identities('onward')).toEqual(before);
    await landscape.killInstance('/onward/olga/web-2');
    await stacks.reaches(name, 'warning');
    await stacks.bring(name, 'STOP', 'stopped');
    expect(await inCluster('onward')).toEqual([]);
  });

  it('A85: one that is shut down by command is off in the cluster, and no policy starts it', async () => {
    const { stacks, landscape } = service;
    const name = await started('off', 'active');
    await stacks.instance('/off/olga/web-1', 'shutdown');
    await stacks.reaches(name, 'warning');
    expect(await replicas('off')).toEqual(expect.arrayContaining([0, 1]) as unknown);
    // Somebody else's end is answered later than what the policy would have done about the first one.
    await landscape.killInstance('/off/olga/web-2');
    await until(async () => (await stacks.object('instance', '/off/olga/web-2')).state === 'starting', {
      what: 'that the policy restarts the other one',
    });
    expect(await stacks.object('instance', '/off/olga/web-1')).toMatchObject({ state: 'shutdown' });
    await landscape.reviveInstance('/off/olga/web-2');
    await stacks.instance('/off/olga/web-1', 'running');
    await stacks.reaches(name, 'ready');
    expect(await replicas('off')).toEqual([1, 1]);
  });

  it('A84: one that the cluster refuses is an error with its words, and START goes on after the mend', async () => {
    const { stacks } = service;
    const body = shop('refused');
    const [disk] = body.oplans.splice(2, 1, plan('disk', 'storage/volume', ['/refused/olga/disk']));
    await stacks.add(body);
    const failed = await stacks.bring(body.name, 'START', 'error');
    expect(failed.info.errors['disk']).toContain('needs a size like "10G"');
    expect(failed.oplans[0]).toMatchObject({ label: 'web', status: 'stopped' });
    await stacks.bring(body.name, 'STOP', 'stopped');
    if (disk) body.oplans.splice(2, 1, disk);
    await stacks.define(body);
    await stacks.bring(body.name, 'START', 'ready');
  });
});

describe('an instance in a Kubernetes cluster that does not get ready', () => {
  beforeAll(async () => {
    const env = { STACK_DRIVER: 'kubernetes', STACK_OBJECT_TIMEOUT_SECONDS: '10' };
    service = await startStackService(env, { podSeconds: 3 });
  });

  it('A84: is an error after its time, and START goes on with the very same one', async () => {
    const { stacks, landscape } = service;
    const at = (part: string): string => `/stuck/olga/${part}`;
    const { name } = await stacks.add({
      name: at('stack'),
      oplans: [instances('db', [at('db')]), instances('web', [at('web')])],
      relationships: depends(['web', 'db']),
    });
    await stacks.act(name, 'START');
    await until(async () => (await inCluster('stuck')).length === 1, { what: 'the first instance' });
    // Before it was ready for the first time.
    await landscape.killInstance(at('db'));
    const failed = await stacks.reaches(name, 'error');
    expect(failed.info.errors['db']).toMatch(/instance \/stuck\/olga\/db took longer than 10 seconds/);
    expect(failed.oplans.map(({ status }) => status)).toEqual(['error', 'stopped']);
    const before = await identities('stuck');
    await landscape.reviveInstance(at('db'));
    expect((await stacks.bring(name, 'START', 'ready')).info).toEqual({ errors: {} });
    expect(await identities('stuck')).toMatchObject(before);
  });
});

import { describe, expect, it } from 'vitest';
import { serviceManifest } from '../../../src/activities/stacks/drivers/kubernetes/address.ts';
import type { Found } from '../../../src/activities/stacks/drivers/kubernetes/collection.ts';
import {
  indexAmong,
  instanceManifest,
} from '../../../src/activities/stacks/drivers/kubernetes/instance-manifest.ts';
import { standingOf } from '../../../src/activities/stacks/drivers/kubernetes/instance.ts';
import {
  clusterName,
  memberLabel,
  partKey,
} from '../../../src/activities/stacks/drivers/kubernetes/names.ts';
import type { StatefulSet } from '../../../src/activities/stacks/drivers/kubernetes/plain.ts';
import { ruleOf } from '../../../src/activities/stacks/drivers/kubernetes/security-rules.ts';
import { claimManifest } from '../../../src/activities/stacks/drivers/kubernetes/storage.ts';
import type { WantedObject } from '../../../src/activities/stacks/drivers/driver.ts';
import { STACK_TEMPLATES } from '../../../src/domain/stacks/templates.ts';
import { OBJECT_TYPES, type Json, type ObjectType } from '../../../src/domain/stacks/definition.ts';

function wanted(objType: ObjectType, spec: Record<string, Json> = {}): WantedObject {
  const name = '/acme/jack/thing';
  return { objType, name, owner: `/acme/jack/stack plan ${name}`, spec: { name, ...spec } };
}
const instance = (spec: Record<string, Json> = {}): WantedObject =>
  wanted('launchplan', { imagelist: 'nginx:1.29', ...spec });
const container = (object: WantedObject) => instanceManifest(object).spec?.template.spec?.containers[0];

describe('names in the cluster', () => {
  it('are DNS labels that begin with a letter, at most 52 characters, whatever the name is', () => {
    const names = [
      '/a/b/Web_1',
      '/a/b/1.2@x',
      '/a/b/-',
      `/a/b/${'x'.repeat(200)}`,
      `/a/b/${'a-'.repeat(40)}`,
    ];
    for (const name of names) {
      const made = clusterName('launchplan', name);
      expect(made).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
      expect(made.length).toBeLessThanOrEqual(52);
    }
    expect(clusterName('launchplan', '/a/b/Web_1')).toMatch(/^web-1-[0-9a-f]{12}$/);
  });

  it('differ by type and by the whole name, and are the same every time', () => {
    const names = ['/a/b/c', '/a/c/c', '/a/b/C', '/a/b/c-', '/a.b/b/c'];
    const made = OBJECT_TYPES.flatMap((type) => names.map((name) => clusterName(type, name)));
    expect(new Set(made).size).toBe(made.length);
    expect(clusterName('seclist', '/a/b/c')).toBe(clusterName('seclist', '/a/b/c'));
  });

  it('fit into labels', () => {
    const long = `/a/b/${'x'.repeat(200)}`;
    for (const key of [memberLabel('ip/reservation', long), partKey('storage/attachment', long)])
      expect(key).toMatch(/^[a-z]+\.drydock\.dev\/[0-9a-f]{12}$/);
  });
});

describe('an instance as a StatefulSet', () => {
  it.each([
    ['/oracle/public/oel_7', 'docker.io/library/oraclelinux:7'],
    ['/oracle/public/OEL_6.4_2GB', 'docker.io/library/oraclelinux:6'],
    ['/oracle/public/OL_7.2_UEKR4_x86_64', 'docker.io/library/oraclelinux:7'],
    ['nginx', 'nginx'],
    ['registry.example.com:5000/team/app:v1.2', 'registry.example.com:5000/team/app:v1.2'],
  ])('takes the image list %s as image %s', (imagelist, image) => {
    expect(container(instance({ imagelist }))?.image).toBe(image);
  });

  it('lets an operating system run until it is shut down, and anything else do what it does', () => {
    expect(container(instance({ imagelist: '/oracle/public/oel_7' }))?.command?.join(' ')).toContain('TERM');
    expect(container(instance())).not.toHaveProperty('command');
  });

  it.each([
    [null, /needs an image: set its imagelist to a container image like "nginx:1.29"/],
    ['', /needs an image/],
    ['not an image', /has the imagelist not an image, which is no container image/],
    ['/', /which no container image stands for/],
    ['/acme/jack/my_image', /has the imagelist \/acme\/jack\/my_image, which no container image stands for/],
    ['/acme/jack/oel_7', /which no container image stands for/],
    ['/oracle/public/oel_5', /or take one of \/oracle\/public\/oel_6/],
    ['/oracle/public/windows_2012', /which no container image stands for/],
  ])('refuses the image list %j', (imagelist, message) => {
    expect(() => instanceManifest(instance({ imagelist }))).toThrow(message);
  });

  it('gives its pod neither variables of every Service nor a token for the API', () => {
    expect(instanceManifest(instance()).spec?.template.spec).toMatchObject({
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    });
  });

  it.each<[Json, object]>([
    ['oc3', { requests: { cpu: '2', memory: '7680Mi' }, limits: { memory: '7680Mi' } }],
    ['oc5m', { requests: { cpu: '32', memory: '245760Mi' }, limits: { memory: '245760Mi' } }],
    [{ cpus: 1, memory: '2Gi' }, { requests: { cpu: '1', memory: '2Gi' } }],
    [null, {}],
  ])('takes the shape %j', (shape, resources) => {
    expect(container(instance({ shape }))?.resources).toEqual(resources);
  });

  it.each<[Json]>([['huge'], ['constructor'], [{}], [{ cpu: 1 }]])('refuses the shape %j', (shape) => {
    expect(() => instanceManifest(instance({ shape }))).toThrow(/has a shape that means nothing here/);
  });

  it('mounts each volume at its index, the lowest free one unless told otherwise', () => {
    const manifest = instanceManifest(
      instance({ storage_attachments: [{ volume: '/a/b/x', index: 2 }, { volume: '/a/b/y' }] }),
    );
    const pod = manifest.spec?.template.spec;
    const claims = (pod?.volumes ?? []).map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
    expect(claims).toEqual(['/a/b/x', '/a/b/y'].map((name) => clusterName('storage/volume', name)));
    expect(pod?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/mnt/disk2',
      '/mnt/disk1',
    ]);
    expect(indexAmong([{ index: 1 }, { index: 2 }], undefined)).toBe(3);
    expect(indexAmong([], 0)).toBe(0);
  });

  it('refuses the same volume twice', () => {
    const storage_attachments = [{ volume: '/a/b/x' }, { volume: '/a/b/x' }];
    expect(() => instanceManifest(instance({ storage_attachments }))).toThrow(/attaches \/a\/b\/x twice/);
  });

  it('can be made of every instance of the templates', () => {
    const instances = STACK_TEMPLATES.flatMap(({ oplans }) => oplans)
      .flatMap(({ objects }) => objects)
      .flatMap((object) =>
        'instances' in object && Array.isArray(object.instances) ? object.instances : [],
      );
    expect(instances).toHaveLength(3);
    for (const spec of instances as WantedObject['spec'][]) {
      const made = instanceManifest({ objType: 'launchplan', name: spec.name, owner: 'o', spec });
      expect(made.spec?.replicas).toBe(1);
      // A registry, a repository, and a version that stays.
      expect(made.spec?.template.spec?.containers[0]?.image).toMatch(
        /^docker\.io\/library\/[a-z]+:\d+\.\d+$/,
      );
    }
  });
});

describe('how an instance stands', () => {
  const ANNOTATIONS = { 'drydock.dev/owner': 'o', 'drydock.dev/desired': 'running' };
  const found = (
    status: StatefulSet['status'],
    over: { replicas?: number; annotations?: Record<string, string> } = {},
  ): Found<StatefulSet> => ({
    body: {
      spec: { replicas: over.replicas ?? 1, selector: {}, template: {} },
      ...(status === undefined ? {} : { status }),
    },
    name: 'web',
    uid: 'u',
    resourceVersion: '1',
    generation: 3,
    ending: false,
    annotations: { ...ANNOTATIONS, ...over.annotations },
  });
  const same = { currentRevision: 'a', updateRevision: 'a', observedGeneration: 3 };
  const readyAt = (generation: string) => ({
    annotations: { 'drydock.dev/ready-at-generation': generation },
  });

  it.each<[string, Found<StatefulSet>, string]>([
    ['no status yet', found(undefined), 'pending'],
    ['ready', found({ ...same, replicas: 1, readyReplicas: 1 }), 'running'],
    [
      'ready before the controller saw the change',
      found({ ...same, observedGeneration: 2, replicas: 1, readyReplicas: 1 }),
      'pending',
    ],
    [
      'the old pod is ready and a new one is due',
      found({ ...same, updateRevision: 'b', replicas: 1, readyReplicas: 1 }),
      'pending',
    ],
    ['never ready', found({ ...same, replicas: 1 }), 'pending'],
    ['ready at an earlier generation', found({ ...same, replicas: 1 }, readyAt('2')), 'pending'],
    ['ready at this generation', found({ ...same, replicas: 1 }, readyAt('3')), 'stopped'],
    ['still scaling down', found({ ...same, replicas: 1 }, { replicas: 0 }), 'pending'],
    ['scaled down by somebody else', found({ ...same, replicas: 0 }, { replicas: 0 }), 'stopped'],
    [
      'shut down',
      found({ ...same, replicas: 0 }, { replicas: 0, annotations: { 'drydock.dev/desired': 'shutdown' } }),
      'shutdown',
    ],
  ])('%s', (_, object, state) => {
    expect(standingOf(object).state).toBe(state);
  });
});

describe('a volume as a claim', () => {
  it.each<[Json, string]>([
    ['10G', '10Gi'],
    ['512m', '512Mi'],
    ['0010g', '10Gi'],
    ['1024', '1024'],
    [1_073_741_824, '1073741824'],
  ])('takes the size %j as %s', (size, storage) => {
    const { spec } = claimManifest(wanted('storage/volume', { size }));
    expect(spec?.resources?.requests).toEqual({ storage });
  });

  it.each<[Json]>([[null], ['big'], [{}]])('refuses the size %j', (size) => {
    expect(() => claimManifest(wanted('storage/volume', { size }))).toThrow(/needs a size like "10G"/);
  });

  it.each<[Record<string, Json>, string | undefined]>([
    [{}, undefined],
    [{ properties: ['/oracle/public/storage/default'] }, undefined],
    [{ properties: ['/oracle/public/storage/latency'] }, 'latency'],
    [{ storage_class: 'fast', properties: ['/oracle/public/storage/latency'] }, 'fast'],
  ])('takes the storage class of %j', (fields, storageClass) => {
    const { spec } = claimManifest(wanted('storage/volume', { size: '1G', ...fields }));
    expect(spec?.storageClassName).toBe(storageClass);
  });
});

describe('an address as a Service', () => {
  it('opens the ports of the definition, or three usual ones', () => {
    const ports = (given: Json): (number | undefined)[] =>
      (serviceManifest(wanted('ip/reservation', { ports: given })).spec?.ports ?? []).map(({ port }) => port);
    expect(ports(null)).toEqual([22, 80, 443]);
    expect(ports([8080])).toEqual([8080]);
    for (const wrong of [[], ['80'], 80]) expect(() => ports(wrong)).toThrow(/no list of numbers/);
  });
});

describe('rules of security lists', () => {
  const rule = (fields: Record<string, Json>) =>
    ruleOf(wanted('secrule', { src_list: 'seclist:/a/b/c', dst_list: 'seclist:/a/b/d', ...fields }));

  it.each<[string | null, unknown]>([
    [null, null],
    ['/oracle/public/all', null],
    ['/oracle/public/ssh', [{ protocol: 'TCP', port: 22 }]],
    ['/acme/jack/tcp-8080', [{ protocol: 'TCP', port: 8080 }]],
    ['udp-514', [{ protocol: 'UDP', port: 514 }]],
  ])('permit the application %j', (application, ports) => {
    expect(rule({ application })).toEqual({ from: '/a/b/c', to: '/a/b/d', ports, disabled: false });
  });

  it.each<[Record<string, Json>, RegExp]>([
    [{ application: '/oracle/public/telepathy' }, /take one of all, ssh/],
    [{ application: 'constructor' }, /take one of all, ssh/],
    [{ action: 'deny' }, /a rule can only permit/],
    [{ src_list: 'seciplist:/acme/jack/ours' }, /needs a security list as src_list/],
    [{ src_list: null }, /needs a security list as src_list/],
  ])('that say %j are refused', (fields, message) => {
    expect(() => rule(fields)).toThrow(message);
  });
});

/**
 * Behaviour of an API server that the Kubernetes driver relies on, for the kinds that stacks are made of. The cases
 * run over a real server and over the landscape, which must behave alike; where they differ the landscape is wrong.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../support/environment.ts';
import {
  KubernetesHTTP,
  MERGE_PATCH,
  type KubernetesAnswer,
  type Shown,
} from '../support/kubernetes-http.ts';
import type { KubernetesAccess } from './kubernetes-world.ts';

export interface APIWorld extends KubernetesAccess {
  /** Every list that is under way expires. */
  expireLists(): Promise<void>;
}

const RESOURCES = {
  statefulsets: '/apis/apps/v1',
  networkpolicies: '/apis/networking.k8s.io/v1',
  persistentvolumeclaims: '/api/v1',
  services: '/api/v1',
} as const;
type Resource = keyof typeof RESOURCES;
const ALL = Object.keys(RESOURCES) as Resource[];

const LABELS = { app: 'one' };
const CONTAINER = { name: 'main', image: 'nginx:1.29' };

/** The least that is accepted of each kind. */
function least(resource: Resource, name: string): Manifest {
  const metadata = { name, labels: LABELS };
  switch (resource) {
    case 'statefulsets': {
      const template = { metadata: { labels: LABELS }, spec: { containers: [CONTAINER] } };
      return { metadata, spec: { serviceName: name, selector: { matchLabels: LABELS }, template } };
    }
    case 'networkpolicies':
      return { metadata, spec: { podSelector: {} } };
    case 'persistentvolumeclaims': {
      const resources = { requests: { storage: '1Gi' } };
      return { metadata, spec: { accessModes: ['ReadWriteOnce'], resources } };
    }
    case 'services':
      return { metadata, spec: { ports: [{ port: 80 }] } };
  }
}

interface Manifest {
  metadata: { name: string; labels?: object };
  spec: object;
}

/** Fields that the server itself fills in. */
const DEFAULTS: Record<Resource, object> = {
  statefulsets: {
    spec: {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          terminationGracePeriodSeconds: 30,
          securityContext: {},
          containers: [
            {
              ...CONTAINER,
              imagePullPolicy: 'IfNotPresent',
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
        },
      },
    },
  },
  networkpolicies: { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
  persistentvolumeclaims: {
    metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { volumeMode: 'Filesystem', storageClassName: 'standard' },
  },
  services: {
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: ['IPv4'],
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    },
    status: { loadBalancer: {} },
  },
};

const statusSchema = z.object({
  kind: z.literal('Status'),
  status: z.literal('Failure'),
  reason: z.string(),
  message: z.string(),
  code: z.number(),
  metadata: z.object({ continue: z.string().optional() }).optional(),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      causes: z
        .array(
          z.object({ field: z.string().default(''), message: z.string(), reason: z.string().optional() }),
        )
        .default([]),
    })
    .optional(),
});
type Failure = z.infer<typeof statusSchema>;

const listSchema = z.object({
  kind: z.string(),
  metadata: z.object({
    continue: z.string().optional(),
    remainingItemCount: z.number().optional(),
    resourceVersion: z.string(),
  }),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
    }),
  ),
});
type List = z.infer<typeof listSchema>;

/** The API of one namespace. */
class Server {
  readonly http: KubernetesHTTP;

  constructor(private readonly world: APIWorld) {
    this.http = new KubernetesHTTP(world.kubeConfig);
  }

  expireLists(): Promise<void> {
    return this.world.expireLists();
  }

  path(resource: Resource, name = '', namespace = this.world.namespace): string {
    const all = `${RESOURCES[resource]}/namespaces/${namespace}/${resource}`;
    return name === '' ? all : `${all}/${name}`;
  }

  async create(resource: Resource, manifest: Manifest): Promise<Shown> {
    return await this.http.create(this.path(resource), manifest);
  }

  async read(resource: Resource, name: string): Promise<Shown> {
    return await this.http.ask('GET', this.path(resource, name));
  }

  async list(resource: Resource, query: string): Promise<List> {
    return listSchema.parse(await this.http.ask('GET', `${this.path(resource)}?${query}`));
  }

  async merge(resource: Resource, name: string, body: object): Promise<KubernetesAnswer> {
    return await this.http.request('PATCH', this.path(resource, name), { body, type: MERGE_PATCH });
  }

  async refuses(answer: Promise<KubernetesAnswer>, status: number, reason: string): Promise<Failure> {
    const { status: answered, body } = await answer;
    expect([answered, body]).toMatchObject([status, { reason, code: status }]);
    return statusSchema.parse(body);
  }

  async isGone(resource: Resource, name: string): Promise<void> {
    const what = `that ${resource} ${name} is gone`;
    const path = this.path(resource, name);
    await until(async () => (await this.http.request('GET', path)).status === 404, { what });
  }
}

/** Runs the contract over an API server; `open` is called once. */
export function apiContract(title: string, open: () => Promise<APIWorld>): void {
  let server: Server;
  beforeAll(async () => {
    server = new Server(await open());
  });
  const here = (): Server => server;

  describe.each(ALL)(`${title}: %s`, (resource) => kindCases(here, resource));
  describe(`${title}: lists`, () => listCases(here));
  describe(`${title}: what is not valid`, () => validityCases(here));
  describe(`${title}: ends`, () => endCases(here));
  describe(`${title}: StatefulSets`, () => statefulSetCases(here));
}

function fresh(): string {
  return `x${randomUUID().slice(0, 8)}`;
}

function kindCases(here: () => Server, resource: Resource): void {
  it('creates with what it fills in by itself, and shows and lists the same', async () => {
    const server = here();
    const name = fresh();
    const created = await server.create(resource, least(resource, name));
    expect(created).toMatchObject(DEFAULTS[resource]);
    expect(created.metadata).toMatchObject({
      name,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
    });
    expect(await server.read(resource, name)).toMatchObject({
      ...DEFAULTS[resource],
      metadata: { uid: created.metadata.uid },
    });
    const { items } = await server.list(resource, `fieldSelector=metadata.name%3D${name}`);
    expect(items.map(({ metadata }) => metadata.name)).toEqual([name]);
  });

  it('counts generations where controllers need them', async () => {
    const server = here();
    const name = fresh();
    const { metadata } = await server.create(resource, least(resource, name));
    const counted = resource === 'statefulsets' || resource === 'networkpolicies';
    expect(metadata.generation).toBe(counted ? 1 : undefined);
  });

  it('refuses a name that is taken, and one that is none', async () => {
    const server = here();
    const name = fresh();
    await server.create(resource, least(resource, name));
    const taken = server.http.request('POST', server.path(resource), { body: least(resource, name) });
    expect((await server.refuses(taken, 409, 'AlreadyExists')).details).toMatchObject({
      name,
      kind: resource,
    });
    const none = server.http.request('POST', server.path(resource), { body: least(resource, 'No_Name') });
    const { message, details } = await server.refuses(none, 422, 'Invalid');
    expect(message).toContain('metadata.name: Invalid value');
    expect(details?.causes.map(({ field }) => field)).toContain('metadata.name');
  });

  it('takes a change from those alone who know the latest version and the identity', async () => {
    const server = here();
    const name = fresh();
    const { metadata } = await server.create(resource, least(resource, name));
    const noted = (note: string, more: object): object => ({ metadata: { annotations: { note }, ...more } });
    const { resourceVersion, uid } = metadata;
    const first = await server.merge(resource, name, noted('a', { uid }));
    expect(first).toMatchObject({ status: 200, body: { metadata: { annotations: { note: 'a' }, uid } } });
    const replace = async (more: object): Promise<KubernetesAnswer> => {
      const latest = await server.read(resource, name);
      const body = { ...latest, metadata: { ...latest.metadata, ...more } };
      return await server.http.request('PUT', server.path(resource, name), { body });
    };
    const stale = { resourceVersion };
    await server.refuses(server.merge(resource, name, noted('b', stale)), 409, 'Conflict');
    await server.refuses(replace(stale), 409, 'Conflict');
    const another = { uid: randomUUID() };
    await server.refuses(replace(another), 409, 'Conflict');
    // A patch with another identity is no conflict for the server, but a change of what can't change.
    const patched = await server.refuses(server.merge(resource, name, noted('b', another)), 422, 'Invalid');
    expect(new Set(patched.details?.causes.map(({ field }) => field))).toEqual(new Set(['metadata.uid']));
    // Without either the last one wins.
    expect(await server.merge(resource, name, noted('c', {}))).toMatchObject({ status: 200 });
    const { metadata: last } = await server.read(resource, name);
    expect(last.annotations).toMatchObject({ note: 'c' });
  });

  it('refuses a patch of a type that it does not know', async () => {
    const server = here();
    const name = fresh();
    await server.create(resource, least(resource, name));
    const body = { metadata: { annotations: { note: 'a' } } };
    const patch = server.http.request('PATCH', server.path(resource, name), {
      body,
      type: 'application/json',
    });
    await server.refuses(patch, 415, 'UnsupportedMediaType');
  });

  it('deletes only what the preconditions name', async () => {
    const server = here();
    const name = fresh();
    const { metadata } = await server.create(resource, least(resource, name));
    const remove = (preconditions: object): Promise<KubernetesAnswer> =>
      server.http.request('DELETE', server.path(resource, name), { body: { preconditions } });
    await server.refuses(remove({ uid: randomUUID() }), 409, 'Conflict');
    await server.refuses(remove({ uid: metadata.uid, resourceVersion: '1' }), 409, 'Conflict');
    expect((await remove({ uid: metadata.uid })).status).toBe(200);
    await server.isGone(resource, name);
    const gone = server.http.request('GET', server.path(resource, name));
    expect((await server.refuses(gone, 404, 'NotFound')).details).toMatchObject({ name, kind: resource });
    await server.refuses(remove({}), 404, 'NotFound');
  });

  it('knows nothing in a namespace that does not exist, and creates nothing there', async () => {
    const server = here();
    const namespace = fresh();
    const created = server.http.request('POST', server.path(resource, '', namespace), {
      body: least(resource, 'one'),
    });
    expect((await server.refuses(created, 404, 'NotFound')).details).toMatchObject({
      name: namespace,
      kind: 'namespaces',
    });
    const read = server.http.request('GET', server.path(resource, 'one', namespace));
    expect((await server.refuses(read, 404, 'NotFound')).details).toMatchObject({
      name: 'one',
      kind: resource,
    });
    const { items } = listSchema.parse(await server.http.ask('GET', server.path(resource, '', namespace)));
    expect(items).toEqual([]);
  });
}

function listCases(here: () => Server): void {
  const several = async (count: number): Promise<{ selector: string; names: string[] }> => {
    const set = fresh();
    const names = Array.from({ length: count }, (_, index) => `${set}-${index}`);
    for (const name of names) {
      const manifest = least('networkpolicies', name);
      await here().create('networkpolicies', { ...manifest, metadata: { name, labels: { set } } });
    }
    return { selector: `labelSelector=set%3D${set}`, names };
  };
  const namesOf = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name);

  it('come in pages of the given size, in the order of names, as they were when the first page was read', async () => {
    const server = here();
    const { selector, names } = await several(5);
    const first = await server.list('networkpolicies', `${selector}&limit=2`);
    const late = least('networkpolicies', `${names[4] ?? ''}-late`);
    await server.create('networkpolicies', {
      ...late,
      metadata: { ...late.metadata, labels: { set: selector.split('%3D')[1] } },
    });
    const second = await server.list(
      'networkpolicies',
      `${selector}&limit=2&continue=${first.metadata.continue ?? ''}`,
    );
    const third = await server.list(
      'networkpolicies',
      `${selector}&limit=2&continue=${second.metadata.continue ?? ''}`,
    );
    expect([first, second, third].map(namesOf)).toEqual([
      names.slice(0, 2),
      names.slice(2, 4),
      names.slice(4),
    ]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(third.metadata.continue).toBeUndefined();
  });

  it('that expired half-way are refused with a token that goes on with what is there now', async () => {
    const server = here();
    const { selector, names } = await several(4);
    const first = await server.list('networkpolicies', `${selector}&limit=2`);
    await server.expireLists();
    const path = `${server.path('networkpolicies')}?${selector}&limit=2&continue=${first.metadata.continue ?? ''}`;
    const { metadata } = await server.refuses(server.http.request('GET', path), 410, 'Expired');
    const rest = await server.list(
      'networkpolicies',
      `${selector}&limit=2&continue=${metadata?.continue ?? ''}`,
    );
    expect(namesOf(rest)).toEqual(names.slice(2));
  });

  it('refuse a token that nobody gave out', async () => {
    const server = here();
    const path = `${server.path('services')}?limit=2&continue=nonsense`;
    await server.refuses(server.http.request('GET', path), 400, 'BadRequest');
  });
}

/** The faults, with the fields at which the server finds them. */
const INVALID: [Resource, string, object][] = [
  ['statefulsets', 'spec.selector', { selector: undefined }],
  ['statefulsets', 'spec.template.metadata.labels', { selector: { matchLabels: { app: 'two' } } }],
  ['statefulsets', 'spec.replicas', { replicas: -1 }],
  ['persistentvolumeclaims', 'spec.accessModes', { accessModes: [] }],
  ['persistentvolumeclaims', 'spec.resources[storage]', { resources: {} }],
  ['services', 'spec.ports', { ports: [] }],
  ['services', 'spec.ports[0].port', { ports: [{ port: 70_000 }] }],
  ['services', 'spec.ports[1].name', { ports: [{ port: 80, name: 'one' }, { port: 81 }] }],
];

function validityCases(here: () => Server): void {
  it.each(INVALID)('of %s is refused at %s', async (resource, field, fields) => {
    const server = here();
    const manifest = least(resource, fresh());
    const body = { ...manifest, spec: { ...manifest.spec, ...fields } };
    const refused = await server.refuses(
      server.http.request('POST', server.path(resource), { body }),
      422,
      'Invalid',
    );
    expect(refused.details?.causes.map((cause) => cause.field)).toContain(field);
    expect(refused.message).toContain(`"${manifest.metadata.name}" is invalid: `);
    expect(refused.message).toContain(`${field}: `);
  });

  it('is not what a pod of a StatefulSet could not be: that is found out when its pod is made', async () => {
    const server = here();
    const name = fresh();
    const manifest = least('statefulsets', name);
    const containers = [{ name: 'main', volumeMounts: [{ name: 'none', mountPath: '/a' }] }];
    const spec = { ...manifest.spec, template: { metadata: { labels: LABELS }, spec: { containers } } };
    expect((await server.create('statefulsets', { ...manifest, spec })).metadata.name).toBe(name);
  });

  it('is a body that is no object of that kind, and is told as a bad request', async () => {
    const server = here();
    const body = { metadata: { name: fresh() }, spec: 'nothing' };
    await server.refuses(server.http.request('POST', server.path('services'), { body }), 400, 'BadRequest');
  });

  it.each<[Resource, object, number]>([
    ['statefulsets', { serviceName: 'other' }, 422],
    ['persistentvolumeclaims', { storageClassName: 'other' }, 422],
    ['services', { clusterIP: '10.96.255.254' }, 422],
  ])('is a change of %s that its kind forbids: %j', async (resource, spec, status) => {
    const server = here();
    const name = fresh();
    await server.create(resource, least(resource, name));
    await server.refuses(server.merge(resource, name, { spec }), status, 'Invalid');
    const { metadata } = await server.read(resource, name);
    expect(metadata.name).toBe(name);
  });

  it('is a Service whose name begins with a digit', async () => {
    const server = here();
    const refused = server.http.request('POST', server.path('services'), { body: least('services', '1x') });
    expect((await server.refuses(refused, 422, 'Invalid')).message).toContain('metadata.name: Invalid value');
  });
}

function using(name: string, claim: string): Manifest {
  const labels = { app: name };
  const volumes = [{ name: 'disk', persistentVolumeClaim: { claimName: claim } }];
  const template = { metadata: { labels }, spec: { containers: [CONTAINER], volumes } };
  return { metadata: { name }, spec: { serviceName: name, selector: { matchLabels: labels }, template } };
}

async function isReady(server: Server, name: string): Promise<void> {
  await until(async () => (await statusOf(server, name)).readyReplicas === 1, {
    what: `that ${name} is ready`,
  });
}

function endCases(here: () => Server): void {
  it('of a claim come when no pod uses it any more, and its name is taken until then', async () => {
    const server = here();
    const claim = fresh();
    const name = fresh();
    await server.create('persistentvolumeclaims', least('persistentvolumeclaims', claim));
    await server.create('statefulsets', using(name, claim));
    await isReady(server, name);

    const asked = await server.http.ask('DELETE', server.path('persistentvolumeclaims', claim));
    const { metadata } = await server.read('persistentvolumeclaims', claim);
    for (const shown of [asked.metadata, metadata]) {
      expect(shown.deletionTimestamp).toMatch(/^\d{4}-/);
      expect(shown.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    }
    const again = server.http.request('POST', server.path('persistentvolumeclaims'), {
      body: least('persistentvolumeclaims', claim),
    });
    expect((await server.refuses(again, 409, 'AlreadyExists')).message).toContain('object is being deleted');
    await isReady(server, name);

    const foreground = { body: { propagationPolicy: 'Foreground' } };
    const stopping = await server.http.ask('DELETE', server.path('statefulsets', name), foreground);
    expect(stopping.metadata.finalizers).toEqual(['foregroundDeletion']);
    await server.isGone('statefulsets', name);
    await server.isGone('persistentvolumeclaims', claim);
  });

  it('of a claim that nothing uses are answered with the claim, and come at once', async () => {
    const server = here();
    const claim = fresh();
    await server.create('persistentvolumeclaims', least('persistentvolumeclaims', claim));
    const asked = await server.http.ask('DELETE', server.path('persistentvolumeclaims', claim));
    expect(asked).toMatchObject({ kind: 'PersistentVolumeClaim', metadata: { name: claim } });
    expect(asked.metadata.deletionTimestamp).toMatch(/^\d{4}-/);
    await server.isGone('persistentvolumeclaims', claim);
  });
}

const setStatusSchema = z.object({
  observedGeneration: z.number().default(0),
  replicas: z.number(),
  readyReplicas: z.number().default(0),
  updatedReplicas: z.number().default(0),
  currentRevision: z.string().default(''),
  updateRevision: z.string().default(''),
});

async function statusOf(server: Server, name: string): Promise<z.infer<typeof setStatusSchema>> {
  return setStatusSchema.parse((await server.read('statefulsets', name))['status']);
}

function statefulSetCases(here: () => Server): void {
  it('get ready, roll out a new template, scale down and up, and tell so in their status', async () => {
    const server = here();
    const name = fresh();
    const settles = async (what: string, wanted: object): Promise<z.infer<typeof setStatusSchema>> =>
      await until(
        async () => {
          const status = await statusOf(server, name);
          return Object.entries(wanted).every(([key, value]) => Reflect.get(status, key) === value)
            ? status
            : undefined;
        },
        { what },
      );
    await server.create('statefulsets', {
      ...using(name, ''),
      spec: { ...least('statefulsets', name).spec },
    });
    const ready = await settles('that it is ready', { replicas: 1, readyReplicas: 1, observedGeneration: 1 });
    expect(ready.currentRevision).toBe(ready.updateRevision);

    await server.merge('statefulsets', name, {
      spec: { template: { metadata: { annotations: { token: 'a' } } } },
    });
    const rolled = await settles('that it is rolled out', {
      readyReplicas: 1,
      updatedReplicas: 1,
      observedGeneration: 2,
    });
    expect(rolled.updateRevision).not.toBe(ready.updateRevision);
    await settles('that the new revision is the present one', { currentRevision: rolled.updateRevision });

    await server.merge('statefulsets', name, { spec: { replicas: 0 } });
    await settles('that it is down', { replicas: 0, readyReplicas: 0, observedGeneration: 3 });
    await server.merge('statefulsets', name, { metadata: { annotations: { note: 'changes nothing' } } });
    expect((await server.read('statefulsets', name)).metadata.generation).toBe(3);
    await server.merge('statefulsets', name, { spec: { replicas: 1 } });
    await settles('that it is up', { replicas: 1, readyReplicas: 1, observedGeneration: 4 });
  });
}

/** The kinds of Kubernetes objects that stacks are made of, and what the API server asks of each. */
import { at, listAt, objectAt, sameJson, textAt } from './json-path.ts';
import { isObject } from './merge-patch.ts';
import type { Json, JsonObject } from './landscape-types.ts';

/** One thing that is wrong with an object. */
export interface Cause {
  field: string;
  message: string;
}

export interface ObjectKind {
  /** As it stands in paths. */
  resource: string;
  kind: string;
  /** Empty for the core API. */
  group: string;
  /** Path of its API. */
  prefix: string;
  /** Services alone need a letter at their beginning. */
  names: RegExp;
  /** Counts its generations. */
  counted: boolean;
  /** Fills in what the API server fills in. */
  defaults(manifest: JsonObject): JsonObject;
  /** Its faults. */
  check(manifest: JsonObject): Cause[];
  /** The fault of a change of its specification; undefined when it may change. */
  frozen(manifest: JsonObject): Json | undefined;
}

const LABEL_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const QUANTITY = /^\+?\d+(\.\d+)?([KMGTPE]i|[kMGTPE]|m)?$/;

export const OBJECT_KINDS: readonly ObjectKind[] = [
  {
    resource: 'statefulsets',
    kind: 'StatefulSet',
    group: 'apps',
    prefix: '/apis/apps/v1',
    names: LABEL_NAME,
    counted: true,
    defaults: withStatefulSetDefaults,
    check: checkStatefulSet,
    frozen: (manifest) => without(objectAt(manifest, 'spec'), STATEFUL_SET_CHANGES),
  },
  {
    resource: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    group: '',
    prefix: '/api/v1',
    names: LABEL_NAME,
    counted: false,
    defaults: (manifest) => withSpec(manifest, { volumeMode: 'Filesystem', storageClassName: 'standard' }),
    check: checkClaim,
    frozen: (manifest) => without(objectAt(manifest, 'spec'), ['resources', 'volumeAttributesClassName']),
  },
  {
    resource: 'services',
    kind: 'Service',
    group: '',
    prefix: '/api/v1',
    names: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    counted: false,
    defaults: withServiceDefaults,
    check: checkService,
    frozen: (manifest) => at(manifest, 'spec', 'clusterIP'),
  },
  {
    resource: 'networkpolicies',
    kind: 'NetworkPolicy',
    group: 'networking.k8s.io',
    prefix: '/apis/networking.k8s.io/v1',
    names: LABEL_NAME,
    counted: true,
    defaults: (manifest) => withSpec(manifest, { podSelector: {}, policyTypes: ['Ingress'] }),
    check: () => [],
    frozen: () => undefined,
  },
  {
    resource: 'configmaps',
    kind: 'ConfigMap',
    group: '',
    prefix: '/api/v1',
    names: LABEL_NAME,
    counted: false,
    defaults: (manifest) => manifest,
    check: () => [],
    frozen: () => undefined,
  },
];

/** Fields of a StatefulSet that an update may change. */
const STATEFUL_SET_CHANGES = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'persistentVolumeClaimRetentionPolicy',
];

/** Faults of an object: of its name, its labels, and what its kind asks for. */
export function checkObject(kind: ObjectKind, manifest: JsonObject, before?: JsonObject): Cause[] {
  const causes: Cause[] = [];
  if (!kind.names.test(textAt(manifest, 'metadata', 'name')))
    causes.push({ field: 'metadata.name', message: 'Invalid value: it is no DNS label' });
  causes.push(...checkLabels('metadata.labels', at(manifest, 'metadata', 'labels')));
  causes.push(...kind.check(manifest));
  if (before && !sameJson(kind.frozen(before), kind.frozen(manifest)))
    causes.push({ field: 'spec', message: 'Forbidden: these fields of it may not change once it exists' });
  return causes;
}

/** Fields that can't even be read; the rest is not looked at then. */
export function malformedFields(kind: ObjectKind, body: JsonObject): string[] {
  const fields = ['metadata', 'spec'].filter((field) => body[field] !== undefined && !isObject(body[field]));
  const storage = at(body, 'spec', 'resources', 'requests', 'storage');
  const isQuantity = storage === undefined || (typeof storage === 'string' && QUANTITY.test(storage));
  return kind.resource !== 'persistentvolumeclaims' || isQuantity
    ? fields
    : [...fields, 'quantities must match the regular expression'];
}

/** As it stands in the kind's objects. */
export function apiVersionOf(kind: ObjectKind): string {
  return kind.group === '' ? 'v1' : `${kind.group}/v1`;
}

function checkLabels(field: string, labels: Json | undefined): Cause[] {
  const entries = isObject(labels) ? Object.entries(labels) : [];
  return entries.flatMap(([key, value]): Cause[] => {
    const name = key.split('/').at(-1) ?? '';
    const fits = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
    if (!fits.test(name)) return [{ field, message: `Invalid value: "${key}" is no qualified name` }];
    if (typeof value === 'string' && (value === '' || fits.test(value))) return [];
    return [{ field, message: `Invalid value: the value of "${key}" is no label value` }];
  });
}

function checkStatefulSet(manifest: JsonObject): Cause[] {
  const causes: Cause[] = [];
  const template = at(manifest, 'spec', 'template');
  const labels = objectAt(template, 'metadata', 'labels');
  const selected = Object.entries(objectAt(manifest, 'spec', 'selector', 'matchLabels'));
  causes.push(...checkLabels('spec.template.metadata.labels', labels));
  if (selected.length === 0) causes.push({ field: 'spec.selector', message: 'Required value' });
  if (!selected.every(([key, value]) => labels[key] === value)) {
    const message = 'Invalid value: the selector does not match the labels of the template';
    causes.push({ field: 'spec.template.metadata.labels', message });
  }
  const replicas = at(manifest, 'spec', 'replicas');
  if (!Number.isInteger(replicas) || Number(replicas) < 0)
    causes.push({ field: 'spec.replicas', message: 'Invalid value: it is no whole number from 0' });
  return causes;
}

/** Faults for which a pod of a template would be refused; the template itself is taken. */
export function checkPod(template: Json | undefined): Cause[] {
  const field = 'spec.template.spec';
  const containers = listAt(template, 'spec', 'containers');
  const volumes = listAt(template, 'spec', 'volumes').map((volume) => textAt(volume, 'name'));
  const causes: Cause[] = [];
  if (containers.length === 0) causes.push({ field: `${field}.containers`, message: 'Required value' });
  if (new Set(volumes).size < volumes.length)
    causes.push({ field: `${field}.volumes`, message: 'Duplicate value' });
  for (const [index, container] of containers.entries()) {
    const here = `${field}.containers[${index}]`;
    for (const part of ['name', 'image']) {
      if (textAt(container, part) === '')
        causes.push({ field: `${here}.${part}`, message: 'Required value' });
    }
    const mounts = listAt(container, 'volumeMounts');
    const paths = mounts.map((mount) => textAt(mount, 'mountPath'));
    if (new Set(paths).size < paths.length)
      causes.push({ field: `${here}.volumeMounts`, message: 'Invalid value: a mountPath must be unique' });
    if (!mounts.every((mount) => volumes.includes(textAt(mount, 'name'))))
      causes.push({ field: `${here}.volumeMounts`, message: 'Not found: it mounts no volume of this pod' });
  }
  return causes;
}

function checkClaim(manifest: JsonObject): Cause[] {
  const causes: Cause[] = [];
  if (listAt(manifest, 'spec', 'accessModes').length === 0)
    causes.push({ field: 'spec.accessModes', message: 'Required value: at least one' });
  if (at(manifest, 'spec', 'resources', 'requests', 'storage') === undefined)
    causes.push({ field: 'spec.resources[storage]', message: 'Required value' });
  return causes;
}

function checkService(manifest: JsonObject): Cause[] {
  const ports = listAt(manifest, 'spec', 'ports');
  const field = 'spec.ports';
  if (ports.length === 0) return [{ field, message: 'Required value' }];
  return ports.flatMap((port, index): Cause[] => {
    const causes: Cause[] = [];
    const number = Number(at(port, 'port'));
    if (!Number.isInteger(number) || number < 1 || number > 65_535)
      causes.push({
        field: `${field}[${index}].port`,
        message: 'Invalid value: must be between 1 and 65535, inclusive',
      });
    const name = textAt(port, 'name');
    if (ports.length > 1 && name === '')
      causes.push({ field: `${field}[${index}].name`, message: 'Required value' });
    if (name !== '' && ports.slice(0, index).some((other) => textAt(other, 'name') === name))
      causes.push({ field: `${field}[${index}].name`, message: 'Duplicate value' });
    return causes;
  });
}

function withStatefulSetDefaults(manifest: JsonObject): JsonObject {
  const whole = withSpec(manifest, {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    revisionHistoryLimit: 10,
    updateStrategy: {},
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  });
  const spec = objectAt(whole, 'spec');
  const strategy = { type: 'RollingUpdate', ...objectAt(spec, 'updateStrategy') };
  const rolling: JsonObject = strategy.type === 'RollingUpdate' ? { rollingUpdate: { partition: 0 } } : {};
  const template = objectAt(spec, 'template');
  return {
    ...whole,
    spec: {
      ...spec,
      updateStrategy: { ...rolling, ...strategy },
      template: { ...template, spec: withPodDefaults(objectAt(template, 'spec')) },
    },
  };
}

function withPodDefaults(pod: JsonObject): JsonObject {
  return {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    ...pod,
    containers: listAt(pod, 'containers').map((container) => ({
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: /:(?!latest)[^/]+$/.test(textAt(container, 'image')) ? 'IfNotPresent' : 'Always',
      ...objectAt(container),
    })),
  };
}

function withServiceDefaults(manifest: JsonObject): JsonObject {
  const whole = withSpec(manifest, {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
  });
  const ports = listAt(whole, 'spec', 'ports').map((port) => ({
    protocol: 'TCP',
    targetPort: at(port, 'port') ?? null,
    ...objectAt(port),
  }));
  return { ...whole, spec: { ...objectAt(whole, 'spec'), ports } };
}

function withSpec(manifest: JsonObject, defaults: JsonObject): JsonObject {
  return { ...manifest, spec: { ...defaults, ...objectAt(manifest, 'spec') } };
}

function without(fields: JsonObject, names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

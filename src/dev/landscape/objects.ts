import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { hashText } from './deterministic.ts';
import { answerWithFault, type LandscapeContext } from './faults.ts';
import { at, listAt, objectAt, sameJson, textAt } from './json-path.ts';
import { failure, readObject } from './kubernetes-answers.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import {
  apiVersionOf,
  checkObject,
  malformedFields,
  OBJECT_KINDS,
  type Cause,
  type ObjectKind,
} from './object-kinds.ts';
import { listObjects, type Snapshots } from './object-lists.ts';
import { hasPods, kubernetesTime, objectNow, removeEnded, replicasOf, revisionOf } from './object-status.ts';
import { addPods } from './object-pods.ts';
import { objectKey } from './simulated-operations.ts';
import type { LandscapeState } from './state.ts';
import type { JsonObject, StoredObject } from './landscape-types.ts';

/** Answers the Kubernetes API for the kinds that the objects of stacks are made of, in one namespace. */
export function objectsApi(state: LandscapeState): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const snapshots: Snapshots = new Map();
  for (const kind of OBJECT_KINDS) {
    // ConfigMaps of other namespaces hold overrides, which are answered elsewhere.
    const namespace =
      kind.resource === 'configmaps' ? `:namespace{${state.settings.stacksNamespace}}` : ':namespace';
    const all = `${kind.prefix}/namespaces/${namespace}/${kind.resource}`;
    app.use(`${all}/*`, async (c, next) => {
      state.requests.objects += 1;
      removeEnded(state);
      const fault = state.faults.take('objects');
      return await answerWithFault(c, next, fault, state.settings.latencyMs, (status) =>
        injected(status, kind, c.req),
      );
    });
    app.get(all, (c) => listObjects(state, snapshots, kind, c));
    app.post(all, (c) => create(state, kind, c));
    app.get(`${all}/:name`, (c) => withObject(state, kind, c, (object) => shown(state, object)));
    app.patch(`${all}/:name`, (c) => change(state, kind, c, 'patch'));
    app.put(`${all}/:name`, (c) => change(state, kind, c, 'replace'));
    app.delete(`${all}/:name`, (c) => remove(state, kind, c));
  }
  addPods(app, state);
  return app;
}

async function create(state: LandscapeState, kind: ObjectKind, c: LandscapeContext): Promise<Response> {
  const { memory, settings } = state;
  const body = await readObject(c);
  if (!body) return failure(400, 'BadRequest', 'the body is not a JSON object');
  const namespace = c.req.param('namespace') ?? '';
  if (namespace !== settings.stacksNamespace) {
    const details = { name: namespace, kind: 'namespaces' };
    return failure(404, 'NotFound', `namespaces "${namespace}" not found`, details);
  }
  const malformed = malformedBody(kind, body);
  if (malformed) return malformed;
  const now = settings.now();
  const uid = randomUUID();
  const manifest = withAddress(state, kind, uid, {
    ...kind.defaults(body),
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      ...objectAt(body, 'metadata'),
      namespace,
      uid,
      ...(kind.counted ? { generation: 1 } : {}),
      creationTimestamp: kubernetesTime(now),
    },
  });
  const name = textAt(manifest, 'metadata', 'name');
  const there = memory.objects.get(objectKey(kind.resource, name));
  if (there) {
    const ending = there.deletedAt === undefined ? '' : 'object is being deleted: ';
    return failure(409, 'AlreadyExists', `${ending}${titleOf(kind, name)} already exists`, named(kind, name));
  }
  const refused = refusal(kind, manifest);
  if (refused) return refused;
  const before = { replicas: 0, revision: revisionOf(manifest) };
  const object = keep(state, { resource: kind.resource, name, manifest, changedAt: now, before });
  return shown(state, object, 201);
}

async function change(
  state: LandscapeState,
  kind: ObjectKind,
  c: LandscapeContext,
  how: 'patch' | 'replace',
): Promise<Response> {
  const type = c.req.header('content-type') ?? '';
  if (how === 'patch' && !type.startsWith('application/merge-patch+json'))
    return failure(415, 'UnsupportedMediaType', 'the body must be of type application/merge-patch+json');
  const body = await readObject(c);
  if (!body) return failure(400, 'BadRequest', 'the body is not a JSON object');
  return withObject(state, kind, c, (object) => {
    const now = objectNow(state, object);
    const differs = (field: string): boolean => {
      const expected = textAt(body, 'metadata', field);
      return expected !== '' && expected !== textAt(now, 'metadata', field);
    };
    // As the real API: another identity is a conflict for a replacement, and for a patch a change of what can't change.
    if (differs('resourceVersion') || (how === 'replace' && differs('uid')))
      return conflict(kind, object.name);
    if (differs('uid'))
      return invalid(kind, object.name, [
        { field: 'metadata.uid', message: 'Invalid value: field is immutable' },
      ]);
    const malformed = malformedBody(kind, body);
    if (malformed) return malformed;
    const wanted = how === 'patch' ? mergePatch(now, body) : body;
    const manifest = withFixedParts(kind, isObject(wanted) ? wanted : {}, object.manifest);
    if (textAt(wanted, 'metadata', 'name') !== object.name)
      return failure(400, 'BadRequest', 'the name in the body is not that of the path');
    const refused = refusal(kind, manifest, object.manifest);
    if (refused) return refused;
    return shown(
      state,
      sameJson(manifest, object.manifest) ? object : keep(state, changed(state, object, manifest)),
    );
  });
}

/** The object with its new manifest; its pods follow when their number or their template is another one. */
function changed(state: LandscapeState, object: StoredObject, manifest: JsonObject): StoredObject {
  const followed = ['replicas', 'template'].some(
    (field) => !sameJson(at(manifest, 'spec', field), at(object.manifest, 'spec', field)),
  );
  const last = at(object.manifest, 'metadata', 'generation');
  const generation = Number(last) + (sameJson(at(manifest, 'spec'), at(object.manifest, 'spec')) ? 0 : 1);
  const counted: JsonObject = last === undefined ? {} : { generation };
  const next = { ...manifest, metadata: { ...objectAt(manifest, 'metadata'), ...counted } };
  if (!followed) return { ...object, manifest: next };
  const before = { replicas: replicasOf(object.manifest), revision: revisionOf(object.manifest) };
  return { ...object, manifest: next, changedAt: state.settings.now(), before, killed: undefined };
}

async function remove(state: LandscapeState, kind: ObjectKind, c: LandscapeContext): Promise<Response> {
  const text = await c.req.text();
  const options = text === '' ? {} : await readObject(c);
  if (!options) return failure(400, 'BadRequest', 'the body is not a JSON object');
  return withObject(state, kind, c, (object) => {
    const now = objectNow(state, object);
    for (const field of ['uid', 'resourceVersion']) {
      const expected = textAt(options, 'preconditions', field);
      if (expected !== '' && expected !== textAt(now, 'metadata', field)) return conflict(kind, object.name);
    }
    const foreground = textAt(options, 'propagationPolicy') === 'Foreground';
    // A claim has a finalizer, which a controller takes away once no pod uses it.
    const stays =
      kind.resource === 'statefulsets'
        ? foreground && hasPods(state, object)
        : kind.resource === 'persistentvolumeclaims';
    if (stays) {
      const deletedAt = object.deletedAt ?? state.settings.now();
      return shown(state, keep(state, { ...object, deletedAt }));
    }
    state.memory.record({ type: 'object removed', resource: kind.resource, name: object.name });
    removeOwned(state, textAt(now, 'metadata', 'uid'));
    if (kind.resource === 'services') return Response.json(now);
    const details = { ...named(kind, object.name), uid: textAt(now, 'metadata', 'uid') };
    return c.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  });
}

/** An object takes along what belongs to it: the garbage collector of a cluster, at once. */
function removeOwned({ memory }: LandscapeState, uid: string): void {
  for (const { resource, name, manifest } of [...memory.objects.values()]) {
    const owners = listAt(manifest, 'metadata', 'ownerReferences');
    if (owners.some((owner) => textAt(owner, 'uid') === uid))
      memory.record({ type: 'object removed', resource, name });
  }
}

/** Writes an object down under the next version. */
export function keep(
  state: Pick<LandscapeState, 'memory'>,
  object: Omit<StoredObject, 'resourceVersion'>,
): StoredObject {
  const { memory } = state;
  const kept = { ...object, resourceVersion: memory.resourceVersion + 1 };
  memory.record({ type: 'object', object: kept });
  return kept;
}

function withObject(
  state: LandscapeState,
  kind: ObjectKind,
  c: LandscapeContext,
  answer: (object: StoredObject) => Response,
): Response {
  const name = c.req.param('name') ?? '';
  const here = c.req.param('namespace') === state.settings.stacksNamespace;
  const object = here ? state.memory.objects.get(objectKey(kind.resource, name)) : undefined;
  if (object) return answer(object);
  return failure(404, 'NotFound', `${titleOf(kind, name)} not found`, named(kind, name));
}

function shown(state: LandscapeState, object: StoredObject, status = 200): Response {
  return Response.json(objectNow(state, object), { status });
}

function refusal(kind: ObjectKind, manifest: JsonObject, before?: JsonObject): Response | undefined {
  const causes = checkObject(kind, manifest, before);
  return causes.length === 0 ? undefined : invalid(kind, textAt(manifest, 'metadata', 'name'), causes);
}

function invalid(kind: ObjectKind, name: string, causes: Cause[]): Response {
  const told = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
  const details = {
    ...named(kind, name),
    kind: kind.kind,
    causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })),
  };
  return failure(422, 'Invalid', `${kind.kind} "${name}" is invalid: ${told}`, details);
}

/** A body that can't be read as an object of its kind is refused first. */
function malformedBody(kind: ObjectKind, body: JsonObject): Response | undefined {
  const malformed = malformedFields(kind, body);
  if (malformed.length === 0) return undefined;
  const message = `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: ${malformed.join(', ')}`;
  return failure(400, 'BadRequest', message);
}

/** An error that somebody has asked for, in the words of a server. */
function injected(status: number, kind: ObjectKind, req: LandscapeContext['req']): Response {
  if (status === 403) {
    const name = req.param('name') ?? '';
    const where = `API group "${kind.group}" in the namespace "${req.param('namespace') ?? ''}"`;
    const reading = name === '' ? 'list' : 'get';
    const verbs = new Map([
      ['GET', reading],
      ['POST', 'create'],
      ['PUT', 'update'],
    ]);
    const verb = verbs.get(req.method) ?? req.method.toLowerCase();
    const message = `${titleOf(kind, name)} is forbidden: User "landscape" cannot ${verb} resource "${kind.resource}" in ${where}`;
    return failure(403, 'Forbidden', message, named(kind, name));
  }
  const reason = status === 429 ? 'TooManyRequests' : 'ServiceUnavailable';
  return failure(status, reason, 'injected by the landscape');
}

function conflict(kind: ObjectKind, name: string): Response {
  const message = `Operation cannot be fulfilled on ${titleOf(kind, name)}: it is not what the request expects; read it again and repeat the change`;
  return failure(409, 'Conflict', message, named(kind, name));
}

/** Fields of the metadata that nobody but the API server writes. */
const FIXED = ['name', 'namespace', 'uid', 'creationTimestamp', 'generation'];
const SHOWN_ONLY = ['resourceVersion', 'finalizers', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

/** The object as its caller wants it, with the fields that stay as they were. */
function withFixedParts(kind: ObjectKind, wanted: JsonObject, before: JsonObject): JsonObject {
  const { metadata, spec, ...rest } = kind.defaults(wanted);
  delete rest['status'];
  const kept = objectAt(before, 'metadata');
  const theirs = [...SHOWN_ONLY, ...FIXED];
  const own = Object.entries(objectAt(metadata)).filter(([field]) => !theirs.includes(field));
  const fixed = Object.entries(kept).filter(([field]) => FIXED.includes(field));
  const address = at(before, 'spec', 'clusterIP');
  return {
    ...rest,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: Object.fromEntries([...own, ...fixed]),
    spec: { ...(address === undefined ? {} : { clusterIP: address }), ...objectAt(spec) },
  };
}

/** A Service gets an address that no other one has. */
function withAddress(state: LandscapeState, kind: ObjectKind, uid: string, manifest: JsonObject): JsonObject {
  if (kind.resource !== 'services' || textAt(manifest, 'spec', 'clusterIP') !== '') return manifest;
  const used = new Set(
    [...state.memory.objects.values()].map((object) => textAt(object.manifest, 'spec', 'clusterIP')),
  );
  let host = hashText(uid) % 65_536;
  const address = (): string => `10.96.${host >> 8}.${host & 255}`;
  while (used.has(address())) host = (host + 1) % 65_536;
  return {
    ...manifest,
    spec: { ...objectAt(manifest, 'spec'), clusterIP: address(), clusterIPs: [address()] },
  };
}

function titleOf(kind: ObjectKind, name: string): string {
  return `${kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`} "${name}"`;
}

function named(kind: ObjectKind, name: string): JsonObject {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.resource };
}

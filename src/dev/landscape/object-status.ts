/** Status of the objects of stacks as controllers would write it, computed from the record and the clock. */
import { hashText } from './deterministic.ts';
import { at, listAt, objectAt, textAt } from './json-path.ts';
import { checkPod } from './object-kinds.ts';
import { objectKey } from './simulated-operations.ts';
import type { LandscapeState } from './state.ts';
import type { JsonObject, StoredObject } from './landscape-types.ts';

type Looking = Pick<LandscapeState, 'memory' | 'settings'>;

/** An object as the API shows it now: with its status, its version, and its end when that is under way. */
export function objectNow(state: Looking, object: StoredObject): JsonObject {
  const { manifest, resourceVersion, deletedAt } = object;
  const ending: JsonObject =
    deletedAt === undefined
      ? {}
      : { deletionTimestamp: kubernetesTime(deletedAt), deletionGracePeriodSeconds: 0 };
  const finalizer = finalizerOf(object);
  return {
    ...manifest,
    metadata: {
      ...objectAt(manifest, 'metadata'),
      resourceVersion: String(resourceVersion),
      ...(finalizer === undefined ? {} : { finalizers: [finalizer] }),
      ...ending,
    },
    ...statusOf(state, object),
  };
}

/** Reasons that keep an object from being removed. */
function finalizerOf({ resource, deletedAt }: StoredObject): string | undefined {
  if (resource === 'persistentvolumeclaims') return 'kubernetes.io/pvc-protection';
  return resource === 'statefulsets' && deletedAt !== undefined ? 'foregroundDeletion' : undefined;
}

/** Kubernetes knows whole seconds. */
export function kubernetesTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Names the template of a StatefulSet: another name for every other template. */
export function revisionOf(manifest: JsonObject): string {
  const template = JSON.stringify(at(manifest, 'spec', 'template') ?? null);
  return `${textAt(manifest, 'metadata', 'name')}-${hashText(template).toString(16)}`;
}

export function replicasOf(manifest: JsonObject): number {
  return Number(at(manifest, 'spec', 'replicas') ?? 0);
}

/** Forgets what was to be deleted and has ended by now. */
export function removeEnded(state: Looking): void {
  for (const object of [...state.memory.objects.values()]) {
    if (object.deletedAt === undefined) continue;
    if (object.resource === 'statefulsets' && hasPods(state, object)) continue;
    if (object.resource === 'persistentvolumeclaims' && isUsed(state, object.name)) continue;
    state.memory.record({ type: 'object removed', resource: object.resource, name: object.name });
  }
}

/** True while a pod has this claim, which keeps it from being removed. */
export function isUsed(state: Looking, claim: string): boolean {
  return [...state.memory.objects.values()].some(
    (object) =>
      object.resource === 'statefulsets' &&
      claimsOf(object.manifest).includes(claim) &&
      hasPods(state, object),
  );
}

/** True while pods of a StatefulSet exist, ready or not. */
export function hasPods(state: Looking, object: StoredObject): boolean {
  const { deletedAt, changedAt, manifest, before } = object;
  if (deletedAt !== undefined) return !passed(state, deletedAt);
  return replicasOf(manifest) > 0 || (before.replicas > 0 && !passed(state, changedAt));
}

function passed({ settings }: Looking, since: number): boolean {
  return settings.now() - since >= settings.podSeconds * 1000;
}

function claimsOf(manifest: JsonObject): string[] {
  return listAt(manifest, 'spec', 'template', 'spec', 'volumes').map((volume) =>
    textAt(volume, 'persistentVolumeClaim', 'claimName'),
  );
}

function statusOf(state: Looking, object: StoredObject): { status?: JsonObject } {
  switch (object.resource) {
    case 'statefulsets':
      return { status: statefulSetStatus(state, object) };
    case 'persistentvolumeclaims':
      return { status: claimStatus(state, object) };
    case 'services':
      return { status: { loadBalancer: {} } };
    default:
      return {};
  }
}

function statefulSetStatus(state: Looking, object: StoredObject): JsonObject {
  const { manifest, before, changedAt, deletedAt } = object;
  const wanted = replicasOf(manifest);
  const settled = passed(state, changedAt);
  const revision = revisionOf(manifest);
  const rolling = !settled && before.replicas > 0 && before.revision !== revision;
  const ready = settled && deletedAt === undefined && podIsWell(state, object) ? wanted : 0;
  const counts = { readyReplicas: ready, currentReplicas: rolling ? 0 : wanted, availableReplicas: ready };
  return {
    observedGeneration: at(manifest, 'metadata', 'generation') ?? 1,
    replicas: wanted === 0 && !settled ? before.replicas : wanted,
    // As the real API: a count of nothing is left out.
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(rolling || wanted === 0 ? {} : { updatedReplicas: wanted }),
    currentRevision: rolling ? before.revision : revision,
    updateRevision: revision,
    collisionCount: 0,
  };
}

/** Not killed, and everything that it mounts exists. */
function podIsWell(state: Looking, { manifest, killed }: StoredObject): boolean {
  const now = state.settings.now();
  if (killed && (killed.until === null || now < killed.until)) return false;
  // The API takes any template; its pod is refused.
  if (checkPod(at(manifest, 'spec', 'template')).length > 0) return false;
  if (lacksImage(manifest)) return false;
  return claimsOf(manifest).every(
    (claim) => claim === '' || state.memory.objects.has(objectKey('persistentvolumeclaims', claim)),
  );
}

/** Images of this host can't be pulled: no registry has that name (RFC 6761). */
export const MISSING_IMAGE_HOST = 'registry.invalid/';

function lacksImage(manifest: JsonObject): boolean {
  return listAt(manifest, 'spec', 'template', 'spec', 'containers').some((container) =>
    textAt(container, 'image').startsWith(MISSING_IMAGE_HOST),
  );
}

function claimStatus(state: Looking, { manifest, changedAt }: StoredObject): JsonObject {
  if (!passed(state, changedAt)) return { phase: 'Pending' };
  const capacity = objectAt(manifest, 'spec', 'resources', 'requests');
  return { phase: 'Bound', accessModes: listAt(manifest, 'spec', 'accessModes'), capacity };
}

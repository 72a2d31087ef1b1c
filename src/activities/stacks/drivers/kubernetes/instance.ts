import { FinalError } from '../../../../domain/errors.ts';
import type { DescribedObject, InstanceDriver, ObjectRef, Survey } from '../driver.ts';
import type { Collection, Found } from './collection.ts';
import { instanceManifest } from './instance-manifest.ts';
import { ANNOTATION, clusterName, shortHash, typeSelector } from './names.ts';
import { guardsOf } from './network.ts';
import type { StatefulSet } from './plain.ts';
import type { PendingReason } from './pending-reason.ts';
import type { References } from './references.ts';
import { ownerOf, stillEnding, titleOf } from './titles.ts';
import { describeFound, findOf, wholeObject, type WholeObject } from './whole.ts';

/**
 * Instances as StatefulSets of one replica (A75, A76): shut down scales to 0 and keeps claims and addresses, a power cycle
 * is a new template. A StatefulSet does not tell a pod that is still starting from one that has died, so the first look that
 * finds an instance ready notes the generation at which it was: not ready at that generation means that it stopped. Every
 * change makes another generation or takes the note away.
 */
export function instanceDriver(
  collection: Collection<StatefulSet>,
  references: References,
  pendingReason: PendingReason,
): InstanceDriver {
  const kind: WholeObject<StatefulSet> = {
    collection,
    references,
    manifest: (object, referred) => instanceManifest(object, guardsOf(referred)),
    standing: standingOf,
    propagation: 'Foreground',
  };

  async function existing(ref: ObjectRef, signal: AbortSignal): Promise<Found<StatefulSet>> {
    const found = await findOf(collection, ref, signal);
    if (found?.ending) throw stillEnding(ref);
    if (found) return found;
    const advice = 'send STOP and then START to its orchestration to make it anew';
    throw new FinalError('OBJECT_MISSING', `${titleOf(ref)} does not exist; ${advice}`);
  }

  return {
    ...wholeObject(kind),
    async describe(ref, signal) {
      const found = await findOf(collection, ref, signal);
      if (!found) return undefined;
      const described = describeFound(kind, found);
      // An instance that belongs to another stack is left as it is.
      if (described.state === 'running' && !isNoted(found) && ownerOf(found) === ref.owner) {
        const annotations = { [ANNOTATION.readyAt]: String(found.generation) };
        await collection.patch(found, { metadata: { annotations } }, signal);
      }
      if (described.state !== 'pending' || found.ending || replicasOf(found) === 0) return described;
      const reason = await pendingReason(found, signal);
      return reason === undefined ? described : { ...described, reason };
    },
    survey: () => surveyOf(kind),
    async start(object, signal) {
      const found = await existing(object, signal);
      const runs = replicasOf(found) > 0 && standingOf(found).state !== 'stopped';
      if (runs && found.annotations[ANNOTATION.desired] === 'running') return;
      // A pod that has died is brought back by the cluster itself; without the note it is waited for again.
      const annotations = { [ANNOTATION.desired]: 'running', [ANNOTATION.readyAt]: null };
      await collection.patch(found, { metadata: { annotations }, spec: { replicas: 1 } }, signal);
    },
    async stop(object, signal) {
      const found = await existing(object, signal);
      if (replicasOf(found) === 0 && found.annotations[ANNOTATION.desired] === 'shutdown') return;
      const annotations = { [ANNOTATION.desired]: 'shutdown', [ANNOTATION.readyAt]: null };
      await collection.patch(found, { metadata: { annotations }, spec: { replicas: 0 } }, signal);
    },
    async restart(object, request, signal) {
      const found = await existing(object, signal);
      // Another stack that has adopted it may count its requests alike.
      const token = shortHash(`${object.owner} ${request}`);
      const last = found.body.spec?.template.metadata?.annotations?.[ANNOTATION.restart];
      if (replicasOf(found) === 0 || last === token) return;
      const annotations = { [ANNOTATION.desired]: 'running', [ANNOTATION.readyAt]: null };
      const template = { metadata: { annotations: { [ANNOTATION.restart]: token } } };
      await collection.patch(found, { metadata: { annotations }, spec: { template } }, signal);
    },
  };
}

/**
 * All instances out of one list of the namespace, whatever is asked for first. One that runs and is not noted yet is left
 * out, so that it is looked at by itself and noted.
 */
function surveyOf(kind: WholeObject<StatefulSet>): Survey {
  const keep = (found: Found<StatefulSet>): DescribedObject | undefined => {
    const described = describeFound(kind, found);
    return described.state === 'running' && !isNoted(found) ? undefined : described;
  };
  let all: Promise<ReadonlyMap<string, DescribedObject | undefined>> | undefined;
  return async (objects, signal) => {
    all ??= kind.collection.survey(typeSelector('launchplan'), keep, signal);
    const standing = await all;
    return new Map(
      objects.flatMap(({ objType, name }) => {
        const described = standing.get(clusterName(objType, name));
        return described ? [[name, described] as const] : [];
      }),
    );
  };
}

function isNoted({ annotations, generation }: Found<StatefulSet>): boolean {
  return annotations[ANNOTATION.readyAt] === String(generation);
}

/** How an instance stands by its StatefulSet. */
export function standingOf(found: Found<StatefulSet>): Pick<DescribedObject, 'state' | 'reason'> {
  const { generation, annotations } = found;
  const status = found.body.status;
  // A change that the controller has not seen yet is not in the status.
  if ((status?.observedGeneration ?? 0) < generation) return { state: 'pending' };
  if (replicasOf(found) === 0) {
    if ((status?.replicas ?? 0) > 0) return { state: 'pending' };
    if (annotations[ANNOTATION.desired] === 'shutdown') return { state: 'shutdown' };
    return { state: 'stopped', reason: 'somebody else has scaled its StatefulSet to 0' };
  }
  // A new template is under way; the old pod may still be ready.
  if (status?.currentRevision !== status?.updateRevision) return { state: 'pending' };
  if ((status?.readyReplicas ?? 0) > 0) return { state: 'running' };
  if (ownerOf(found) === null || annotations[ANNOTATION.readyAt] === String(generation)) {
    return { state: 'stopped', reason: 'its pod is not ready' };
  }
  return { state: 'pending' };
}

function replicasOf({ body }: Found<StatefulSet>): number {
  // The API's own default.
  return body.spec?.replicas ?? 1;
}

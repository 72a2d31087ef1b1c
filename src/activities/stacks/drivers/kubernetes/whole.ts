/** Objects of stacks that are an object of their own in the cluster. */

import { ConflictError } from '../../../../clients/kubernetes-api.ts';
import { FinalError, UnavailableError } from '../../../../domain/errors.ts';
import type { DescribedObject, ObjectDriver, ObjectRef, WantedObject } from '../driver.ts';
import type { Collection, Found } from './collection.ts';
import { clusterName } from './names.ts';
import type { Metadata } from './plain.ts';
import type { Referred, References } from './references.ts';
import { ownerOf, stillEnding, titleOf } from './titles.ts';

/** How often a change is tried again at once when somebody else was faster. */
export const MOST_CONFLICTS = 20;

/** The differences between the kinds. */
export interface WholeObject<T> {
  collection: Collection<T>;
  references: References;
  /** Throws FinalError OBJECT_REFUSED. */
  manifest(object: WantedObject, referred: readonly Referred[]): T;
  /** Where it takes two objects in the cluster: the one that belongs to the first and goes with it. */
  companion?(object: WantedObject): T | undefined;
  /** The state of one whose end was not asked for. */
  standing(found: Found<T>): Pick<DescribedObject, 'state' | 'reason' | 'attributes'>;
  /** How its end is asked for: in the foreground it stands until everything that it made has ended. */
  propagation: 'Foreground' | 'Background';
}

/** A driver for objects that stand for themselves. */
export function wholeObject<T extends { metadata?: Metadata }>(kind: WholeObject<T>): ObjectDriver {
  const { collection, references } = kind;
  const destroy: ObjectDriver['destroy'] = async (object, signal) => {
    for (let conflicts = 0; ; conflicts += 1) {
      const found = await findOf(collection, object, signal);
      if (!found || found.ending || ownerOf(found) !== object.owner) return;
      await references.demandUnused(object, found, signal);
      try {
        await collection.remove(found, kind.propagation, signal);
        return;
      } catch (error) {
        if (!(error instanceof ConflictError) || conflicts === MOST_CONFLICTS) throw error;
      }
    }
  };
  return {
    async create(object, signal) {
      const found = await findOf(collection, object, signal);
      if (found?.ending) throw stillEnding(object);
      // The process that made it may have died before what it uses was told.
      if (found && ownerOf(found) !== object.owner) return;
      const referred = await references.demand(object, signal);
      const made = found ?? (await collection.create(kind.manifest(object, referred), signal));
      if (!made) {
        // Somebody was faster, or an earlier one is about to go: the next look tells.
        throw new UnavailableError('objects', `${titleOf(object)} appeared while it was about to be created`);
      }
      try {
        await accompany(kind, object, made, signal);
        await references.note(object, made.uid, referred, signal);
      } catch (error) {
        // Something that it needs has gone meanwhile: nothing of it stays.
        if (error instanceof FinalError && !found) await destroy(object, signal);
        throw error;
      }
    },
    destroy,
    async describe(ref, signal) {
      const found = await findOf(collection, ref, signal);
      return found && describeFound(kind, found);
    },
  };
}

/** Makes the companion of an object, which Kubernetes removes after it. */
async function accompany<T extends { metadata?: Metadata }>(
  { collection, companion }: WholeObject<T>,
  object: WantedObject,
  main: Found<T>,
  signal: AbortSignal,
): Promise<void> {
  const manifest = companion?.(object);
  const name = manifest?.metadata?.name;
  if (!manifest || name === undefined) return;
  const ownerReferences = [{ ...collection.type, name: main.name, uid: main.uid }];
  const body = { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
  if (await collection.create(body, signal)) return;
  const there = await collection.find(name, signal);
  const belongs = there?.body.metadata?.ownerReferences?.some(({ uid }) => uid === main.uid);
  if (!belongs || there?.ending) throw stillEnding(object);
}

/** The description of an object that was found. */
export function describeFound<T>(kind: WholeObject<T>, found: Found<T>): DescribedObject {
  const { attributes, ...standing } = kind.standing(found);
  return {
    id: found.uid,
    owner: ownerOf(found),
    ...(found.ending ? { state: 'pending' } : standing),
    attributes: { kubernetes: `${kind.collection.kind}/${found.name}`, ...attributes },
  };
}

/** The object in the cluster that stands for an object of a stack. */
export function findOf<T>(
  collection: Collection<T>,
  { objType, name }: Pick<ObjectRef, 'objType' | 'name'>,
  signal: AbortSignal,
): Promise<Found<T> | undefined> {
  return collection.find(clusterName(objType, name), signal);
}

/** Objects of stacks that are an object of their own in the cluster. */

import { UnavailableError } from '../../../../domain/errors.ts';
import { objectTitle } from '../../../../domain/stacks/definition.ts';
import type { DescribedObject, ObjectDriver, ObjectRef, WantedObject } from '../driver.ts';
import type { Collection, Found } from './cluster.ts';
import { ANNOTATION, clusterName } from './names.ts';
import type { Metadata } from './plain.ts';

/** Looks whether everything that an object refers to exists. Throws FinalError OBJECT_REFUSED. */
export type DemandReferences = (object: WantedObject, signal: AbortSignal) => Promise<void>;

/** What differs between the kinds. */
export interface WholeObject<T> {
  collection: Collection<T>;
  demandReferences: DemandReferences;
  manifest(object: WantedObject): T;
  /** What is told of one whose end was not asked for. */
  standing(found: Found<T>): Pick<DescribedObject, 'state' | 'reason' | 'attributes'>;
  /** How its end is asked for: in the foreground it stands until everything that it made has ended. */
  propagation: 'Foreground' | 'Background';
}

/** A driver for objects that stand for themselves. */
export function wholeObject<T extends { metadata?: Metadata }>(kind: WholeObject<T>): ObjectDriver {
  const { collection } = kind;
  return {
    async create(object, signal) {
      const found = await findOf(collection, object, signal);
      if (found?.ending) throw stillEnding(object);
      if (found) return;
      const manifest = kind.manifest(object);
      await kind.demandReferences(object, signal);
      if (await collection.create(manifest, signal)) return;
      // Somebody was faster, or an earlier one is about to go: the next look tells.
      throw new UnavailableError('objects', `${titleOf(object)} appeared while it was about to be created`);
    },
    async destroy(object, signal) {
      const found = await findOf(collection, object, signal);
      if (!found || found.ending || ownerOf(found) !== object.owner) return;
      await collection.remove(found, kind.propagation, signal);
    },
    async describe(ref, signal) {
      const found = await findOf(collection, ref, signal);
      return found && describeFound(kind, found);
    },
  };
}

/** What is told of an object that was found. */
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

export function ownerOf(found: Found<unknown>): string | null {
  return found.annotations[ANNOTATION.owner] ?? null;
}

export function titleOf({ objType, name }: Pick<ObjectRef, 'objType' | 'name'>): string {
  return objectTitle(objType, name);
}

/** Its name is free again once it is gone. */
export function stillEnding(object: Pick<ObjectRef, 'objType' | 'name'>): UnavailableError {
  return new UnavailableError('objects', `An earlier ${titleOf(object)} is still being deleted`);
}

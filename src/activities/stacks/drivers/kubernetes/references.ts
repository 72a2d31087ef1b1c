/**
 * References between objects: the object that is referred to must exist first (A61), and stays as long as it is used
 * (A62). No request changes two objects of a cluster at once, so that the order does it: who uses something exists
 * first, and then leaves a note on it; who wants to destroy it reads it, then looks for its users, and deletes it
 * only as it was read. Either the look finds the user, or the note comes in between and makes the deletion fail, or
 * it comes too late and finds nothing to be written on.
 */
import { FinalError, InUseError } from '../../../../domain/errors.ts';
import type { ObjectReference, ObjectType } from '../../../../domain/stacks/definition.ts';
import { referencesOf, referenceText } from '../../../../domain/stacks/object-references.ts';
import type { WantedObject } from '../driver.ts';
import type { Cluster } from './cluster.ts';
import type { Collection, Found } from './collection.ts';
import { ANNOTATION, clusterName, usesKey } from './names.ts';
import { keptOn, userIn } from './records.ts';
import { ownerOf, stillEnding, titleOf } from './titles.ts';

/** An object that another one refers to, as it was found. */
export interface Referred {
  reference: ObjectReference;
  found: Found<unknown>;
}

export interface References {
  /**
   * Looks for everything that an object refers to. Throws FinalError OBJECT_REFUSED for what does not exist, and
   * UnavailableError for what is about to go.
   */
  demand(object: WantedObject, signal: AbortSignal): Promise<Referred[]>;
  /**
   * Notes on everything that an object refers to that it is used, once the object exists; `id` is its identity. Throws
   * FinalError OBJECT_REFUSED when it has come too late.
   */
  note(object: WantedObject, id: string, referred: readonly Referred[], signal: AbortSignal): Promise<void>;
  /** Throws InUseError, naming the user, while something else needs an object. */
  demandUnused(object: WantedObject, found: Found<unknown>, signal: AbortSignal): Promise<void>;
}

/** The requests that are needed for objects of any kind. */
type AnyCollection = Pick<Collection<unknown>, 'find' | 'anyLabelled' | 'note'>;

/** Where an object of a type is, and where what may use it is; what is kept on the object itself needs no search. */
interface Place {
  collection: AnyCollection;
  users: AnyCollection[];
}

export function createReferences({ statefulSets, claims, services, policies }: Cluster): References {
  const places: Partial<Record<ObjectType, Place>> = {
    launchplan: { collection: statefulSets, users: [services] },
    'storage/volume': { collection: claims, users: [statefulSets] },
    'ip/reservation': { collection: services, users: [statefulSets] },
    seclist: { collection: policies, users: [statefulSets, policies] },
    vnet: { collection: policies, users: [statefulSets] },
  };

  return {
    async demand(object, signal) {
      const references = referencesOf(object.objType, object.spec).filter(({ objType }) => places[objType]);
      const all = await Promise.all(
        references.map(
          async ({ objType, name }) =>
            await places[objType]?.collection.find(clusterName(objType, name), signal),
        ),
      );
      return references.map((reference, index): Referred => {
        const found = all[index];
        if (!found) throw isMissing(object, reference);
        if (found.ending) throw stillEnding(reference);
        return { reference, found };
      });
    },
    async note(object, id, referred, signal) {
      const annotations = { [ANNOTATION.lastUser]: id };
      await Promise.all(
        referred.map(async ({ reference, found }) => {
          // An object that belongs to nobody is destroyed by nobody, and stays as it is.
          if (ownerOf(found) === null) return;
          const there = await places[reference.objType]?.collection.note(found, annotations, signal);
          if (there === false) throw isMissing(object, reference);
        }),
      );
    },
    async demandUnused(object, found, signal) {
      const kept = keptOn(found.annotations);
      if (kept) throw isUsed(object, kept);
      for (const collection of places[object.objType]?.users ?? []) {
        const user = await collection.anyLabelled(usesKey(object), signal);
        if (user) throw isUsed(object, userIn(user.annotations, referenceText(object)) ?? user.name);
      }
    },
  };
}

function isMissing(object: WantedObject, reference: ObjectReference): FinalError {
  return new FinalError(
    'OBJECT_REFUSED',
    `${titleOf(object)} refers to ${titleOf(reference)}, which does not exist; create it first, or let the plan depend on it`,
  );
}

function isUsed(object: WantedObject, user: ObjectReference | string): InUseError {
  const title = typeof user === 'string' ? user : titleOf(user);
  return new InUseError(`${titleOf(object)} is in use by ${title}; destroy that first`);
}

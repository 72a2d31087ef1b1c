/**
 * Objects of stacks that have no object of their own in the cluster: an attachment is kept on its instance's StatefulSet, an
 * association on its address's Service. Each is recorded in an annotation of its
 * host, under a key that is a label of the host too, so that it is found by its name alone; what the host does follows from
 * all its records, and both change in one write that fails when somebody else was faster.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ConflictError } from '../../../../clients/kubernetes-api.ts';
import { FinalError } from '../../../../domain/errors.ts';
import type { ObjectReference } from '../../../../domain/stacks/definition.ts';
import { referencesOf, referenceText } from '../../../../domain/stacks/object-references.ts';
import type { DescribedObject, ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection, Found } from './collection.ts';
import { isUsesKey, partKey, partPrefix, usesLabels, type PartType } from './names.ts';
import type { Metadata } from './plain.ts';
import { readRecord, usesIn, type Annotations } from './records.ts';
import type { References } from './references.ts';
import { stillEnding, titleOf } from './titles.ts';
import { findOf, MOST_CONFLICTS } from './whole.ts';

/** Whose a part is, and its identity. */
const identitySchema = z.object({ id: z.string(), name: z.string(), owner: z.string() });

/** The differences between the types. */
export interface Part<T, D> {
  objType: PartType;
  collection: Collection<T>;
  references: References;
  /** The object that it is kept on. Throws FinalError OBJECT_REFUSED. */
  host(object: WantedObject): ObjectReference;
  details: z.ZodType<D>;
  /** Its record on a host with these annotations. Throws FinalError OBJECT_REFUSED. */
  record(object: WantedObject, annotations: Annotations): D;
  /** The host as its annotations want it. */
  render(body: T, annotations: Annotations): T;
  standing(host: Found<T>, details: D): Pick<DescribedObject, 'state' | 'attributes'>;
}

/** A driver for objects that are kept on others. */
export function part<T extends { metadata?: Metadata }, D>(kind: Part<T, D>): ObjectDriver {
  const { collection, objType, references } = kind;
  const destroy: ObjectDriver['destroy'] = async (object, signal) => {
    const found = await hostOf(kind, object.name, signal);
    if (!found || found.host.ending || found.identity.owner !== object.owner) return;
    const key = partKey(objType, object.name);
    await reviseFound(kind, found.host, signal, (annotations) => {
      if (annotations[key] === undefined) return undefined;
      if (readRecord(annotations, key, identitySchema).owner !== object.owner) return undefined;
      const { [key]: _, ...rest } = annotations;
      return rest;
    });
  };
  return {
    async create(object, signal) {
      const before = await hostOf(kind, object.name, signal);
      // The process that recorded it may have died before what it uses was told.
      if (before && before.identity.owner !== object.owner) return;
      const referred = await references.demand(object, signal);
      const id = before?.identity.id ?? randomUUID();
      if (!before) {
        const key = partKey(objType, object.name);
        await revise(kind, kind.host(object), signal, (annotations) => {
          if (annotations[key] !== undefined) return undefined;
          const uses = referencesOf(objType, object.spec).map(referenceText);
          const identity = { id, name: object.name, owner: object.owner, uses };
          const details = kind.record(object, annotations);
          return { ...annotations, [key]: JSON.stringify({ ...identity, ...details }) };
        });
      }
      try {
        await references.note(object, id, referred, signal);
      } catch (error) {
        // Something that it needs has gone meanwhile: nothing of it stays.
        if (error instanceof FinalError && !before) await destroy(object, signal);
        throw error;
      }
    },
    destroy,
    async describe({ name }, signal) {
      const found = await hostOf(kind, name, signal);
      if (!found) return undefined;
      const { host, identity, details } = found;
      const { state, attributes } = kind.standing(host, details);
      return {
        id: identity.id,
        owner: identity.owner,
        state: host.ending ? 'pending' : state,
        attributes: { kubernetes: `${collection.kind}/${host.name}`, ...attributes },
      };
    },
  };
}

async function hostOf<T, D>(
  { objType, collection, details }: Part<T, D>,
  name: string,
  signal: AbortSignal,
): Promise<{ host: Found<T>; identity: z.infer<typeof identitySchema>; details: D } | undefined> {
  const key = partKey(objType, name);
  for (const host of await collection.labelled(key, signal)) {
    if (host.annotations[key] === undefined) continue;
    const identity = readRecord(host.annotations, key, identitySchema);
    return { host, identity, details: readRecord(host.annotations, key, details) };
  }
  return undefined;
}

/** The annotations as they shall be; undefined when they are so. */
type Change = (annotations: Annotations) => Annotations | undefined;

async function revise<T extends { metadata?: Metadata }, D>(
  kind: Part<T, D>,
  ref: ObjectReference,
  signal: AbortSignal,
  change: Change,
): Promise<void> {
  const host = await findOf(kind.collection, ref, signal);
  if (!host) {
    throw new FinalError(
      'OBJECT_REFUSED',
      `${titleOf(ref)} does not exist, which a ${kind.objType} is kept on`,
    );
  }
  if (host.ending) throw stillEnding(ref);
  await reviseFound(kind, host, signal, change);
}

async function reviseFound<T extends { metadata?: Metadata }, D>(
  kind: Part<T, D>,
  first: Found<T>,
  signal: AbortSignal,
  change: Change,
): Promise<void> {
  let host: Found<T> | undefined = first;
  for (let conflicts = 0; host; conflicts += 1) {
    const annotations = change(host.annotations);
    if (!annotations) return;
    try {
      await kind.collection.replace(host, rewritten(kind, host.body, annotations), signal);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || conflicts === MOST_CONFLICTS) throw error;
    }
    host = await kind.collection.find(first.name, signal);
  }
}

/** The host with these annotations, the labels that go with them, and what it does by them. */
function rewritten<T extends { metadata?: Metadata }, D>(
  kind: Part<T, D>,
  body: T,
  annotations: Annotations,
): T {
  const prefix = partPrefix(kind.objType);
  const others = Object.entries(body.metadata?.labels ?? {}).filter(
    ([key]) => !key.startsWith(prefix) && !isUsesKey(key),
  );
  const own = Object.keys(annotations).filter((key) => key.startsWith(prefix));
  const labels = {
    ...Object.fromEntries([...others, ...own.map((key) => [key, 'kept'] as const)]),
    ...usesLabels(usesIn(annotations)),
  };
  return kind.render({ ...body, metadata: { ...body.metadata, annotations, labels } }, annotations);
}

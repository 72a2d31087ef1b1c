/** Records that the driver keeps in annotations, as JSON. */
import { z } from 'zod';
import { FinalError } from '../../../../domain/errors.ts';
import { OBJECT_TYPES, type ObjectReference } from '../../../../domain/stacks/definition.ts';
import { ANNOTATION, PART_TYPES, partPrefix, type PartType } from './names.ts';

export type Annotations = Record<string, string>;

/** Reads an annotation. Throws FinalError UNEXPECTED_ANSWER when somebody has removed or mangled it. */
export function readRecord<D>(annotations: Annotations, key: string, schema: z.ZodType<D>): D {
  const parsed = z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('It is not JSON');
        return z.NEVER;
      }
    })
    .pipe(schema)
    .safeParse(annotations[key]);
  if (parsed.success) return parsed.data;
  throw new FinalError(
    'UNEXPECTED_ANSWER',
    `The annotation ${key} of an object in the cluster can't be read; restore it, or delete the object to have it made anew`,
    { cause: parsed.error },
  );
}

/** All parts of a type that the annotations of a host record, in the order of their keys. */
export function partsOf<D>(
  objType: PartType,
  schema: z.ZodType<D>,
  annotations: Annotations,
): (D & { name: string })[] {
  const prefix = partPrefix(objType);
  return Object.keys(annotations)
    .filter((key) => key.startsWith(prefix))
    .sort()
    .map((key) => ({
      ...readRecord(annotations, key, schema),
      ...readRecord(annotations, key, z.object({ name: z.string() })),
    }));
}

const usesSchema = z.object({ name: z.string(), uses: z.array(z.string()).default([]) });
const typeSchema = z.enum(OBJECT_TYPES);

/** All that the annotations of a host record as kept on it, of every type. */
function allParts(annotations: Annotations): { objType: PartType; name: string; uses: string[] }[] {
  return PART_TYPES.flatMap((objType) =>
    partsOf(objType, usesSchema, annotations).map((part) => ({ ...part, objType })),
  );
}

/** The object that is kept on another one; undefined when none is. */
export function keptOn(annotations: Annotations): ObjectReference | undefined {
  return allParts(annotations)[0];
}

/** All that a host and what is kept on it refer to, as texts. */
export function usesIn(annotations: Annotations): string[] {
  const own =
    annotations[ANNOTATION.uses] === undefined
      ? []
      : readRecord(annotations, ANNOTATION.uses, z.array(z.string()));
  return [...own, ...allParts(annotations).flatMap(({ uses }) => uses)];
}

/** The user of the object with that text: something that is kept on this host, or the host. */
export function userIn(annotations: Annotations, text: string): ObjectReference | undefined {
  return allParts(annotations).find(({ uses }) => uses.includes(text)) ?? objectIn(annotations);
}

/** The object that stands for itself with these annotations. */
function objectIn(annotations: Annotations): ObjectReference | undefined {
  const objType = typeSchema.safeParse(annotations[ANNOTATION.type]).data;
  const name = annotations[ANNOTATION.name];
  return objType === undefined || name === undefined ? undefined : { objType, name };
}

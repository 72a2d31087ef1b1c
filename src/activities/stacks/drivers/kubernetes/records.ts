/** What the driver keeps in annotations, as JSON. */
import { z } from 'zod';
import { FinalError } from '../../../../domain/errors.ts';
import { partPrefix, type PartType } from './names.ts';

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

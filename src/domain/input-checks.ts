/**
 * Checks of input beyond the form of each field. They run beside those of the form, so that everything wrong is named at once,
 * and so must cope with parts of any shape.
 */

/** Options of a zod check that also looks at what has other things wrong with it. */
export const ANY_OBJECT = {
  when: ({ value }: { value: unknown }): boolean => typeof value === 'object' && value !== null,
};

/** Takes one thing that is wrong, with its path below what is checked. */
export type AddIssue = (path: (string | number)[], message: string) => void;

/** A field of a value of any shape. */
export function fieldAt(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, field)?.value;
}

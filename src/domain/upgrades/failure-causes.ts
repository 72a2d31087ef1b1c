/** Causes that failures have in common: their messages without what names a single runtime, try or moment. */

/** A pattern that is taken out, and the text in its place. */
interface TakenOut {
  pattern: string;
  instead: string;
}

/** Not within a name, a number or a version. */
const BEGINS = '(?<![a-zA-Z0-9.<-])';

/**
 * The patterns that are taken out of a message, in this order, and the texts in their place. Each is a regular expression in the syntax that JavaScript and
 * PostgreSQL have in common, as the database groups failures by them.
 */
export const TAKEN_OUT: readonly TakenOut[] = [
  { pattern: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', instead: '<id>' },
  {
    pattern:
      '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?',
    instead: '<time>',
  },
  { pattern: `${BEGINS}[0-9]{1,3}([.][0-9]{1,3}){3}(:[0-9]{1,5})?(?![a-zA-Z0-9-])`, instead: '<address>' },
  { pattern: '(?<![a-zA-Z0-9])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![a-zA-Z0-9])', instead: '<id>' },
  // The end of the name of a pod.
  { pattern: '-(?=[a-z]*[0-9])[a-z0-9]{8,10}-[a-z0-9]{5}(?![a-z0-9-])', instead: '-<id>' },
  { pattern: `${BEGINS}([0-9]+([.][0-9]+)?(ms|s|m|h))+(?![a-zA-Z0-9-])`, instead: '<n>' },
  {
    // The status of an HTTP answer tells causes apart.
    pattern: `${BEGINS}(?![45][0-9][0-9]([^0-9]|$))[0-9]+([.][0-9]+)?(?![a-zA-Z0-9-]|[.][0-9])`,
    instead: '<n>',
  },
];

/** Names that are shorter may be a part of any word. */
export const SHORTEST_NAME = 4;

/** The message without what is its own: `names` are the names and IDs of its runtime, each with what stands in its place. */
export function causeOf(
  message: string,
  names: readonly (readonly [name: string, instead: string])[],
): string {
  const general = names.reduce(
    (text, [name, instead]) => (name.length < SHORTEST_NAME ? text : text.replaceAll(name, instead)),
    message,
  );
  return TAKEN_OUT.reduce(
    (text, { pattern, instead }) => text.replace(new RegExp(pattern, 'g'), instead),
    general,
  );
}

/** Texts that come from outside. */

/** PostgreSQL can't hold these: NUL in any text, and half of a surrogate pair in JSON. */
const UNSTORABLE = /[\0\p{Cs}]/gu;

/**
 * The text as it may be stored: what PostgreSQL refuses is replaced by U+FFFD. Every text of an outside system goes through
 * here where it comes in; a projection that can't be written would be tried again for ever.
 */
export function cleanText(text: string): string {
  return text.replace(UNSTORABLE, '\uFFFD');
}

/** True for a text that can be stored as it is: what a client sends is refused rather than changed. */
export function isClean(text: string): boolean {
  return text.search(UNSTORABLE) === -1;
}

/** Neither PostgreSQL's jsonb nor a log line can hold these. */
const CONTROL_OR_BROKEN = /[\p{Cc}\p{Cs}]/u;

/** True for a text with control characters or half of a surrogate pair: no line that people write has them. */
export function hasControls(text: string): boolean {
  return CONTROL_OR_BROKEN.test(text);
}

/** Line ends, controls, halves of surrogate pairs, and marks that change the order in which a text is read. */
const BREAKS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** The text on one line, for documents: with a blank in place of each break. */
export function onOneLine(text: string): string {
  return text.replace(BREAKS, ' ');
}

/** At most `longest` characters, with an ellipsis in place of the rest; no surrogate pair is cut in two. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A plain JSON value with every text in it cleaned, names of fields too. */
export function cleanJson<T>(value: T): T {
  return cleanValue(value) as T;
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanValue(inner)]));
}

/** Names of stacks and of the objects in them: `/container/user/name`. */

export const LONGEST_STACK_NAME = 256;
export const LONGEST_LABEL = 256;

/** Characters of the parts of a name. */
const CHARACTERS = '[A-Za-z0-9_.@-]';
/** One part of a name: `.` and `..` would lead elsewhere in a URL. */
const PART = `(?!\\.{1,2}(?:/|$))${CHARACTERS}+`;

/** One part of a name, as it stands in a URL. */
export const STACK_NAME_PART = new RegExp(`^${PART}$`);
/** A whole name; its length is limited beside that, to LONGEST_STACK_NAME. */
export const STACK_NAME = new RegExp(`^/${PART}/${PART}/${PART}$`);
/** Characters that can be seen, on one line; no half of a surrogate pair. */
const VISIBLE = '[^\\p{Cc}\\p{Cs}\\p{Z}]';
/**
 * The label of an object plan: a text for people, on one line, with spaces between its words alone. The names of stacks and
 * objects have no spaces, so that a text of a stack, a label and an object stays clear.
 */
export const OPLAN_LABEL = new RegExp(
  `^${VISIBLE}(?:(?:${VISIBLE}| ){0,${LONGEST_LABEL - 2}}${VISIBLE})?$`,
  'u',
);

/** The fault of a text that should be a name, in words for its sender. */
export const STACK_NAME_ERROR = `must be a name like /container/user/name: three parts of letters, digits, "-", "_", "." and "@", at most ${LONGEST_STACK_NAME} characters in all`;

/** True for the name of a stack or of an object. */
export function isStackName(text: string): boolean {
  return text.length <= LONGEST_STACK_NAME && STACK_NAME.test(text);
}

/** The name that these parts of a URL make; undefined when one of them can't be part of a name. */
export function stackName(container: string, user: string, name: string): string | undefined {
  const whole = `/${container}/${user}/${name}`;
  return [container, user, name].every((part) => STACK_NAME_PART.test(part)) && isStackName(whole)
    ? whole
    : undefined;
}

/**
 * Where a name belongs in lists: `/c/u/n` is in the container `/c/` and in the folder `/c/u/`. Throws for anything
 * but a name.
 */
export function folderOf(name: string): { container: string; folder: string } {
  if (!isStackName(name)) throw new RangeError(`${JSON.stringify(name)} ${STACK_NAME_ERROR}`);
  const [, container = '', user = ''] = name.split('/');
  return { container: `/${container}/`, folder: `/${container}/${user}/` };
}

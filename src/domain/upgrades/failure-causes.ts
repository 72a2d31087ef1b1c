/** Causes that failures have in common: their messages without what names a single runtime, try or moment. */

/** A pattern that is taken out, and the text in its place. */
interface TakenOut {
  pattern: string;
  instead: string;
}

/** Not within a name, a number or a version. */
const BEGINS = '(?<![a-zA-Z0-9.<-])';

/** Characters that Kubernetes and Gardener draw ends of names from (k8s.io/apimachinery, `rand.SafeEncodeString`): no vowels, so that they spell no words. */
const DRAWN = '[bcdfghjklmnpqrstvwxz2456789]';
/** The end that each pod and each machine has of its own. */
const DRAWN_END = `${DRAWN}{5}(?![a-zA-Z0-9-])`;
/** A hash of what pods or machines are made from: a number by its digits, of which each is always the same character. */
const HASH = '[456789bcdf]{6,10}';
/** Words out of five of these characters, in which names of components end. */
const WORDS =
  'https|http2|httpd|grpcs|html5|mssql|pgsql|btrfs|tmpfs|smbfs|sshfs|nfsv4|dhcpd|[hpr]s256|pkcs[578]|ppc64|kvm64|ssh22|tcp22';

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
  // Machines of Gardener, which are named after their Shoot, and nodes of AWS.
  {
    pattern: `${BEGINS}shoot--[a-z0-9<>-]*-${DRAWN}{5,10}-${DRAWN_END}`,
    instead: '<node>',
  },
  {
    pattern: `${BEGINS}ip(-[0-9]{1,3}){4}([.]([a-z0-9-]+[.])?(compute|ec2)[.]internal)?(?![a-zA-Z0-9-])`,
    instead: '<node>',
  },
  // Pods of Deployments, ReplicaSets, and pods of DaemonSets and Jobs.
  { pattern: `-${DRAWN}{6,10}-${DRAWN_END}`, instead: '-<id>' },
  { pattern: `-(?=[0-9]*[a-z])${HASH}(?![a-zA-Z0-9-])`, instead: '-<id>' },
  { pattern: `-(?=[0-9]*[a-z])(?!${WORDS})${DRAWN_END}`, instead: '-<id>' },
  // Digests, and IDs of commits, which may be short.
  {
    pattern: '(?<![a-zA-Z0-9])(?=[a-f]*[0-9])(?=[0-9]*[a-f]|[0-9]{12})[0-9a-f]{7,}(?![a-zA-Z0-9])',
    instead: '<id>',
  },
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

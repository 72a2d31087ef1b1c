/** Security rules: each is a NetworkPolicy of its own, for these add up, and one that goes takes nothing else with it. */
import type { ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection } from './collection.ts';
import { lastPart, refused, textOf } from './fields.ts';
import { companionName, metadataOf } from './names.ts';
import { into, membersOf, outOf } from './network.ts';
import type { NetworkPolicy } from './plain.ts';
import type { References } from './references.ts';
import { wholeObject } from './whole.ts';

/** The traffic that a rule permits. */
export interface Rule {
  /** A security list; null for everybody. */
  from: string | null;
  /** A security list. */
  to: string;
  /** Null for all of them. */
  ports: { protocol: string; port: number }[] | null;
  disabled: boolean;
}

const EVERYBODY = 'seciplist:/oracle/public/public-internet';

/** Kinds of traffic by the last part of their names. */
const APPLICATIONS: ReadonlyMap<string, Rule['ports']> = new Map([
  ['all', null],
  ['ssh', [{ protocol: 'TCP', port: 22 }]],
  ['http', [{ protocol: 'TCP', port: 80 }]],
  ['https', [{ protocol: 'TCP', port: 443 }]],
  [
    'dns',
    [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  ],
  ['mysql', [{ protocol: 'TCP', port: 3306 }]],
  ['postgresql', [{ protocol: 'TCP', port: 5432 }]],
  ['rdp', [{ protocol: 'TCP', port: 3389 }]],
]);

export function secruleDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: (object) => rulePolicies(object)[0],
    companion: (object) => rulePolicies(object)[1],
    standing: () => ({ state: 'available' }),
  });
}

/**
 * The NetworkPolicies of a rule: into the members of its `dst_list`, and out of those of its `src_list` where that is a
 * security list. A rule that is disabled permits nothing. Throws FinalError OBJECT_REFUSED.
 */
export function rulePolicies(object: WantedObject): [NetworkPolicy, NetworkPolicy?] {
  const { from, to, ports, disabled } = ruleOf(object);
  const metadata = metadataOf(object);
  const kinds = ports === null ? {} : { ports };
  const peers = (list: string) => [{ podSelector: { matchLabels: membersOf(list) } }];
  const ingress = disabled ? [] : [{ ...(from === null ? {} : { _from: peers(from) }), ...kinds }];
  const inbound = { metadata, spec: { ...into(membersOf(to)), ingress } };
  if (from === null) return [inbound];
  const egress = disabled ? [] : [{ to: peers(to), ...kinds }];
  return [
    inbound,
    {
      metadata: { ...metadata, name: companionName(metadata.name) },
      spec: { ...outOf(membersOf(from)), egress },
    },
  ];
}

/** The traffic that a rule permits. Throws FinalError OBJECT_REFUSED. */
export function ruleOf(object: WantedObject): Rule {
  const { spec } = object;
  const to = listOf(textOf(spec, 'dst_list'));
  if (to === undefined)
    throw refused(object, 'needs a security list as dst_list, like "seclist:/acme/jack/web"');
  const source = textOf(spec, 'src_list');
  const from = source === EVERYBODY ? null : listOf(source);
  if (from === undefined)
    throw refused(object, `needs a security list as src_list, or "${EVERYBODY}" for everybody`);
  const action = (textOf(spec, 'action') ?? 'permit').toLowerCase();
  if (action !== 'permit')
    throw refused(object, `has the action "${action}"; a rule can only permit, all else is denied`);
  return { from, to, ports: portsOf(object), disabled: spec['disabled'] === true };
}

/** A known name, or a protocol with a port, like `tcp-8080`. */
function portsOf(object: WantedObject): Rule['ports'] {
  const application = lastPart(textOf(object.spec, 'application') ?? 'all').toLowerCase();
  const known = APPLICATIONS.get(application);
  if (known !== undefined) return known;
  const [, protocol = '', port] = /^(tcp|udp)-([1-9]\d{0,4})$/.exec(application) ?? [];
  if (port !== undefined) return [{ protocol: protocol.toUpperCase(), port: Number(port) }];
  const names = [...APPLICATIONS.keys()].join(', ');
  throw refused(
    object,
    `has an application that means nothing here: take one of ${names}, or one like tcp-8080`,
  );
}

function listOf(text: string | undefined): string | undefined {
  const name = text?.replace(/^seclist:/, '');
  return name?.startsWith('/') ? name : undefined;
}

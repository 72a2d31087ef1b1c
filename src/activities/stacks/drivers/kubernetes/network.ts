import { z } from 'zod';
import type { ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection } from './collection.ts';
import { lastPart, refused, textOf } from './fields.ts';
import { ANNOTATION, memberLabel, metadataOf } from './names.ts';
import { part } from './part.ts';
import type { IngressRule, NetworkPolicy } from './plain.ts';
import { partsOf, readRecord, type Annotations } from './records.ts';
import type { References } from './references.ts';
import { wholeObject } from './whole.ts';

const policiesSchema = z.object({ inbound: z.string(), outbound: z.string() });

const ruleSchema = z.object({
  /** A security list; null for everybody. */
  from: z.string().nullable(),
  /** Null for all of them. */
  ports: z.array(z.object({ protocol: z.string(), port: z.number() })).nullable(),
  disabled: z.boolean(),
});
type Rule = z.infer<typeof ruleSchema>;

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

/** Security lists as NetworkPolicies that select the pods which carry their label. */
export function seclistDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: seclistManifest,
    standing: () => ({ state: 'available' }),
  });
}

/** Virtual networks as NetworkPolicies that let their members talk to each other. */
export function vnetDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest(object) {
      const podSelector = { matchLabels: { [memberLabel('vnet', object.name)]: 'member' } };
      return {
        metadata: metadataOf(object),
        spec: { podSelector, policyTypes: ['Ingress'], ingress: [{ _from: [{ podSelector }] }] },
      };
    },
    standing: () => ({ state: 'available' }),
  });
}

/**
 * The NetworkPolicy of a security list. `policy` permit lets everything in, anything else only what members send and rules
 * permit; `outbound_cidr_policy` permit, the default, lets everything out, anything else nothing.
 */
export function seclistManifest(object: WantedObject): NetworkPolicy {
  const { spec } = object;
  const policies: z.infer<typeof policiesSchema> = {
    inbound: (textOf(spec, 'policy') ?? 'deny').toLowerCase(),
    outbound: (textOf(spec, 'outbound_cidr_policy') ?? 'permit').toLowerCase(),
  };
  const metadata = metadataOf(object, { [ANNOTATION.policies]: JSON.stringify(policies) });
  return withRules({ metadata }, metadata.annotations);
}

/** The NetworkPolicy as its annotations want it. */
function withRules(body: NetworkPolicy, annotations: Annotations): NetworkPolicy {
  const { inbound, outbound } = readRecord(annotations, ANNOTATION.policies, policiesSchema);
  const podSelector = { matchLabels: membersOf(annotations[ANNOTATION.name] ?? '') };
  const rules = partsOf('secrule', ruleSchema, annotations).filter(({ disabled }) => !disabled);
  const ingress: IngressRule[] =
    inbound === 'permit' ? [{}] : [{ _from: [{ podSelector }] }, ...rules.map(ingressOf)];
  const spec =
    outbound === 'permit'
      ? { podSelector, policyTypes: ['Ingress'], ingress }
      : { podSelector, policyTypes: ['Ingress', 'Egress'], ingress, egress: [] };
  return { ...body, spec };
}

function ingressOf({ from, ports }: Rule): IngressRule {
  return {
    ...(from === null ? {} : { _from: [{ podSelector: { matchLabels: membersOf(from) } }] }),
    ...(ports === null ? {} : { ports: ports }),
  };
}

function membersOf(seclist: string): Record<string, string> {
  return { [memberLabel('seclist', seclist)]: 'member' };
}

/** Rules: each permits one kind of traffic into the security list that it names as `dst_list`, which records it. */
export function secruleDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return part<NetworkPolicy, Rule>({
    objType: 'secrule',
    collection,
    references,
    details: ruleSchema,
    host(object) {
      const to = listOf(textOf(object.spec, 'dst_list'));
      if (to === undefined)
        throw refused(object, 'needs a security list as dst_list, like "seclist:/acme/jack/web"');
      return { objType: 'seclist', name: to };
    },
    record: ruleOf,
    render: withRules,
    standing: () => ({ state: 'available' }),
  });
}

/** What a rule permits. Throws FinalError OBJECT_REFUSED. */
export function ruleOf(object: WantedObject): Rule {
  const { spec } = object;
  const source = textOf(spec, 'src_list');
  const from = source === EVERYBODY ? null : listOf(source);
  if (from === undefined)
    throw refused(object, `needs a security list as src_list, or "${EVERYBODY}" for everybody`);
  const action = (textOf(spec, 'action') ?? 'permit').toLowerCase();
  if (action !== 'permit')
    throw refused(object, `has the action "${action}"; a rule can only permit, all else is denied`);
  return { from, ports: portsOf(object), disabled: spec['disabled'] === true };
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

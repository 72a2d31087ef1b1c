/**
 * Security lists and networks as NetworkPolicies. These only ever add up to what is permitted, so that every policy
 * here selects only pods that something denies anyway: what a pod's lists say together, the most restrictive of them,
 * stands on it as labels. docs/adr/0033-security-lists-as-network-policies.md has the table of what gets through.
 */
import { z } from 'zod';
import type { ObjectDriver, WantedObject } from '../driver.ts';
import type { Collection } from './collection.ts';
import { refused, textOf } from './fields.ts';
import {
  ANNOTATION,
  companionName,
  INBOUND_LABEL,
  memberLabel,
  metadataOf,
  OUTBOUND_LABEL,
} from './names.ts';
import type { NetworkPolicy } from './plain.ts';
import { readRecord, type Annotations } from './records.ts';
import type { Referred, References } from './references.ts';
import { wholeObject } from './whole.ts';

/** The answer of a list to traffic that no rule permits. */
const guardSchema = z.object({ inbound: z.enum(['permit', 'deny']), outbound: z.enum(['permit', 'deny']) });
export type Guard = z.infer<typeof guardSchema>;

/** Without words of their own, as lists are made by default. */
const DEFAULT_GUARD: Guard = { inbound: 'deny', outbound: 'permit' };

/** Security lists: what members of one list send each other gets through. */
export function seclistDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: (object) => seclistPolicies(object)[0],
    companion: (object) => seclistPolicies(object)[1],
    standing: () => ({ state: 'available' }),
  });
}

/** The NetworkPolicies of a security list: into its members, and out of them. Throws FinalError OBJECT_REFUSED. */
export function seclistPolicies(object: WantedObject): [NetworkPolicy, NetworkPolicy] {
  const guard: Guard = {
    inbound: wordOf(object, 'policy') ?? DEFAULT_GUARD.inbound,
    outbound: wordOf(object, 'outbound_cidr_policy') ?? DEFAULT_GUARD.outbound,
  };
  const metadata = metadataOf(object, { [ANNOTATION.policies]: JSON.stringify(guard) });
  const members = membersOf(object.name);
  const peers = [{ podSelector: { matchLabels: members } }];
  return [
    { metadata, spec: { ...into(members), ingress: [{ _from: peers }] } },
    {
      metadata: { ...metadata, name: companionName(metadata.name) },
      spec: { ...outOf(members), egress: [{ to: peers }] },
    },
  ];
}

/** `reject` answers the sender that it was denied; a NetworkPolicy can't, so that it is the same as `deny`. */
function wordOf(
  object: WantedObject,
  field: 'policy' | 'outbound_cidr_policy',
): Guard['inbound'] | undefined {
  const word = textOf(object.spec, field)?.toLowerCase();
  if (word === undefined || word === 'permit' || word === 'deny') return word;
  if (word === 'reject') return 'deny';
  throw refused(object, `has the ${field} "${word}"; take deny, reject or permit`);
}

/** Selects those of these pods that let nothing in unless a policy permits it. */
export function into(labels: Record<string, string>): Selection {
  return { podSelector: { matchLabels: { ...labels, [INBOUND_LABEL]: 'deny' } }, policyTypes: ['Ingress'] };
}

/** Selects those of these pods that let nothing out unless a policy permits it. */
export function outOf(labels: Record<string, string>): Selection {
  return { podSelector: { matchLabels: { ...labels, [OUTBOUND_LABEL]: 'deny' } }, policyTypes: ['Egress'] };
}

type Selection = Pick<NonNullable<NetworkPolicy['spec']>, 'podSelector' | 'policyTypes'>;

export function membersOf(seclist: string): Record<string, string> {
  return { [memberLabel('seclist', seclist)]: 'member' };
}

/**
 * The labels by which an instance stands under all of its lists: of several the most restrictive counts. None for one
 * without lists.
 */
export function guardLabels(lists: readonly Guard[]): Record<string, string> {
  if (lists.length === 0) return {};
  const strictest = (direction: keyof Guard): string =>
    lists.some((list) => list[direction] === 'deny') ? 'deny' : 'permit';
  return { [INBOUND_LABEL]: strictest('inbound'), [OUTBOUND_LABEL]: strictest('outbound') };
}

/** The words of each list that an object refers to. */
export function guardsOf(referred: readonly Referred[]): Guard[] {
  return referred
    .filter(({ reference }) => reference.objType === 'seclist')
    .map(({ found }) => guardOf(found.annotations));
}

function guardOf(annotations: Annotations): Guard {
  // A policy that a person made under the name of a list does not say.
  if (annotations[ANNOTATION.policies] === undefined) return DEFAULT_GUARD;
  return readRecord(annotations, ANNOTATION.policies, guardSchema);
}

/** Virtual networks. */
export function vnetDriver(collection: Collection<NetworkPolicy>, references: References): ObjectDriver {
  return wholeObject({
    collection,
    references,
    propagation: 'Background',
    manifest: vnetPolicy,
    standing: () => ({ state: 'available' }),
  });
}

/** Lets the members of a network that are in no security list hear each other alone: where there are lists, they decide. */
export function vnetPolicy(object: WantedObject): NetworkPolicy {
  const matchLabels = { [memberLabel('vnet', object.name)]: 'member' };
  const matchExpressions = [{ key: INBOUND_LABEL, operator: 'DoesNotExist' }];
  return {
    metadata: metadataOf(object),
    spec: {
      podSelector: { matchLabels, matchExpressions },
      policyTypes: ['Ingress'],
      ingress: [{ _from: [{ podSelector: { matchLabels } }] }],
    },
  };
}

/** How objects of stacks are called in a cluster, and what is written on each of them. */
import { createHash } from 'node:crypto';
import type { ObjectReference, ObjectType } from '../../../../domain/stacks/definition.ts';
import { referencesOf, referenceText } from '../../../../domain/stacks/object-references.ts';
import type { WantedObject } from '../driver.ts';
import type { Metadata } from './plain.ts';

const DOMAIN = 'drydock.dev';

/** On every object: whose it is and what it is called by its stack, in full. */
export const ANNOTATION = {
  name: `${DOMAIN}/name`,
  type: `${DOMAIN}/type`,
  owner: `${DOMAIN}/owner`,
  /** The objects that it refers to, as JSON: a list of texts like `storage/volume /acme/jack/disk`. */
  uses: `${DOMAIN}/uses`,
  /** On what others use: the identity of the one that began to use it last. */
  lastUser: `${DOMAIN}/last-user`,
  /** Of an instance: `running` or `shutdown`, as a person or a stack wanted it last. */
  desired: `${DOMAIN}/desired`,
  /** Of an instance: the generation at which it was seen ready; not ready at that generation means that it stopped. */
  readyAt: `${DOMAIN}/ready-at-generation`,
  /** Of an instance: its volumes as the definition lists them, as JSON. */
  disks: `${DOMAIN}/disks`,
  /** Of the template of an instance: the last request for a power cycle. */
  restart: `${DOMAIN}/restart-token`,
  /** Of a security list: what it does with traffic that no rule permits, as JSON. */
  policies: `${DOMAIN}/policies`,
} as const;

/** On every object: its type, as labels can have it. */
const TYPE_LABEL = `${DOMAIN}/type`;
/** On the pods of an instance: its object's name. */
export const INSTANCE_LABEL = `${DOMAIN}/instance`;
/**
 * On the pods of an instance that is in security lists: `permit` or `deny`, what these say together of traffic that
 * comes in.
 */
export const INBOUND_LABEL = `${DOMAIN}/inbound`;
/** The same of traffic that goes out. */
export const OUTBOUND_LABEL = `${DOMAIN}/outbound`;

const HASH_LENGTH = 12;
/** StatefulSets name their pods' revisions after themselves, in a label of at most 63 characters. */
const LONGEST_NAME = 52;

/** A hash that fits into a name or a label; 48 bits. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

/**
 * Name of an object in the cluster: a readable part and a hash of type and full name, by the rules of DNS labels, at most
 * 52 characters. It begins with a letter, as the names of Services must.
 */
export function clusterName(objType: ObjectType, name: string): string {
  const last = name.split('/').at(-1) ?? '';
  const readable = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST_NAME - HASH_LENGTH - 1)
    .replace(/-+$/, '');
  return `${readable === '' ? 'object' : readable}-${shortHash(`${objType} ${name}`)}`;
}

/** Name of the second object in the cluster that stands for an object, where it takes two. */
export function companionName(name: string): string {
  return `${name}-out`;
}

/** On the pods of an instance: that it belongs to a security list or network, or uses an address. */
export function memberLabel(objType: 'seclist' | 'vnet' | 'ip/reservation', name: string): string {
  const word = { seclist: 'seclist', vnet: 'vnet', 'ip/reservation': 'address' }[objType];
  return `${word}.${DOMAIN}/${shortHash(name)}`;
}

/** Types that have no object of their own in the cluster and are kept on another one. */
export const PART_TYPES = ['storage/attachment', 'ip/association'] as const;
export type PartType = (typeof PART_TYPES)[number];
const PART_WORDS = { 'storage/attachment': 'attachment', 'ip/association': 'association' };

/** Key of the annotation that records a part, and of the label by which its host is found. */
export function partKey(objType: PartType, name: string): string {
  return `${partPrefix(objType)}${shortHash(name)}`;
}

/** The beginning of the keys of all parts of a type. */
export function partPrefix(objType: PartType): string {
  return `${PART_WORDS[objType]}.${DOMAIN}/`;
}

const USES = `uses.${DOMAIN}/`;

/** Key of the label by which all that uses an object is found. */
export function usesKey(used: ObjectReference): string {
  return `${USES}${shortHash(referenceText(used))}`;
}

/** The labels of what uses these objects, given as texts. */
export function usesLabels(uses: readonly string[]): Record<string, string> {
  return Object.fromEntries(uses.map((text) => [`${USES}${shortHash(text)}`, 'used']));
}

export function isUsesKey(key: string): boolean {
  return key.startsWith(USES);
}

/** Selects everything that was created as of a type. */
export function typeSelector(objType: ObjectType): string {
  return `${TYPE_LABEL}=${typeLabel(objType)}`;
}

function typeLabel(objType: ObjectType): string {
  return objType.replace('/', '-');
}

/** Name, labels and annotations of an object in the cluster. */
export function metadataOf(
  { objType, name, owner, spec }: WantedObject,
  annotations: Record<string, string> = {},
): Metadata & { name: string; annotations: Record<string, string> } {
  const uses = referencesOf(objType, spec).map(referenceText);
  return {
    name: clusterName(objType, name),
    labels: {
      'app.kubernetes.io/managed-by': 'drydock',
      [`${DOMAIN}/owner`]: shortHash(owner),
      [TYPE_LABEL]: typeLabel(objType),
      ...usesLabels(uses),
    },
    annotations: {
      [ANNOTATION.name]: name,
      [ANNOTATION.type]: objType,
      [ANNOTATION.owner]: owner,
      ...(uses.length > 0 ? { [ANNOTATION.uses]: JSON.stringify(uses) } : {}),
      ...annotations,
    },
  };
}

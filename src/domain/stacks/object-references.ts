import { isStackName } from './multipart-name.ts';
import type { ObjectReference, ObjectType } from './definition.ts';

/** Objects below this folder are the platform's and always there: nothing of a definition stands behind it. */
export const PROVIDED_BY_PLATFORM = '/oracle/public/';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The objects that an object refers to by name, each once, in the order of its fields (A61). Reads what it understands and
 * passes over the rest, so that a definition that was not checked yet may be asked too.
 */
export function referencesOf(objType: ObjectType, spec: Fields): ObjectReference[] {
  const found = new Map<string, ObjectReference>();
  for (const [type, text] of textsOf(objType, spec)) {
    const name = referredName(type, text);
    if (name !== undefined) found.set(`${type} ${name}`, { objType: type, name });
  }
  return [...found.values()];
}

/** A reference as one text, by which drivers keep and find it: `storage/volume /acme/jack/disk`. */
export function referenceText({ objType, name }: ObjectReference): string {
  return `${objType} ${name}`;
}

/** The type that is referred to, and the text that stands there. */
type Text = [ObjectType, unknown];

function textsOf(objType: ObjectType, spec: Fields): Text[] {
  switch (objType) {
    case 'launchplan':
      return [
        ...elementsOf(spec['storage_attachments']).map((one): Text => ['storage/volume', one['volume']]),
        ...valuesOf(spec['networking']).flatMap(networkTexts),
      ];
    case 'storage/attachment':
      return [
        ['launchplan', spec['instance_name']],
        ['storage/volume', spec['storage_volume_name']],
      ];
    case 'ip/association':
      return [
        ['ip/reservation', spec['parentpool']],
        ['launchplan', spec['instance_name']],
        ['launchplan', spec['vcable']],
      ];
    case 'secrule':
      return [
        ['seclist', spec['src_list']],
        ['seclist', spec['dst_list']],
      ];
    case 'storage/volume':
    case 'ip/reservation':
    case 'seclist':
    case 'vnet':
    case 'orchestration':
      return [];
  }
}

function networkTexts(network: Fields): Text[] {
  const { seclists, nat } = network;
  return [
    ...listOf(seclists).map((one): Text => ['seclist', one]),
    ...listOf(nat).map((one): Text => ['ip/reservation', one]),
    ['vnet', network['vnet']],
    ['vnet', network['ipnetwork']],
  ];
}

/** Types that may stand before a name, as in `seclist:/acme/jack/web`; another one refers to something else. */
const PREFIXES: Partial<Record<ObjectType, string>> = {
  'ip/reservation': 'ipreservation:',
  seclist: 'seclist:',
};

function referredName(objType: ObjectType, text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const prefix = PREFIXES[objType] ?? '';
  const name = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return isStackName(name) && !name.startsWith(PROVIDED_BY_PLATFORM) ? name : undefined;
}

/** One value may stand for a list of it. */
function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function elementsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function valuesOf(value: unknown): Fields[] {
  return isFields(value) ? Object.values(value).filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

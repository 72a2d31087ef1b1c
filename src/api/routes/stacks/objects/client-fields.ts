/**
 * Fields that Oracle's clients read of objects beside their definitions, under their names and in their words: they
 * wait for a volume that is Online, split a name at its colon, and read sizes as bytes (ADR 37).
 */
import type { StackObjectRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import type { Json, ObjectSpec } from '../../../../domain/stacks/definition.ts';
import { PROVIDED_BY_PLATFORM } from '../../../../domain/stacks/object-references.ts';
import { bytesIn } from '../../../../domain/stacks/object-schema.ts';
import { OBJECT_CONDITIONS, type ObjectCondition } from '../../../../domain/stacks/statuses.ts';
import type { ShownType } from './object.ts';

type Fields = Record<string, unknown>;

/** Conditions of instances and attachments that have another word on the wire; all others stand there as they are. */
const STATES: Partial<Record<ShownType, Partial<Record<ObjectCondition, string>>>> = {
  launchplan: { creating: 'preparing', destroying: 'stopping', failed: 'error' },
  'storage/attachment': {
    creating: 'attaching',
    available: 'attached',
    destroying: 'detaching',
    failed: 'unavailable',
  },
};

/** Every state that an object may show. */
export const OBJECT_STATES = [
  ...new Set([...OBJECT_CONDITIONS, ...Object.values(STATES).flatMap((words) => Object.values(words))]),
];

/** The state of an object on the wire. */
export function stateOf(type: ShownType, condition: ObjectCondition): string {
  return STATES[type]?.[condition] ?? condition;
}

/** Fields in place of those of the definition, or beside them. */
export function clientFields(row: StackObjectRow, type: ShownType): Fields {
  switch (type) {
    case 'launchplan':
      return instanceFields(row);
    case 'storage/volume':
      return volumeFields(row);
    case 'storage/attachment':
    case 'vnet':
      return {};
    case 'ip/reservation':
      return reservationFields(row);
    case 'ip/association':
      return associationFields(row);
    case 'seclist': {
      const { policy, outbound_cidr_policy: outbound } = row.spec;
      return { policy: policy ?? 'deny', outbound_cidr_policy: outbound ?? 'permit' };
    }
    case 'secrule':
      return ruleFields(row.spec);
  }
}

function instanceFields({ name, spec, condition, conditionAt, error, attributes }: StackObjectRow): Fields {
  const { networking, storage_attachments: attachments, sshkeys, tags, boot_order: order } = spec;
  return {
    ip: attributes?.['ip'] ?? null,
    error_reason: error ?? '',
    /** Since when it runs. */
    start_time: condition === 'running' ? conditionAt : null,
    /** The vcable that an association names. */
    vcable_id: name,
    networking: isFields(networking) ? mapped(networking, networkFields) : {},
    storage_attachments: listOf(attachments).map(attachmentFields),
    sshkeys: sshkeys ?? [],
    tags: tags ?? [],
    boot_order: order ?? [],
  };
}

function networkFields(network: Json): Json {
  if (!isFields(network) || !('nat' in network)) return network;
  const { nat } = network;
  const typed = (one: Json): Json => withType(one, 'ipreservation', 'ippool');
  return { ...network, nat: Array.isArray(nat) ? nat.map(typed) : typed(nat ?? null) };
}

function attachmentFields(attachment: Json): Json {
  if (!isFields(attachment)) return attachment;
  return { ...attachment, storage_volume_name: attachment['volume'] ?? null };
}

/** How far a volume is. */
export const VOLUME_STATUSES = ['Initializing', 'Online', 'Deleting', 'Error'] as const;

function volumeStatus(condition: ObjectCondition): (typeof VOLUME_STATUSES)[number] {
  switch (condition) {
    case 'creating':
      return 'Initializing';
    case 'destroying':
      return 'Deleting';
    case 'failed':
      return 'Error';
    default:
      return 'Online';
  }
}

function volumeFields({ spec, condition, conditionAt, error }: StackObjectRow): Fields {
  const { size, properties, tags, bootable } = spec;
  return {
    size: bytesIn(size)?.toString() ?? size ?? null,
    status: volumeStatus(condition),
    status_timestamp: conditionAt,
    status_detail: error ?? '',
    properties: properties ?? [],
    tags: tags ?? [],
    bootable: bootable ?? false,
  };
}

function reservationFields({ spec, attributes }: StackObjectRow): Fields {
  return {
    ip: attributes?.['ip'] ?? null,
    parentpool: spec['parentpool'] ?? `${PROVIDED_BY_PLATFORM}ippool`,
    permanent: spec['permanent'] ?? true,
    tags: spec['tags'] ?? [],
  };
}

function associationFields({ spec, attributes }: StackObjectRow): Fields {
  const { parentpool, instance_name: instance, vcable } = spec;
  const pool = withType(parentpool ?? null, 'ipreservation', 'ippool');
  const reserved = typeof pool === 'string' && /^ipreservation:/.test(pool);
  return {
    ip: attributes?.['ip'] ?? null,
    parentpool: pool,
    reservation: reserved ? pool.replace(/^ipreservation:/, '') : null,
    vcable: vcable ?? instance ?? null,
  };
}

function ruleFields({ src_list: source, dst_list: destination, action, disabled }: ObjectSpec): Fields {
  return {
    src_list: withType(source ?? null, 'seclist', 'seciplist'),
    dst_list: withType(destination ?? null, 'seclist', 'seciplist'),
    action: action ?? 'PERMIT',
    disabled: disabled ?? false,
  };
}

/** A name behind its type, which clients need to find it; what the platform provides has another type. */
function withType(name: Json, type: string, providedType: string): Json {
  if (typeof name !== 'string' || name === '' || name.includes(':')) return name;
  return `${name.startsWith(PROVIDED_BY_PLATFORM) ? providedType : type}:${name}`;
}

function mapped(fields: { [field: string]: Json }, change: (inner: Json) => Json): Json {
  return Object.fromEntries(Object.entries(fields).map(([field, inner]) => [field, change(inner)]));
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: Json | undefined): value is { [field: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of stacks as clients see them, each type below its own path. */
import { z } from '@hono/zod-openapi';
import type { StackObjectRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { DESIRED_STATES } from '../../../../domain/stacks/statuses.ts';
import type { ObjectType } from '../../../../domain/stacks/definition.ts';
import { timestamp } from '../../../answers.ts';
import { clientFields, OBJECT_STATES, stateOf, VOLUME_STATUSES } from './client-fields.ts';

/** Where the objects of each type can be read; nested stacks are read as what they are. */
export const OBJECT_ROOTS = {
  launchplan: '/instance',
  'storage/volume': '/storage/volume',
  'storage/attachment': '/storage/attachment',
  'ip/reservation': '/ip/reservation',
  'ip/association': '/ip/association',
  seclist: '/seclist',
  secrule: '/secrule',
  vnet: '/vnet',
} as const satisfies Record<Exclude<ObjectType, 'orchestration'>, string>;
export type ShownType = keyof typeof OBJECT_ROOTS;
export const SHOWN_TYPES = Object.keys(OBJECT_ROOTS) as ShownType[];

const common = {
  name: z.string(),
  uri: z.string().openapi({ format: 'uri' }),
  id: z
    .string()
    .nullable()
    .openapi({ description: 'Identity where the object really is; a new one has another' }),
  state: z.enum(OBJECT_STATES),
  state_timestamp: timestamp,
  error: z.string().nullable().openapi({ description: 'Why the last attempt failed, or why it stopped' }),
  orchestration: z.string().openapi({ description: 'Name of the stack' }),
  oplan: z.string().openapi({ description: 'Label of its object plan' }),
  adopted: z.boolean().openapi({
    description: 'It was there before the stack started, and stays when the stack stops',
  }),
  reported: z
    .record(z.string(), z.unknown())
    .openapi({ description: 'What it turned out to be, such as its address' }),
};

const COMMON_EXAMPLE = {
  id: '0f6d3c9b-5d3a-4c0e-9d4b-0b6d5f6c2a11',
  state: 'available',
  state_timestamp: '2026-05-12T08:00:01.021000Z',
  error: null,
  orchestration: '/acme/jack/shop',
  oplan: 'disk',
  adopted: false,
  reported: {},
};

const EXAMPLE = {
  ...COMMON_EXAMPLE,
  name: '/acme/jack/disk1',
  size: '10737418240',
  status: 'Online',
  uri: 'https://drydock.example/storage/volume/acme/jack/disk1',
};

/** Fields of all types. */
const anyObjectSchema = z.looseObject(common);
export type ObjectSchema = typeof anyObjectSchema;

/** Fields that only some types have; they are never left out there (docs/api.md). */
const ofTypes = {
  size: z.string().nullish().openapi({ description: 'Of a volume: bytes' }),
  status: z.enum(VOLUME_STATUSES).optional().openapi({ description: 'Of a volume' }),
  status_timestamp: timestamp.optional().openapi({ description: 'Of a volume' }),
  status_detail: z.string().optional().openapi({ description: 'Of a volume: why it is in error' }),
  ip: z
    .unknown()
    .optional()
    .openapi({
      type: ['string', 'null'],
      description: 'Of a reserved address and of an association: null until it is known',
    }),
  reservation: z
    .string()
    .nullish()
    .openapi({ description: 'Of an association: name of the reserved address, null for one of a pool' }),
};

export const objectSchema = anyObjectSchema.extend(ofTypes).openapi('Object', {
  description: 'The fields of its definition, and what became of it',
  example: EXAMPLE,
});

const list = z.array(z.unknown());
const ofInstances = {
  ip: z
    .unknown()
    .optional()
    .openapi({ type: ['string', 'null'], description: 'Null until it is known' }),
  error_reason: z.string().optional().openapi({ description: 'Repeats error; empty without one' }),
  start_time: timestamp.nullish().openapi({ description: 'Since when it runs; null when it does not' }),
  vcable_id: z.string().optional().openapi({ description: 'Its name, as associations name it' }),
  networking: z.record(z.string(), z.unknown()).optional(),
  storage_attachments: list.optional(),
  sshkeys: list.optional(),
  tags: z.unknown().optional(),
  boot_order: z.unknown().optional(),
};

export const instanceSchema = z
  .looseObject({ ...common, ...ofInstances, desired_state: z.enum(DESIRED_STATES) })
  .openapi('Instance', {
    description: 'The fields of its definition, and what became of it',
    example: {
      ...COMMON_EXAMPLE,
      name: '/acme/jack/web1',
      ip: '10.198.107.247',
      error_reason: '',
      start_time: '2026-05-12T08:00:01.021000Z',
      vcable_id: '/acme/jack/web1',
      networking: {},
      storage_attachments: [],
      uri: 'https://drydock.example/instance/acme/jack/web1',
      state: 'running',
      oplan: 'web',
      desired_state: 'running',
    },
  });
export type ObjectAnswer = z.infer<ObjectSchema>;
export type InstanceAnswer = z.infer<typeof instanceSchema>;

/**
 * `base` is what the addresses of this service begin with. How a simulated object behaves is no property of it and left out.
 */
export function toObject(row: StackObjectRow, type: ShownType, base: string): ObjectAnswer {
  const { simulation: _simulation, ...spec } = row.spec;
  return {
    ...spec,
    ...clientFields(row, type),
    name: row.name,
    uri: `${base}${OBJECT_ROOTS[type]}${row.name}`,
    id: row.objectID,
    state: stateOf(type, row.condition),
    state_timestamp: row.conditionAt,
    error: row.error,
    orchestration: row.stack,
    oplan: row.label,
    adopted: row.owned === false,
    reported: row.attributes ?? {},
  };
}

export function toInstance(row: StackObjectRow, base: string): InstanceAnswer {
  return { ...toObject(row, 'launchplan', base), desired_state: row.desired };
}

/** The same for who asked by a name of four parts: Oracle's instances have their ID as the fourth (ADR 37). */
export function toInstanceByID(row: StackObjectRow, base: string): InstanceAnswer {
  const answer = toInstance(row, base);
  const fourth = `/${row.objectID ?? ''}`;
  return { ...answer, name: answer.name + fourth, uri: answer.uri + fourth };
}

/**
 * Fields that are known of the objects of each type. Objects are open records: a driver may understand more fields
 * than stand here, and everything is kept as it came; what does stand here must have its type, or be null, or be left
 * out.
 */
import { z } from 'zod';
import { isStackName, LONGEST_STACK_NAME, STACK_NAME, STACK_NAME_ERROR } from './multipart-name.ts';
import type { ObjectType } from './definition.ts';

const MOST_SECONDS = 86_400;
const SECONDS_ERROR = `must be a number of seconds from 0 to ${MOST_SECONDS.toLocaleString('en-US')}`;
const TIMES_ERROR = 'must be a whole number, 1 or more';
const INDEX_ERROR = 'must be a whole number, 0 or more';
const SIZE_ERROR =
  'must be a size like "10G", a whole number with B, K, M, G or T, or a number of bytes above 0';

/** The name of a stack or of an object. */
export const nameSchema = z
  .string()
  .refine(isStackName, { error: STACK_NAME_ERROR })
  .meta({
    description: '/container/user/name',
    examples: ['/acme/jack/web'],
    pattern: STACK_NAME.source,
    maxLength: LONGEST_STACK_NAME,
  });

const reference = (description: string, example: string) =>
  nameSchema.nullish().meta({ description, examples: [example] });

/** Prefixes that may stand before a name, with a colon, as `seclist`, `ippool` or `network/v1/ipreservation`. */
const TYPE_PREFIX = /^[a-z][a-z0-9/]*:/;

/** A name behind its type, as in `seclist:/acme/jack/web`; a text without a type is taken too. */
const typedName = (example: string) =>
  z.string().refine((given) => isStackName(given.replace(TYPE_PREFIX, '')), {
    error: `${STACK_NAME_ERROR}; its type may stand before it, as in ${example}`,
  });
const typedReference = (description: string, example: string) =>
  typedName(example)
    .nullish()
    .meta({ description, examples: [example] });

const text = (description: string) => z.string().nullish().meta({ description });
const texts = (description: string) => z.array(z.string()).nullish().meta({ description });
const seconds = (description: string) =>
  z
    .number({ error: SECONDS_ERROR })
    .min(0, { error: SECONDS_ERROR })
    .max(MOST_SECONDS, { error: SECONDS_ERROR })
    .nullish()
    .meta({ description });

const SIZE = /^0*([1-9]\d{0,14})([BKMGT]?)$/i;
const UNITS = 'BKMGT';

/** A size of a volume in bytes: units are powers of 1,024. Undefined for what is none. */
export function bytesIn(size: unknown): bigint | undefined {
  if (typeof size === 'number') return Number.isInteger(size) && size > 0 ? BigInt(size) : undefined;
  const [, amount, unit = ''] = SIZE.exec(typeof size === 'string' ? size : '') ?? [];
  if (amount === undefined) return undefined;
  return BigInt(amount) * 1024n ** BigInt(UNITS.indexOf(unit.toUpperCase() || 'B'));
}

const size = z
  .union(
    [
      z.string().refine((given) => SIZE.test(given), { error: SIZE_ERROR }),
      z.int({ error: SIZE_ERROR }).positive({ error: SIZE_ERROR }),
    ],
    { error: SIZE_ERROR },
  )
  .nullish()
  .meta({ description: 'Size of the volume.', examples: ['10G'] });

const fault = z.strictObject({
  message: z.string().meta({ description: 'What the simulated system says.' }),
  times: z
    .int({ error: TIMES_ERROR })
    .min(1, { error: TIMES_ERROR })
    .nullish()
    .meta({ description: 'How often; always by default.' }),
});

const simulation = z
  .strictObject({
    seconds: seconds('How long each operation takes, 0 by default.'),
    fail: z
      .strictObject({
        create: fault.nullish(),
        destroy: fault.nullish(),
        start: fault.nullish(),
        stop: fault.nullish(),
      })
      .nullish()
      .meta({ description: 'Operations that fail.' }),
    dies_after_seconds: seconds('An instance ends by itself after it has run for that long.'),
  })
  .meta({
    id: 'ObjectSimulation',
    description: 'How the simulated driver treats this object; others ignore it.',
  });

/** Every object has these. */
const common = { name: nameSchema, simulation: simulation.nullish() };
/** The same of a type in NAMELESS_TYPES. */
const nameless = {
  ...common,
  name: nameSchema.nullish().meta({ description: '/container/user/name; generated when it is left out.' }),
};

/** An object of a type that there is not, as far as all are alike. */
export const untypedObjectSchema = z.looseObject(nameless);

const ADDRESS = 'ipreservation:/acme/jack/address';
const NAT_ERROR = `must be the name of an address, as in ${ADDRESS}, or a list of them`;

const network = z
  .looseObject({
    seclists: z
      .array(typedName('seclist:/acme/jack/web'))
      .nullish()
      .meta({ description: 'Security lists that it belongs to.' }),
    nat: z
      .union([typedName(ADDRESS), z.array(typedName(ADDRESS))], { error: NAT_ERROR })
      .nullish()
      .meta({ description: 'Address that it gets, or a list of them.', examples: [ADDRESS] }),
    vnet: reference('Virtual network that it is in.', '/acme/jack/net'),
    ipnetwork: reference('Another word for vnet.', '/acme/jack/net'),
  })
  .meta({ id: 'InstanceNetwork' });

const instance = z
  .looseObject({
    ...nameless,
    label: text('Label of the instance.'),
    shape: z
      .union([z.string(), z.looseObject({})], { error: 'must be the name of a shape, or an object' })
      .nullish()
      .meta({ description: 'Processors and memory.', examples: ['oc3'] }),
    imagelist: z
      .string()
      .nullish()
      .meta({ description: 'Image.', examples: ['/oracle/public/oel_7'] }),
    sshkeys: texts('Names of public keys.'),
    attributes: z.looseObject({}).nullish().meta({ description: 'Passed to the instance, user data too.' }),
    networking: z
      .record(z.string(), network)
      .nullish()
      .meta({ description: 'Its networks, by interface: eth0, eth1 and so on.' }),
    storage_attachments: z
      .array(
        z.looseObject({
          volume: nameSchema,
          index: z.int({ error: INDEX_ERROR }).min(0, { error: INDEX_ERROR }).nullish(),
        }),
      )
      .nullish()
      .meta({ description: 'Volumes that it uses.' }),
  })
  .meta({ id: 'InstanceSpec' });

const instanceGroup = z
  .looseObject({
    instances: z
      .array(instance, {
        error: ({ input }) =>
          input === undefined
            ? 'is required: a launchplan has its instances in {"instances": [...]}'
            : undefined,
      })
      .min(1, { error: 'must have at least one instance' }),
  })
  .meta({ id: 'InstanceGroup', description: 'Instances of a launch plan.' });

/** One object of each type; a group of instances for a launch plan (A65, A66). */
export const objectSchemas = {
  launchplan: instanceGroup,
  'storage/volume': z
    .looseObject({
      ...common,
      size,
      properties: texts('Kinds of storage, such as /oracle/public/storage/default.'),
    })
    .meta({ id: 'StorageVolumeSpec' }),
  'storage/attachment': z
    .looseObject({
      ...nameless,
      instance_name: reference('Instance that gets the volume.', '/acme/jack/web'),
      storage_volume_name: reference('The volume.', '/acme/jack/disk'),
      index: z.int({ error: INDEX_ERROR }).min(0, { error: INDEX_ERROR }).nullish(),
    })
    .meta({ id: 'StorageAttachmentSpec' }),
  'ip/reservation': z
    .looseObject({
      ...nameless,
      parentpool: text('Pool that the address comes from, such as /oracle/public/ippool.'),
      permanent: z.boolean().nullish(),
    })
    .meta({ id: 'IPReservationSpec' }),
  'ip/association': z
    .looseObject({
      ...nameless,
      parentpool: typedReference('The reserved address.', 'ipreservation:/acme/jack/address'),
      instance_name: reference('Instance that gets the address.', '/acme/jack/web'),
      vcable: reference('Another word for instance_name.', '/acme/jack/web'),
    })
    .meta({ id: 'IPAssociationSpec' }),
  seclist: z
    .looseObject({
      ...common,
      policy: text('What happens to traffic that comes in and no rule permits.'),
      outbound_cidr_policy: text('What happens to traffic that goes out.'),
    })
    .meta({ id: 'SecurityListSpec' }),
  secrule: z
    .looseObject({
      ...nameless,
      src_list: typedReference('Where the traffic comes from.', 'seclist:/acme/jack/web'),
      dst_list: typedReference('Where it goes.', 'seclist:/acme/jack/db'),
      application: text('Kind of traffic, such as /oracle/public/ssh.'),
      action: text('What happens to it, such as permit.'),
      disabled: z.boolean().nullish(),
    })
    .meta({ id: 'SecurityRuleSpec' }),
  vnet: z.looseObject(common).meta({ id: 'VirtualNetworkSpec' }),
  orchestration: z.looseObject(common).meta({
    id: 'NestedOrchestrationSpec',
    description: 'An orchestration that is started and stopped as one object.',
  }),
} satisfies Record<ObjectType, z.ZodType>;

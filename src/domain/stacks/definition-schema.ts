/**
 * The definition of a stack as a request brings it: body of POST /orchestration/ and of PUT. What a GET answered can be
 * sent again as it is: the fields that only the service writes are accepted at their places and dropped.
 */
import { DateTime } from 'luxon';
import { z } from 'zod';
import { checkDefinition, isStorable, MOST_OPLANS, type AddIssue } from './definition-checks.ts';
import { LONGEST_LABEL, OPLAN_LABEL } from './multipart-name.ts';
import { nameSchema, objectSchemas, untypedObjectSchema } from './object-schema.ts';
import { generatedName } from './generated-names.ts';
import {
  HA_POLICIES,
  OBJECT_TYPES,
  type Json,
  type ObjectSpec,
  type ObjectType,
  type Oplan,
  type Relationship,
  type StackDefinition,
} from './definition.ts';

const LONGEST_DESCRIPTION = 4_096;
const LONGEST_ACCOUNT = 256;
/** RFC 3339, section 5.6, without leap seconds. */
const RFC_3339 =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const LABEL_ERROR = `must have 1 to ${LONGEST_LABEL} visible characters on one line, with spaces only between them`;

/** Written by the service alone. */
const readOnly = (description: string) => z.unknown().optional().meta({ description, readOnly: true });

const text = (description: string, example: string, longest: number) =>
  z
    .string()
    .max(longest, { error: `must not be longer than ${longest.toLocaleString('en-US')} characters` })
    .refine(isStorable, {
      error: 'must not contain broken Unicode or control characters except tab and line breaks',
    })
    .nullish()
    .meta({ description, examples: [example] });

const time = (description: string, example: string) =>
  z
    .string()
    .transform((given, context) => {
      const utc = normalizeTime(given);
      if (utc !== undefined) return utc;
      const message = 'must be a point in time like 2030-01-31T08:00:00Z or 2030-01-31T09:00:00+01:00';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .nullish()
    .meta({ description, examples: [example], format: 'date-time' });

/** In UTC with milliseconds; undefined for anything but RFC 3339. */
function normalizeTime(given: string): string | undefined {
  if (!RFC_3339.test(given)) return undefined;
  const moment = DateTime.fromISO(given.toUpperCase(), { zone: 'utc' });
  // An offset can lead out of the years that RFC 3339 knows.
  if (!moment.isValid || moment.year < 0 || moment.year > 9999) return undefined;
  return moment.toISO();
}

const schedule = z
  .strictObject({
    start_time: time('A START waits for this time when it is still to come.', '2030-01-31T08:00:00Z'),
    stop_time: time('A started orchestration is stopped at this time.', '2030-01-31T18:00:00Z'),
  })
  .superRefine(({ start_time: start, stop_time: stop }, context) => {
    if (!start || !stop || stop > start) return;
    context.addIssue({ code: 'custom', path: ['stop_time'], message: 'must be later than start_time' });
  })
  .meta({ id: 'OrchestrationSchedule', description: 'RFC 3339 with any offset; answers show UTC.' });

const label = z
  .string()
  .refine((given) => OPLAN_LABEL.test(given), { error: LABEL_ERROR })
  // Labels are keys in answers, where this one means something else.
  .refine((given) => given !== '__proto__', { error: 'must not be "__proto__"' })
  .meta({
    description: 'Name of the oplan, unique in its orchestration.',
    examples: ['Database Server'],
    pattern: OPLAN_LABEL.source,
    maxLength: LONGEST_LABEL,
  });

/** Fields of every plan, whatever its type. */
function oplanWith<T extends z.ZodType, S extends z.ZodType>(objType: T, object: S) {
  return z.strictObject({
    label,
    obj_type: objType,
    ha_policy: z
      .enum([...HA_POLICIES, ''], { error: 'must be "active", "monitor" or "none"' })
      .nullish()
      .meta({
        description:
          'What happens when an instance stops that nobody shut down: active restarts it, monitor records and notifies, none (the default, as is an empty text) does nothing.',
        examples: ['active'],
      }),
    objects: z.array(object).min(1, { error: 'must have at least one object' }),
    status: readOnly('Status of this oplan.'),
    status_timestamp: readOnly('Since when.'),
    info: readOnly('Errors by object, and the oplans that come first.'),
  });
}

/** The plan of one type: its objects alone depend on it (A64). */
function oplanOf<T extends keyof typeof objectSchemas>(objType: T, object: (typeof objectSchemas)[T]) {
  return oplanWith(z.literal(objType), object);
}

const oplan = z.discriminatedUnion(
  'obj_type',
  [
    oplanOf('launchplan', objectSchemas.launchplan),
    oplanOf('storage/volume', objectSchemas['storage/volume']),
    oplanOf('storage/attachment', objectSchemas['storage/attachment']),
    oplanOf('ip/reservation', objectSchemas['ip/reservation']),
    oplanOf('ip/association', objectSchemas['ip/association']),
    oplanOf('seclist', objectSchemas.seclist),
    oplanOf('secrule', objectSchemas.secrule),
    oplanOf('vnet', objectSchemas.vnet),
    oplanOf('orchestration', objectSchemas.orchestration),
  ],
  {
    // Anything but an object gets the usual message.
    error: ({ input }) =>
      typeof input === 'object' && input !== null && !Array.isArray(input)
        ? `must be one of ${OBJECT_TYPES.join(', ')}`
        : undefined,
  },
);

/** An object of no type that there is: only instances are known by where they stand. */
const untypedObject = z.looseObject({}).superRefine((object, context) => {
  const schema = 'instances' in object ? objectSchemas.launchplan : untypedObjectSchema;
  passOn(schema.safeParse(object), [], context);
});
const untypedOplan = oplanWith(z.unknown().optional(), untypedObject);

/** A type that there is not hides a plan from the schemas of the types: what else is wrong with it is found here. */
function checkUntypedOplans({ oplans }: { oplans?: unknown }, context: z.RefinementCtx): void {
  if (!Array.isArray(oplans)) return;
  oplans.forEach((given: unknown, index) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return;
    if ('obj_type' in given && OBJECT_TYPES.some((type) => type === given.obj_type)) return;
    passOn(untypedOplan.safeParse(given), ['oplans', index], context);
  });
}

function passOn(parsed: z.ZodSafeParseResult<unknown>, at: PropertyKey[], context: z.RefinementCtx): void {
  for (const issue of parsed.error?.issues ?? []) {
    context.addIssue({ ...issue, path: [...at, ...issue.path] });
  }
}

const relationship = z
  .strictObject({
    oplan: z.string().meta({ description: 'Label of the one that depends.', examples: ['web'] }),
    to_oplan: z.string().meta({
      description: 'Label of the one that is created first and destroyed last.',
      examples: ['disks'],
    }),
    type: z.literal('depends', { error: 'must be "depends", the only type there is' }),
  })
  .meta({ id: 'OplanRelationship' });

/** A59, A60, A63 to A66: parsed to a definition with every default filled in (`StackDefinition`). */
export const stackDefinitionSchema = z
  .strictObject({
    name: nameSchema.meta({
      description: 'Name, unique; it cannot be changed.',
      examples: ['/acme/jack/shop'],
    }),
    description: text('What it is for.', 'The shop', LONGEST_DESCRIPTION),
    account: text('Account that it belongs to.', '/acme/default', LONGEST_ACCOUNT),
    schedule: schedule.nullish(),
    oplans: z
      .array(oplan)
      .min(1, { error: 'must have at least one oplan' })
      .max(MOST_OPLANS, { error: `must not have more than ${MOST_OPLANS} oplans` })
      .meta({ description: 'Object plans, each with objects of one type.' }),
    relationships: z.array(relationship).nullish().meta({
      description:
        'Which oplan depends on which. An object that refers to one of another oplan by name makes its oplan depend on that one, stated or not.',
    }),
    status: readOnly('Status of the orchestration.'),
    status_timestamp: readOnly('Since when.'),
    uri: readOnly('Where it is.'),
    user: readOnly('Who added it.'),
    info: readOnly('Errors by oplan.'),
  })
  .superRefine(
    (definition, context) => {
      const addIssue: AddIssue = (path, message) => context.addIssue({ code: 'custom', path, message });
      checkUntypedOplans(definition, context);
      checkDefinition(definition, addIssue);
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .meta({
    id: 'OrchestrationDefinition',
    description: 'A group of dependent objects that are started and stopped as a unit.',
    examples: [
      {
        name: '/acme/jack/shop',
        oplans: [
          { label: 'disks', obj_type: 'storage/volume', objects: [{ name: '/acme/jack/disk', size: '10G' }] },
          {
            label: 'web',
            obj_type: 'launchplan',
            ha_policy: 'active',
            objects: [
              {
                instances: [
                  {
                    name: '/acme/jack/web',
                    shape: 'oc3',
                    imagelist: '/oracle/public/oel_7',
                    storage_attachments: [{ volume: '/acme/jack/disk', index: 1 }],
                  },
                ],
              },
            ],
          },
        ],
        relationships: [{ oplan: 'web', to_oplan: 'disks', type: 'depends' }],
      },
    ],
  })
  .transform(toDefinition);

interface GivenDefinition {
  name: string;
  description?: string | null;
  account?: string | null;
  schedule?: { start_time?: string | null; stop_time?: string | null } | null;
  oplans: {
    label: string;
    obj_type: ObjectType;
    ha_policy?: Oplan['ha_policy'] | '' | null;
    objects: unknown;
  }[];
  relationships?: Relationship[] | null;
}

/** A checked body with its defaults filled in. */
function toDefinition(given: GivenDefinition): StackDefinition {
  const taken = givenNames(given.oplans);
  return {
    name: given.name,
    description: given.description ?? '',
    account: given.account ?? '',
    schedule: {
      start_time: given.schedule?.start_time ?? null,
      stop_time: given.schedule?.stop_time ?? null,
    },
    oplans: given.oplans.map(({ label, obj_type, ha_policy, objects }): Oplan => ({
      label,
      obj_type,
      ha_policy: ha_policy || 'none',
      // The body was JSON, and the check of its contents left nothing else in.
      objects: withNames(given.name, label, obj_type, objects as GivenObject[], taken),
    })),
    relationships: withoutRepeated(given.relationships ?? []),
  };
}

type GivenObject = { [field: string]: Json };

/**
 * The objects of a plan, each with its name: the one that it was given, or a generated one. A name that a client was
 * answered and sends back may stand anywhere: an object without a name takes the next number whose name is not
 * `taken`.
 */
function withNames(
  stack: string,
  label: string,
  type: ObjectType,
  given: GivenObject[],
  taken: Set<string>,
): Oplan['objects'] {
  let place = -1;
  const named = (object: GivenObject): ObjectSpec => {
    place += 1;
    if (typeof object['name'] === 'string') return { ...object, name: object['name'] };
    let number = place;
    while (taken.has(generatedName(stack, label, number))) number += 1;
    const name = generatedName(stack, label, number);
    taken.add(name);
    return { ...object, name };
  };
  if (type !== 'launchplan') return given.map(named);
  return groupsOf(given).map((group) => ({ ...group, instances: group.instances.map(named) }));
}

/** The names that the objects of these plans were given. */
function givenNames(oplans: readonly { obj_type: ObjectType; objects: unknown }[]): Set<string> {
  const objects = oplans.flatMap(({ obj_type, objects }) => {
    const given = objects as GivenObject[];
    return obj_type === 'launchplan' ? groupsOf(given).flatMap(({ instances }) => instances) : given;
  });
  return new Set(objects.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
}

/** The contents of a launch plan. */
function groupsOf(given: GivenObject[]): { instances: GivenObject[] }[] {
  return given as unknown as { instances: GivenObject[] }[];
}

function withoutRepeated(relationships: Relationship[]): Relationship[] {
  const keyOf = ({ oplan, to_oplan }: Relationship): string => JSON.stringify([oplan, to_oplan]);
  return [...new Map(relationships.map((one) => [keyOf(one), one])).values()];
}

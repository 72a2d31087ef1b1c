/**
 * The body of PUT /maintenance-policy. It takes the policies of Kyma's Environment Broker as they are, zero values of Go
 * included: an empty text, an empty list or null means "not given". Nothing else is dropped in silence.
 */
import { z } from 'zod';
import { ANY_OBJECT } from '../input-checks.ts';
import { formatIssues, type InputIssue } from '../issues.ts';
import type {
  MaintenancePolicy,
  PolicyFreeze,
  PolicyMatch,
  PolicyOptOut,
  WindowDefinition,
} from './maintenance-policy.ts';
import { WEEKDAYS } from './maintenance-policy.ts';
import {
  checkFreeze,
  checkNames,
  checkOptOut,
  checkPatterns,
  checkRule,
  checkWindow,
} from './policy-checks.ts';
import { readCutoff, readMoment, readTimeOfDay } from './policy-times.ts';
import { MOST_CHARACTERS, MOST_INSTRUCTIONS, MOST_PATTERNS } from './patterns.ts';
import { givenText } from './selector-schema.ts';
import { isZoneName } from './zone-times.ts';

const MOST_RULES = 1_000;
const MOST_FREEZES = 200;
const MOST_OPT_OUTS = 10_000;
/** Twice the days there are: repetitions do no harm. */
const MOST_DAYS = 14;
const LONGEST_NAME = 100;
const LONGEST_REASON = 1_000;

const listOf = <T extends z.ZodType>(entry: T, most: number, advice: string) =>
  z
    .array(entry)
    .max(most, { error: `must not have more than ${most.toLocaleString('en-US')} entries${advice}` })
    .nullish();

/** Text of a form of its own. */
const formed = (isFormed: (text: string) => boolean, error: string, description: string, example: string) =>
  givenText(description, example).refine((text) => !text || isFormed(text), { error });

const timeOfDay = (description: string, example: string) =>
  formed(
    (text) => readTimeOfDay(text) !== undefined,
    'must be a time of day like 220000+0100, at most 14 hours from UTC, or like 220000 with a timeZone',
    `${description}: HHMMSS and an offset, or HHMMSS on the clock of timeZone.`,
    example,
  );

const moment = (description: string, example: string) =>
  formed(
    (text) => readMoment(text) !== undefined,
    'must be a time like 2030-12-24T18:00:00+01:00, or like 2030-12-24T18:00 or 2030-12-24 with a timeZone',
    `${description}: RFC 3339, or without an offset on the clock of timeZone; a date is its first moment.`,
    example,
  );

const timeZone = formed(
  isZoneName,
  'must be a time zone of the IANA database like Europe/Berlin or Etc/UTC',
  'IANA time zone of the times that carry no offset.',
  'Europe/Berlin',
);

const reason = givenText('Why, for those who meet it.', 'Year-end closing', LONGEST_REASON);

/** Checked together with all other patterns of the policy. */
const pattern = (description: string, example: string) =>
  z
    .string()
    .nullish()
    .meta({
      description: `${description}: an RE2 regular expression, unanchored.`,
      examples: [example],
    });

const match = z
  .strictObject({
    plan: pattern('Name of the service plan', '^(trial|free)$'),
    globalAccountID: pattern('Global account ID', '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae'),
    region: pattern("Region of the Shoot, as Gardener's provider names it", '^(europe|eu)-'),
  })
  .nullish()
  .meta({ description: 'The patterns are AND-ed.' });

const windowFields = {
  days: listOf(z.enum(WEEKDAYS, { error: `must be one of ${WEEKDAYS.join(', ')}` }), MOST_DAYS, '').meta({
    description: 'Days on which the window begins, in its own zone or offset; every day by default.',
    examples: [['Sat', 'Sun']],
  }),
  timeBegin: timeOfDay('Begin', '220000'),
  timeEnd: timeOfDay('End, on the next day when it is earlier than the begin', '020000'),
  timeZone,
  cutoff: formed(
    (text) => readCutoff(text) !== undefined,
    'must be hours and minutes like 15m or 1h30m',
    'How long before the end of the window nothing starts any more; 0s by default.',
    '15m',
  ),
};

const rule = z.strictObject({ match, ...windowFields }).superRefine(...checking(checkRule));
const fallback = z
  .strictObject(windowFields)
  .superRefine(...checking(checkWindow))
  .nullish();

const freeze = z
  .strictObject({
    name: givenText('Unique in the policy.', 'year-end', LONGEST_NAME),
    reason,
    from: moment('Begin', '2030-12-20'),
    to: moment('End, no part of the freeze', '2031-01-02'),
    timeZone,
    match: match.meta({ description: 'Whom it touches: everybody by default.' }),
  })
  .superRefine(...checking(checkFreeze));

const optOut = z
  .strictObject({
    runtimeID: givenText('ID of the runtime, exact.', '5791e81d-8959-4b78-82e4-7e4edea45683'),
    match,
    reason,
    until: moment('It holds before this moment', '2031-01-02'),
    timeZone,
  })
  .superRefine(...checking(checkOptOut));

/**
 * Body of PUT /maintenance-policy, parsed to a policy with every default filled in. Made when it is asked for: the API adds
 * to schemas that are made after it was loaded.
 */
export const maintenancePolicySchema = () =>
  z
    .strictObject({
      rules: listOf(rule, MOST_RULES, '; use patterns').meta({
        description: 'The first rule that matches a runtime says when its window is.',
      }),
      default: fallback.meta({
        description: 'For runtimes that no rule matches and whose Shoot has no window of its own.',
      }),
      freezes: listOf(freeze, MOST_FREEZES, '; leave out those that are over').meta({
        description: 'Times that are taken away from the windows of whom they touch.',
      }),
      optOut: listOf(optOut, MOST_OPT_OUTS, '; leave out those that no longer hold').meta({
        description: 'Who is left out, until when. Each entry has either a runtimeID or a match.',
      }),
    })
    .superRefine(...checking(checkPatterns))
    .superRefine(...checking(checkNames))
    .meta({
      description: `When runtimes are upgraded. All patterns together may have ${MOST_PATTERNS} different regular expressions, ${MOST_CHARACTERS.toLocaleString('en-US')} characters and ${MOST_INSTRUCTIONS.toLocaleString('en-US')} instructions; plain text does not count.`,
    })
    .transform((given): MaintenancePolicy => {
      const byDefault = given.default && hasAny(given.default) ? toWindow(given.default) : undefined;
      return {
        rules: (given.rules ?? []).map((one) => ({ match: toMatch(one.match) ?? {}, ...toWindow(one) })),
        ...(byDefault && { default: byDefault }),
        freezes: (given.freezes ?? []).map(toFreeze),
        optOut: (given.optOut ?? []).map(toOptOut),
      };
    });

const policySchema = maintenancePolicySchema();

/** The policy, or everything that is wrong with what was given, the first fifty by path. */
export function parseMaintenancePolicy(
  input: unknown,
): { policy: MaintenancePolicy; issues?: undefined } | { policy?: undefined; issues: InputIssue[] } {
  const parsed = policySchema.safeParse(input);
  return parsed.success ? { policy: parsed.data } : { issues: formatIssues(parsed.error) };
}

/** Arguments of `superRefine`. The checks find nothing to say of parts that have another shape than they expect. */
function checking<T>(
  check: (given: object, addIssue: (path: (string | number)[], message: string) => void) => void,
): [(value: T, context: z.RefinementCtx<T>) => void, typeof ANY_OBJECT] {
  const refine = (value: T, context: z.RefinementCtx<T>): void => {
    if (typeof value !== 'object' || value === null) return;
    check(value, (path, message) => context.addIssue({ code: 'custom', path, message }));
  };
  return [refine, ANY_OBJECT];
}

type Given<T> = { [K in keyof T]?: T[K] | null | undefined };

function hasAny(given: object): boolean {
  return Object.values(given).some((value: unknown) =>
    Array.isArray(value) ? value.length > 0 : Boolean(value),
  );
}

function toWindow(given: Given<WindowDefinition>): WindowDefinition {
  const days = given.days?.length ? WEEKDAYS.filter((day) => given.days?.includes(day)) : [...WEEKDAYS];
  return {
    days,
    timeBegin: given.timeBegin ?? '',
    timeEnd: given.timeEnd ?? '',
    ...(given.timeZone && { timeZone: given.timeZone }),
    ...(given.cutoff && readCutoff(given.cutoff) && { cutoff: given.cutoff }),
  };
}

function toMatch(given: Given<PolicyMatch> | null | undefined): PolicyMatch | undefined {
  if (!given || !hasAny(given)) return undefined;
  const { plan, globalAccountID, region } = given;
  return { ...(plan && { plan }), ...(globalAccountID && { globalAccountID }), ...(region && { region }) };
}

function toFreeze({ name, reason: why, from, to, ...given }: z.infer<typeof freeze>): PolicyFreeze {
  const touched = toMatch(given.match);
  return {
    name: name ?? '',
    reason: why ?? '',
    from: from ?? '',
    to: to ?? '',
    ...(given.timeZone && { timeZone: given.timeZone }),
    ...(touched && { match: touched }),
  };
}

function toOptOut({ runtimeID, reason: why, until, ...given }: z.infer<typeof optOut>): PolicyOptOut {
  const meant = toMatch(given.match);
  return {
    ...(runtimeID && { runtimeID }),
    ...(meant && { match: meant }),
    reason: why ?? '',
    until: until ?? '',
    ...(given.timeZone && { timeZone: given.timeZone }),
  };
}

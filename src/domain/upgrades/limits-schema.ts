/** Limits in a request: for every key of a kind, or by key. */
import { z } from 'zod';
import { ANY_OBJECT, fieldAt } from '../input-checks.ts';
import { hasControls } from '../texts.ts';
import { DEFAULT_KEY, type Limit, type Limits } from './limits.ts';
import { wholeNumber } from './number-schema.ts';
import { MOST_WORKERS } from './orchestration-parameters.ts';

/** In all limits of a request. */
const MOST_OVERRIDES = 200;
const LONGEST_KEY = 256;

const KEY_ERROR = `must be a name of 1 to ${LONGEST_KEY} characters, without control characters or broken Unicode`;

const amount = wholeNumber(1, MOST_WORKERS);

const byKey = z
  .record(z.string(), amount)
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      if (key !== '' && key.length <= LONGEST_KEY && !hasControls(key)) continue;
      context.addIssue({ code: 'custom', path: [key], message: KEY_ERROR });
    }
  }, ANY_OBJECT)
  .refine((given) => Object.keys(given).length > 0, {
    error: `must have a ${DEFAULT_KEY} or a key; leave it out for no limit`,
    ...ANY_OBJECT,
  });

const limitPer = (what: string, example: unknown) =>
  z
    .union([amount, byKey], { error: 'must be a whole number from 1 to 1,000, or an object of such numbers' })
    .nullish()
    .meta({
      description: `Operations at the same time ${what}: a number, or numbers by name and a "${DEFAULT_KEY}" for all others, which have no limit without it.`,
      examples: [example],
    });

const KINDS = ['perRegion', 'perPlan', 'perGlobalAccount'] as const;

export const limitsSchema = z
  .strictObject({
    perRegion: limitPer('in a region', { default: 50, 'eu-central-1': 10 }),
    perPlan: limitPer('of a service plan', { trial: 20 }),
    perGlobalAccount: limitPer('of a global account', 1),
  })
  .refine((given) => KINDS.some((kind) => (fieldAt(given, kind) ?? undefined) !== undefined), {
    error: `must have a ${KINDS.join(', ').replace(/, (\w+)$/, ' or $1')}; leave it out for no limit`,
    ...ANY_OBJECT,
  })
  .refine((given) => overridesIn(given) <= MOST_OVERRIDES, {
    error: `must not name more than ${MOST_OVERRIDES} keys in all`,
    ...ANY_OBJECT,
  })
  .nullish()
  .meta({
    description: 'Operations at the same time besides the number of workers; no limit by default.',
  });

/** Without what was not given, keys in their order, and a number in place of a default alone; undefined for no limit. */
export function toLimits(given: z.infer<typeof limitsSchema>): Limits | undefined {
  if (!given) return undefined;
  const limits: Limits = {};
  for (const kind of KINDS) {
    const limit = given[kind];
    if (limit !== undefined && limit !== null) limits[kind] = canonical(limit);
  }
  return limits;
}

function canonical(limit: Limit): Limit {
  if (typeof limit === 'number') return limit;
  const { [DEFAULT_KEY]: forOthers, ...named } = limit;
  if (forOthers !== undefined && Object.keys(named).length === 0) return forOthers;
  return Object.fromEntries(Object.entries(limit).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function overridesIn(given: unknown): number {
  return KINDS.map((kind) => fieldAt(given, kind))
    .filter((limit) => typeof limit === 'object' && limit !== null)
    .flatMap((limit) => Object.keys(limit))
    .filter((key) => key !== DEFAULT_KEY).length;
}

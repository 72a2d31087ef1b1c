/** Waves and the failure budget in a request. What can't be meant is refused, so that no wave waits for runtimes that never come. */
import { z } from 'zod';
import { ANY_OBJECT, fieldAt, type AddIssue } from '../input-checks.ts';
import { hasControls } from '../texts.ts';
import { givenWorkers, wholeNumber } from './number-schema.ts';
import {
  MOST_WAVES,
  REST_WAVE,
  type FailureBudget,
  type WaveApproval,
  type WaveRequest,
} from './orchestration-parameters.ts';
import { normalizeTargets, targetsSchema } from './selector-schema.ts';
import { SHORT_NAME, SHORT_NAME_ERROR } from './short-names.ts';

const MOST_RUNTIMES = 100_000;
/** 30 days. */
const LONGEST_SOAK_MINUTES = 43_200;
const SOAK_ERROR = `must be a number from 0 to ${LONGEST_SOAK_MINUTES.toLocaleString('en-US')}`;
/** 30 days. */
const LONGEST_QUESTION_HOURS = 720;
const MOST_GROUPS = 20;
const LONGEST_GROUP = 256;

const PERCENT_ERROR = 'must be a number above 0, up to 100';
const BUDGET_PERCENT_ERROR = 'must be a number from 0 to 100';

const group = z
  .string()
  .max(LONGEST_GROUP, { error: `must not be longer than ${LONGEST_GROUP} characters` })
  .refine((text) => text.trim() !== '' && !hasControls(text), {
    error: 'must be the name of a group, without control characters or broken Unicode',
  });

const approval = z
  .strictObject({
    groups: z
      .array(group)
      .min(1, { error: 'must name a group; leave it out for everybody who may change the orchestration' })
      .max(MOST_GROUPS, { error: `must not have more than ${MOST_GROUPS} groups` })
      .superRefine((groups, context) => {
        for (const [index, name] of groups.entries()) {
          if (groups.indexOf(name) === index) continue;
          context.addIssue({ code: 'custom', path: [index], message: 'must not be named twice' });
        }
      })
      .nullish()
      .meta({
        description:
          'Groups that may approve; by default everybody who may change the orchestration. They need not be admins.',
        examples: [['fleetApprovers']],
      }),
    notByCreator: z
      .boolean()
      .nullish()
      .meta({ description: 'Bars the person who created the orchestration; false by default.' }),
    expiresHours: wholeNumber(1, LONGEST_QUESTION_HOURS)
      .nullish()
      .meta({ description: 'Hours for an answer; without limit by default.', examples: [24] }),
  })
  .meta({ description: 'Who is asked once the wave is over, before the next one begins.' });

const wave = z
  .strictObject({
    name: z
      .string()
      .regex(SHORT_NAME, { error: SHORT_NAME_ERROR })
      .refine((name) => name !== REST_WAVE, {
        error: `must be another name: "${REST_WAVE}" is the wave of what no other takes`,
      })
      .meta({ description: 'Unique in the request.', examples: ['canary'] }),
    targets: targetsSchema
      .nullish()
      .meta({ description: 'Runtimes it may take, of those that the request selects; all by default.' }),
    percent: z
      .number({ error: PERCENT_ERROR })
      .gt(0, { error: PERCENT_ERROR })
      .max(100, { error: PERCENT_ERROR })
      .nullish()
      .meta({
        description:
          'Of all runtimes that its targets match, whatever earlier waves took, rounded up. Not with count.',
        examples: [2.5],
      }),
    count: wholeNumber(1, MOST_RUNTIMES)
      .nullish()
      .meta({ description: 'Runtimes it takes at most. Not with percent.', examples: [10] }),
    workers: givenWorkers(
      'Operations of the wave at the same time, when that is less than parallel.workers; 0 means not given.',
      2,
    ),
    soakMinutes: z
      .number({ error: SOAK_ERROR })
      .min(0, { error: SOAK_ERROR })
      .max(LONGEST_SOAK_MINUTES, { error: SOAK_ERROR })
      .nullish()
      .meta({ description: 'Minutes between its end and the next wave; 0, the default, is none.' }),
    approval: approval.nullish(),
  })
  .refine((given) => !isGiven(given.percent) || !isGiven(given.count), {
    error: 'must be left out beside percent: a wave has the one or the other',
    path: ['count'],
    ...ANY_OBJECT,
  });

type WaveInput = z.infer<typeof wave>;

/** Waves of a request, in their order. */
export const wavesSchema = z
  .array(wave)
  .max(MOST_WAVES, { error: `must not have more than ${MOST_WAVES} waves` })
  .superRefine((waves, context) => {
    const addIssue: AddIssue = (path, message) => context.addIssue({ code: 'custom', path, message });
    if (!Array.isArray(waves)) return;
    checkNames(waves, addIssue);
    checkReach(waves, addIssue);
  }, ANY_OBJECT)
  .nullish()
  .meta({
    description: `One after the other, at most ${MOST_WAVES}. A runtime belongs to the first wave that takes it, and to the last one, "${REST_WAVE}", when none does.`,
  });

export const failureBudgetSchema = z
  .strictObject({
    max: wholeNumber(0, MOST_RUNTIMES)
      .nullish()
      .meta({ description: 'Failures that are borne. Not with percent.', examples: [3] }),
    percent: z
      .number({ error: BUDGET_PERCENT_ERROR })
      .min(0, { error: BUDGET_PERCENT_ERROR })
      .max(100, { error: BUDGET_PERCENT_ERROR })
      .nullish()
      .meta({
        description: 'Of the runtimes in its scope, rounded down to failures that are borne.',
        examples: [1],
      }),
    scope: z
      .enum(['all', 'wave', ''], { error: 'must be "all" or "wave"' })
      .nullish()
      .meta({ description: 'Over all waves, the default, or for each wave by itself.', examples: ['all'] }),
    onExceeded: z
      .enum(['pause', 'cancel', ''], { error: 'must be "pause" or "cancel"' })
      .nullish()
      .meta({ description: 'By one failure more than are borne; pause by default.', examples: ['pause'] }),
    strict: z.boolean().nullish().meta({
      description: 'Starts only as many that it is exceeded by one at the most; false by default.',
    }),
  })
  .refine((given) => isGiven(given.max) || isGiven(given.percent), {
    error: 'must have a max or a percent',
    ...ANY_OBJECT,
  })
  .refine((given) => !isGiven(given.max) || !isGiven(given.percent), {
    error: 'must be left out beside max: a budget has the one or the other',
    path: ['percent'],
    ...ANY_OBJECT,
  })
  .nullish()
  .meta({ description: 'How many failures are borne; none is counted by default.' });

/** A budget for each wave needs waves. Takes a strategy of any shape. */
export function isScopeKnown(strategy: unknown): boolean {
  const waves = fieldAt(strategy, 'waves');
  const hasWaves = Array.isArray(waves) && waves.length > 0;
  return hasWaves || fieldAt(fieldAt(strategy, 'failureBudget'), 'scope') !== 'wave';
}

/** Without anything that was not given; undefined for none. */
export function toWaves(given: z.infer<typeof wavesSchema>): WaveRequest[] | undefined {
  return given?.length ? given.map(toWave) : undefined;
}

/** With defaults filled in; undefined for none. */
export function toFailureBudget(given: z.infer<typeof failureBudgetSchema>): FailureBudget | undefined {
  if (!given) return undefined;
  return {
    ...(isGiven(given.max) && { max: given.max }),
    ...(isGiven(given.percent) && { percent: given.percent }),
    scope: given.scope || 'all',
    onExceeded: given.onExceeded || 'pause',
    strict: given.strict ?? false,
  };
}

function toWave({ name, targets, percent, count, workers, soakMinutes, ...given }: WaveInput): WaveRequest {
  return {
    name,
    ...(targets && { targets: normalizeTargets(targets) }),
    ...(percent && { percent }),
    ...(count && { count }),
    ...(workers && { workers }),
    ...(soakMinutes && { soakMinutes }),
    ...(given.approval && { approval: toApproval(given.approval) }),
  };
}

function toApproval({ groups, notByCreator, expiresHours }: z.infer<typeof approval>): WaveApproval {
  return {
    ...(groups && { groups }),
    notByCreator: notByCreator ?? false,
    ...(expiresHours && { expiresHours }),
  };
}

function checkNames(waves: readonly unknown[], addIssue: AddIssue): void {
  const first = new Map<unknown, number>();
  for (const [index, entry] of waves.entries()) {
    const name = fieldAt(entry, 'name');
    const earlier = first.get(name);
    if (name !== undefined && earlier !== undefined)
      addIssue([index, 'name'], `must be another name than that of waves[${earlier}]`);
    else first.set(name, index);
  }
}

function checkReach(waves: readonly unknown[], addIssue: AddIssue): void {
  const last = waves.findIndex(takesEverything);
  if (last < 0) return;
  const message = `can never get a runtime: waves[${last}] takes everything that is left`;
  for (let index = last + 1; index < waves.length; index++) addIssue([index], message);
}

function takesEverything(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  if (isGiven(fieldAt(entry, 'percent')) || isGiven(fieldAt(entry, 'count'))) return false;
  const targets = fieldAt(entry, 'targets');
  return !isGiven(targets) || isWholeFleet(targets);
}

/** `target: all` beside other fields means these. */
function isWholeFleet(targets: unknown): boolean {
  const exclude = fieldAt(targets, 'exclude');
  if (isGiven(exclude) && !(Array.isArray(exclude) && exclude.length === 0)) return false;
  const include = fieldAt(targets, 'include');
  const entries: unknown[] = Array.isArray(include) ? include : [include];
  return entries.some((entry) => {
    if (typeof entry !== 'object' || entry === null) return false;
    const given = Object.entries(entry).filter(([, value]) => Boolean(value));
    return given.length === 1 && fieldAt(entry, 'target') === 'all';
  });
}

function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

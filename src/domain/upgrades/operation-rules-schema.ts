/** Rules for each operation in a request: tries, time, runtimes that are busy, and the checks before and after. */
import { z } from 'zod';
import { givenWholeNumber } from './number-schema.ts';
import { ON_BUSY, type OperationRules } from './orchestration-parameters.ts';

const MOST_ATTEMPTS = 5;
const DEFAULT_ATTEMPTS = 3;
const DEFAULT_BACKOFF_MINUTES = 10;
const DAY_MINUTES = 1_440;
/** 7 days. */
const LONGEST_OPERATION_MINUTES = 10_080;
/** Gardener lets a condition be `Progressing` for some minutes, and looks about once a minute. */
const DEFAULT_HEALTH_MINUTES = 15;

const BACKOFF_ERROR = `must be a number from 0 to ${DAY_MINUTES.toLocaleString('en-US')}`;
const HEALTH_ERROR = `must be a number above 0, up to ${DAY_MINUTES.toLocaleString('en-US')}`;

const retryPolicy = z
  .strictObject({
    attempts: givenWholeNumber(1, MOST_ATTEMPTS).meta({
      description: `Tries in all, 1 to ${MOST_ATTEMPTS}; 0 means the default, ${DEFAULT_ATTEMPTS}.`,
      examples: [3],
    }),
    backoffMinutes: z
      .number({ error: BACKOFF_ERROR })
      .min(0, { error: BACKOFF_ERROR })
      .max(DAY_MINUTES, { error: BACKOFF_ERROR })
      .nullish()
      .meta({
        description: `Minutes from the end of a try to the next one, which holds no worker meanwhile; ${DEFAULT_BACKOFF_MINUTES} by default.`,
        examples: [10],
      }),
  })
  .meta({ description: 'Failed upgrades are tried again by themselves; once only by default.' });

const checks = z
  .strictObject({
    health: z
      .boolean()
      .nullish()
      .meta({ description: 'Also looks at the health of the runtime; true by default.' }),
    healthTimeoutMinutes: z
      .number({ error: HEALTH_ERROR })
      .min(0, { error: HEALTH_ERROR })
      .max(DAY_MINUTES, { error: HEALTH_ERROR })
      .nullish()
      .meta({
        description: `Minutes in which it has to be healthy after its upgrade; 0 means the default, ${DEFAULT_HEALTH_MINUTES}.`,
        examples: [15],
      }),
  })
  .meta({
    description:
      'Looks at each runtime right before its upgrade and after it, where {} means all of that; nothing is looked at by default.',
  });

/** Fields of the strategy. */
export const operationRules = {
  retryPolicy: retryPolicy.nullish(),
  operationTimeoutMinutes: givenWholeNumber(1, LONGEST_OPERATION_MINUTES).meta({
    description: "Minutes that an operation may execute; 0 means the service's own limit.",
    examples: [240],
  }),
  onBusy: z
    .enum([...ON_BUSY, ''], { error: 'must be "wait" or "skip"' })
    .nullish()
    .meta({
      description:
        'An operation whose runtime somebody else works on waits, the default, or is canceled with that reason.',
      examples: ['wait'],
    }),
  checks: checks.nullish(),
};

type Given = z.infer<z.ZodObject<typeof operationRules>>;

/** Without anything that was not given; with defaults where a part of it was. */
export function toOperationRules(given: Given): OperationRules {
  const { operationTimeoutMinutes, onBusy } = given;
  return {
    ...(given.retryPolicy && { retryPolicy: toRetryPolicy(given.retryPolicy) }),
    ...(operationTimeoutMinutes && { operationTimeoutMinutes }),
    ...(onBusy && { onBusy }),
    ...(given.checks && { checks: toChecks(given.checks) }),
  };
}

function toRetryPolicy({
  attempts,
  backoffMinutes,
}: NonNullable<Given['retryPolicy']>): OperationRules['retryPolicy'] {
  return {
    attempts: attempts || DEFAULT_ATTEMPTS,
    backoffMinutes: backoffMinutes ?? DEFAULT_BACKOFF_MINUTES,
  };
}

function toChecks({ health, healthTimeoutMinutes }: NonNullable<Given['checks']>): OperationRules['checks'] {
  return { health: health ?? true, healthTimeoutMinutes: healthTimeoutMinutes || DEFAULT_HEALTH_MINUTES };
}

/** The strategy of an orchestration as clients see it. */
import { z } from '@hono/zod-openapi';
import { ON_BUSY, SCHEDULES } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { timestamp } from '../../../answers.ts';

const selectorSchema = z
  .object({
    target: z.literal('all').optional(),
    globalAccount: z.string().optional(),
    subAccount: z.string().optional(),
    region: z.string().optional(),
    planName: z.string().optional(),
    shoot: z.string().optional(),
    instanceID: z.string().optional(),
    runtimeID: z.string().optional(),
  })
  .openapi('Selector');

/** Which runtimes, always as lists. */
export const targetsSchema = z.object({
  include: z.array(selectorSchema),
  exclude: z.array(selectorSchema).optional(),
});

const waveSchema = z
  .object({
    name: z.string(),
    targets: targetsSchema.optional(),
    percent: z.number().optional(),
    count: z.int().optional(),
    workers: z.int().optional(),
    soakMinutes: z.number().optional(),
    approval: z
      .object({
        groups: z.array(z.string()).optional(),
        notByCreator: z.boolean(),
        expiresHours: z.int().optional(),
      })
      .optional(),
  })
  .openapi('WaveParameters', {
    description: 'A wave as it was asked for; one without targets, percent and count takes all that is left',
    example: { name: 'canary', percent: 2.5, soakMinutes: 60, approval: { notByCreator: true } },
  });

const failureBudgetSchema = z
  .object({
    max: z.int().optional(),
    percent: z.number().optional(),
    scope: z.enum(['all', 'wave']),
    onExceeded: z.enum(['pause', 'cancel']),
    strict: z.boolean(),
  })
  .openapi('FailureBudgetParameters', {
    description: 'How many failures are borne: a number, or a share of the runtimes in its scope',
    example: { percent: 1, scope: 'all', onExceeded: 'pause', strict: false },
  });

const limitSchema = z.union([z.int(), z.record(z.string(), z.int())]);

const limitsSchema = z
  .object({
    perRegion: limitSchema.optional(),
    perPlan: limitSchema.optional(),
    perGlobalAccount: limitSchema.optional(),
  })
  .openapi('LimitParameters', {
    description:
      'Operations at the same time: a number for all, or numbers by name, and a default for all others',
    example: { perRegion: { default: 50, 'eu-central-1': 10 }, perGlobalAccount: 1 },
  });

export const strategySchema = z.object({
  type: z.literal('parallel'),
  schedule: z.enum(SCHEDULES),
  parallel: z.object({ workers: z.int() }),
  until: timestamp.optional(),
  lane: z.string().optional(),
  waves: z.array(waveSchema).optional(),
  failureBudget: failureBudgetSchema.optional(),
  limits: limitsSchema.optional(),
  retryPolicy: z
    .object({ attempts: z.int(), backoffMinutes: z.number() })
    .optional()
    .openapi({ description: 'Tries of an operation before it counts as failed' }),
  operationTimeoutMinutes: z.int().optional(),
  onBusy: z.enum(ON_BUSY).optional(),
  checks: z
    .object({ health: z.boolean(), healthTimeoutMinutes: z.number() })
    .optional()
    .openapi({ description: 'The looks at a runtime right before its upgrade and after it' }),
});

/** An orchestration as clients see it (A46). */
import { z } from '@hono/zod-openapi';
import type {
  OperationStats,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import {
  ON_PLAN_CHANGE,
  ORCHESTRATION_TYPES,
  type OrchestrationParameters,
} from '../../../../domain/upgrades/orchestration-parameters.ts';
import { OPERATION_STATES, ORCHESTRATION_STATES } from '../../../../domain/upgrades/states.ts';
import type { InFlight } from '../../../../domain/upgrades/drain.ts';
import type { WaitingFor } from '../../../../domain/upgrades/waiting.ts';
import { timestamp } from '../../../answers.ts';
import { waitingFor } from '../waiting/waiting-answer.ts';
import { planChangesSchema, toPlanChanges } from './plan-changes-answer.ts';
import { controlShape, toControl } from './control-answer.ts';
import { strategySchema, targetsSchema } from './strategy-answer.ts';
import { progressSchema, toProgress } from './progress-answer.ts';

export const parametersSchema = z
  .object({
    targets: targetsSchema,
    strategy: strategySchema,
    dryRun: z.boolean(),
    restOf: z.uuid().optional(),
    kyma: z.object({ version: z.string() }).optional(),
    kubernetes: z
      .object({
        kubernetesVersion: z.string().optional(),
        machineImage: z.string().optional(),
        machineImageVersion: z.string().optional(),
      })
      .optional(),
    planHash: z.string().optional(),
    onPlanChange: z.enum(ON_PLAN_CHANGE).optional(),
  })
  .openapi('Parameters', { description: 'What was asked for, with every default filled in' });

/** The parameters that say what is upgraded to which version; all of them are those of the orchestration. */
export const versionsSchema = parametersSchema
  .pick({ kyma: true, kubernetes: true, dryRun: true })
  .openapi('UpgradeVersions', { description: 'What is upgraded to which version' });

export const orchestrationExample = {
  orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
  type: 'upgradeKyma',
  state: 'in progress',
  description: 'Scheduled 2 operations',
  waitingFor: null,
  progress: {
    ...{ done: 0, total: 2, failed: 0, inFlight: 1, unsent: 0 },
    ...{ inFlightSince: '2020-10-12T19:27:25.104113Z', drained: null, eta: null },
  },
  workers: 1,
  paused: false,
  pauses: [],
  revision: 0,
  observedRevision: 0,
  planChanges: null,
  createdAt: '2020-10-12T19:27:22.281515Z',
  createdBy: 'jane@example.com',
  reason: 'Security fix of Istio, CHG0042',
  updatedAt: '2020-10-12T19:27:22.281515Z',
  parameters: {
    targets: { include: [{ target: 'all' }] },
    strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } },
    dryRun: true,
    kyma: { version: '1.15.1' },
  },
  operationStats: { 'in progress': 1, pending: 1 },
};

export const orchestrationSchema = z
  .object({
    orchestrationID: z.uuid(),
    type: z.enum(ORCHESTRATION_TYPES),
    state: z.enum(ORCHESTRATION_STATES),
    description: z.string(),
    waitingFor,
    progress: progressSchema,
    ...controlShape,
    planChanges: planChangesSchema,
    createdAt: timestamp,
    createdBy: z.string().openapi({ description: 'Subject of the token that created it' }),
    reason: z.string().openapi({ description: 'Why, in the words of who created it; may be empty' }),
    updatedAt: timestamp,
    parameters: parametersSchema,
    operationStats: z.partialRecord(z.enum(OPERATION_STATES), z.int()).openapi({
      type: 'object',
      properties: Object.fromEntries(OPERATION_STATES.map((state) => [state, { type: 'integer' }])),
      description: 'How many operations are in each state; states that no operation is in are left out',
    }),
  })
  .openapi('Orchestration', { example: orchestrationExample });
export type OrchestrationAnswer = z.infer<typeof orchestrationSchema>;

export function toOrchestration(
  row: OrchestrationRow,
  stats: OperationStats | undefined,
  waits: WaitingFor | undefined,
  inFlight: InFlight | undefined,
): OrchestrationAnswer {
  return {
    orchestrationID: row.id,
    type: row.type,
    state: row.state,
    description: row.description,
    waitingFor: waits ?? null,
    progress: toProgress(row, stats, inFlight),
    ...toControl(row),
    planChanges: toPlanChanges(row.planChanges),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    reason: row.reason,
    updatedAt: row.updatedAt,
    parameters: row.parameters,
    operationStats: stats ?? {},
  };
}

export function toVersions({
  kyma,
  kubernetes,
  dryRun,
}: Pick<OrchestrationParameters, 'kyma' | 'kubernetes' | 'dryRun'>): z.infer<typeof versionsSchema> {
  return { ...(kyma && { kyma }), ...(kubernetes && { kubernetes }), dryRun };
}

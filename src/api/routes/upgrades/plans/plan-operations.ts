import { createRoute, z } from '@hono/zod-openapi';
import type { RolloutPlanOperationRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import { bearer, idParameter, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { findMadePlan } from './find-plan.ts';
import { planSource, toPlanSource } from './plan-answer.ts';

/** Without a name: the OpenAPI description of a named one can't be null anywhere. */
export const planOperation = z.object({
  runtimeID: z.string(),
  shootName: z.string(),
  globalAccountID: z.string(),
  subAccountID: z.string(),
  instanceID: z.string(),
  servicePlanID: z.string(),
  servicePlanName: z.string(),
  region: z.string(),
  wave: z.int().openapi({ description: 'Number of its wave, from 0; 0 without waves' }),
  window: z
    .object({
      begin: timestamp,
      latestStart: timestamp.openapi({ description: 'Nothing starts at this moment or later' }),
      end: timestamp.openapi({ description: 'No part of the window' }),
    })
    .nullable()
    .openapi({ description: 'Its next one when the plan was made; null for what begins at once' }),
  source: planSource.nullable().openapi({ description: 'Where the window comes from' }),
  projected: z.object({ begin: timestamp, end: timestamp }).nullable().openapi({
    description:
      'When it would be upgraded, in this window or a later one; null when no worker is free in its windows in time',
  }),
});

const planOperationSchema = z.object(planOperation.shape).openapi('PlanOperation', {
  example: {
    runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
    shootName: 'c-3a3xdaf',
    globalAccountID: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
    subAccountID: '39b19a66-2c1a-4fe4-a28e-6e5db434084e',
    instanceID: '0a9a4b9e-bb0c-4a2c-8a2c-7b3a4c0f6d11',
    servicePlanID: 'ca6e5357-707f-4565-bbbd-b3ab732597c6',
    servicePlanName: 'azure',
    region: 'westeurope',
    wave: 0,
    window: {
      begin: '2030-10-12T20:00:00.000000Z',
      latestStart: '2030-10-12T23:45:00.000000Z',
      end: '2030-10-13T00:00:00.000000Z',
    },
    source: { kind: 'rule', index: 0 },
    projected: { begin: '2030-10-12T20:00:00.000000Z', end: '2030-10-12T20:35:00.000000Z' },
  },
});
export type PlanOperationAnswer = z.infer<typeof planOperationSchema>;

const route = createRoute({
  method: 'get',
  path: '/plans/{planID}/operations',
  tags: ['plans'],
  summary: 'The operations that an orchestration with the request of the plan would have',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ planID: idParameter('planID', 'The plan') }),
    query: z.strictObject(pagingQuery),
  },
  responses: {
    200: {
      description: 'A page of operations, in the order of the inventory',
      content: {
        'application/json': { schema: envelopeSchema(planOperationSchema).openapi('PlanOperationPage') },
      },
    },
    ...problems('invalid-input', 'not-found', 'conflict'),
  },
});

export function registerPlanOperations(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { id } = await findMadePlan(deps, c.req.valid('param').planID);
    const { rows, total } = await deps.repositories.plans.listOperations(id, toPaging(c.req.valid('query')));
    return c.json(envelope(rows.map(toPlanOperation), total), 200);
  });
}

export function toPlanOperation(row: RolloutPlanOperationRow): PlanOperationAnswer {
  const { runtime, windowBegin, windowEnd, latestStart, source, projectedBegin, projectedEnd } = row;
  return {
    runtimeID: runtime.runtimeID,
    shootName: runtime.shootName,
    globalAccountID: runtime.globalAccountID,
    subAccountID: runtime.subAccountID,
    instanceID: runtime.instanceID,
    servicePlanID: runtime.servicePlanID,
    servicePlanName: runtime.servicePlanName,
    region: runtime.region,
    wave: row.wave,
    window:
      windowBegin !== null && windowEnd !== null && Date.parse(windowBegin) > 0
        ? { begin: windowBegin, latestStart: latestStart ?? windowEnd, end: windowEnd }
        : null,
    source: source && toPlanSource(source),
    projected:
      projectedBegin !== null && projectedEnd !== null ? { begin: projectedBegin, end: projectedEnd } : null,
  };
}

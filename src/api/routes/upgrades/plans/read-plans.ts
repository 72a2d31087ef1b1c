import { createRoute, z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { findPlan } from './find-plan.ts';
import { planSchema, toPlan } from './plan-answer.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/plans',
  tags: ['plans'],
  summary: 'The plans that are kept, newest first',
  description:
    'The newest 20, and older ones while orchestrations that were created with them wait for their turn.',
  security: bearer,
  middleware: [permits('read')],
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: {
      description: 'A page of plans',
      content: { 'application/json': { schema: envelopeSchema(planSchema).openapi('PlanPage') } },
    },
    ...problems('invalid-input'),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: '/plans/{planID}',
  tags: ['plans'],
  summary: 'One plan',
  security: bearer,
  middleware: [permits('read')],
  request: { params: z.object({ planID: idParameter('planID', 'The plan') }), query: noQuery },
  responses: {
    200: { description: 'The plan', content: { 'application/json': { schema: planSchema } } },
    ...problems('invalid-input', 'not-found'),
  },
});

export function registerReadPlans(api: Api, deps: AppDependencies): void {
  api.openapi(listRoute, async (c) => {
    const { rows, total } = await deps.repositories.plans.list(toPaging(c.req.valid('query')));
    return c.json(envelope(rows.map(toPlan), total), 200);
  });
  api.openapi(getRoute, async (c) => {
    const row = await findPlan(deps, c.req.valid('param').planID);
    if (row.state === 'making') await poke(c, deps, row.id);
    return c.json(toPlan(row), 200);
  });
}

/** The process that wrote the row may have died before it told the engine. */
async function poke(c: ApiContext, deps: AppDependencies, planID: string): Promise<void> {
  try {
    await deps.orchestrations.makePlan(planID, { wait: false });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error, planID }, 'the plan is made later');
  }
}

import { createRoute, z } from '@hono/zod-openapi';
import { BURN_UP_POINTS } from '../../../../domain/upgrades/burn-up.ts';
import { bearer, idParameter, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { findOrchestration } from './find-orchestration.ts';

const lineSchema = z
  .array(
    z.object({
      at: z.iso.datetime(),
      count: z.int().min(0).openapi({ description: 'Operations that have ended by then' }),
    }),
  )
  .max(BURN_UP_POINTS + 1);

const burnUpSchema = z
  .object({
    orchestrationID: z.uuid(),
    total: z
      .int()
      .min(0)
      .nullable()
      .openapi({ description: 'All of its operations; null until they are planned' }),
    planned: lineSchema.openapi({
      description:
        'As it was estimated when it had its plan, from that moment on; empty before. Below the total in the end when some find no window in time',
    }),
    actual: lineSchema.openapi({
      description:
        'Succeeded, failed or canceled, whichever they have ended with; one that is retried has not ended, nor has one that was canceled before it began',
    }),
    neverBegan: z.int().min(0).openapi({
      description: 'Canceled before they began, as by a stop or a skip: the actual line leaves them out',
    }),
  })
  .openapi('BurnUp', {
    example: {
      orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
      total: 3,
      planned: [
        { at: '2026-03-02T22:00:00.000Z', count: 0 },
        { at: '2026-03-02T22:30:00.000Z', count: 2 },
        { at: '2026-03-02T23:00:00.000Z', count: 3 },
      ],
      actual: [{ at: '2026-03-02T22:41:07.000Z', count: 1 }],
      neverBegan: 0,
    },
  });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/burn-up',
  tags: ['orchestrations'],
  summary: 'How many of its operations were to end by when, and how many have',
  description: `Two lines of at most ${BURN_UP_POINTS} points each, beside the first one of the plan; between two points nothing is said.`,
  security: bearer,
  middleware: [permits('read')],
  request: { params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }) },
  responses: {
    200: { description: 'Both lines', content: { 'application/json': { schema: burnUpSchema } } },
    ...problems('invalid-input', 'not-found'),
  },
});

export function registerBurnUp(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { id } = await findOrchestration(deps, c.req.valid('param').orchestrationID);
    return c.json({ orchestrationID: id, ...(await deps.repositories.rollouts.burnUp(id)) }, 200);
  });
}

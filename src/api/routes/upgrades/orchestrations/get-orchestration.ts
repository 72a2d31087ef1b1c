import { createRoute, z } from '@hono/zod-openapi';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { findOrchestration } from './find-orchestration.ts';
import { orchestrationSchema, toOrchestration, toPendingOrchestration } from './orchestration.ts';

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}',
  tags: ['orchestrations'],
  summary: 'The status of one orchestration',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: noQuery,
  },
  responses: {
    200: {
      description: 'The orchestration',
      content: { 'application/json': { schema: orchestrationSchema } },
    },
    ...problems('invalid-input', 'not-found', 'engine-unavailable'),
  },
});

/** A14: one that the engine has accepted and the database does not have yet is pending. */
export function registerGetOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const found = await findOrchestration(deps, orchestrationID);
    if (found.kind === 'unwritten') return c.json(toPendingOrchestration(found.request), 200);
    const stats = await deps.repositories.operations.stats([orchestrationID]);
    return c.json(toOrchestration(found.row, stats.get(orchestrationID)), 200);
  });
}

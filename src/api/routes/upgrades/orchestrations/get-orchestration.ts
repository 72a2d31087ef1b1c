import { createRoute, z } from '@hono/zod-openapi';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { waitsOfOrchestrations } from '../waiting/orchestration-waits.ts';
import { findOrchestration } from './find-orchestration.ts';
import { orchestrationSchema, toOrchestration } from './orchestration.ts';

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
    ...problems('invalid-input', 'not-found'),
  },
});

/** A14. */
export function registerGetOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const row = await findOrchestration(deps, orchestrationID);
    const stats = await deps.repositories.operations.stats([orchestrationID]);
    const waits = await waitsOfOrchestrations(deps, [row], stats);
    return c.json(toOrchestration(row, stats.get(row.id), waits.get(row.id)), 200);
  });
}

import { createRoute, z } from '@hono/zod-openapi';
import { OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { bearer, idParameter, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, stateQuery, toPaging } from '../../../paging.ts';
import { findWithPauseOfAll } from '../orchestrations/find-orchestration.ts';
import { waitsOfOperations } from '../waiting/operation-waits.ts';
import { operationSchema, toOperation } from './operation.ts';

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/operations',
  tags: ['operations'],
  summary: 'The operations that an orchestration has scheduled, in plan order',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: z.strictObject({ ...pagingQuery, state: stateQuery(OPERATION_STATES) }),
  },
  responses: {
    200: {
      description: 'A page of operations',
      content: { 'application/json': { schema: envelopeSchema(operationSchema).openapi('OperationPage') } },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A16, A53, A54. */
export function registerListOperations(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const query = c.req.valid('query');
    const orchestration = await findWithPauseOfAll(deps, orchestrationID);
    const { rows, total } = await deps.repositories.operations.list(
      orchestrationID,
      { states: query.state },
      toPaging(query),
    );
    const waitOf = await waitsOfOperations(deps, orchestration, rows);
    const answers = rows.map((row) => toOperation(row, orchestration, waitOf(row)));
    return c.json(envelope(answers, total), 200);
  });
}

import { createRoute, z } from '@hono/zod-openapi';
import { WAITING_CODES } from '../../../../domain/upgrades/waiting-codes.ts';
import { OPERATION_STATES } from '../../../../domain/upgrades/states.ts';
import { bearer, idParameter, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import {
  envelope,
  envelopeSchema,
  oneOfQuery,
  pagingQuery,
  searchQuery,
  stateQuery,
  textsQuery,
  toPaging,
} from '../../../paging.ts';
import { findWithPauseOfAll } from '../orchestrations/find-orchestration.ts';
import { rowsThatWaitFor, waitsOfOperations } from '../waiting/operation-waits.ts';
import { operationSchema, toOperation } from './operation.ts';

const cause = z
  .string({ error: 'must be given once' })
  .regex(/^[0-9a-f]{32}$/, 'must be the `cause` of an entry of …/failures')
  .optional()
  .openapi({ description: 'Only those that have failed for this cause, as …/failures names it' });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/operations',
  tags: ['operations'],
  summary: 'The operations that an orchestration has scheduled, in plan order',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: z.strictObject({
      ...pagingQuery,
      state: stateQuery(OPERATION_STATES),
      search: searchQuery(
        'Only those with this text, in capitals or not, in the name of the Shoot, an ID of theirs, of the runtime, the instance or an account, the region or the plan',
      ),
      wave: textsQuery('Only those of the wave with this name; none for a name that no wave has'),
      waitingFor: oneOfQuery(
        WAITING_CODES,
        'Only those that wait for this, now or after what they wait for first',
      ),
      cause,
    }),
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
      {
        states: query.state,
        search: query.search,
        waves: query.wave,
        cause: query.cause,
        ...(query.waitingFor && {
          waiting: await rowsThatWaitFor(deps, orchestration, query.waitingFor),
        }),
      },
      toPaging(query),
    );
    const waitOf = await waitsOfOperations(deps, orchestration, rows);
    const answers = rows.map((row) => toOperation(row, orchestration, waitOf(row)));
    return c.json(envelope(answers, total), 200);
  });
}

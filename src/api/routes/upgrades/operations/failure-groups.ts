import { createRoute, z } from '@hono/zod-openapi';
import { FAILURE_CODES } from '../../../../domain/errors.ts';
import { bearer, idParameter, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { findOrchestration } from '../orchestrations/find-orchestration.ts';

const failureSchema = z
  .object({
    cause: z.string().openapi({
      description: 'Stands for code and message; GET …/operations?cause= lists all operations that have it',
    }),
    code: z.enum(FAILURE_CODES).nullable(),
    message: z.string().openapi({ description: 'Without names, IDs, times and numbers' }),
    example: z.string().openapi({ description: 'The message of one of them, as it is' }),
    count: z.int().min(1),
    first: timestamp,
    last: timestamp,
    operations: z
      .array(z.object({ operationID: z.uuid(), runtimeID: z.string(), shootName: z.string() }))
      .openapi({ description: 'The first ten, in plan order' }),
  })
  .openapi('FailureCause', {
    example: {
      cause: '9e107d9d372bb6826bd81d3542a419d6',
      code: 'UPGRADE_FAILED',
      message: 'The Provisioner reports that the upgrade failed: <shoot> has <n> of <n> nodes',
      example: 'The Provisioner reports that the upgrade failed: c-3a3xdaf has 2 of 3 nodes',
      count: 5,
      first: '2020-10-12T19:27:22.281515Z',
      last: '2020-10-12T21:02:11.004000Z',
      operations: [
        {
          operationID: 'c4aa1f4b-be2a-4e8d-90e6-edd00194aaa9',
          runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
          shootName: 'c-3a3xdaf',
        },
      ],
    },
  });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/failures',
  tags: ['operations'],
  summary: 'The causes of what has failed, the most frequent first',
  description: 'Of operations that are failed now; one that is tried again is none of them.',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: z.strictObject(pagingQuery),
  },
  responses: {
    200: {
      description: 'A page of causes',
      content: {
        'application/json': {
          schema: envelopeSchema(failureSchema)
            .extend({
              others: z.int().min(0).openapi({
                description: 'Failures of too many different kinds to be told apart: beyond 20,000 texts',
              }),
            })
            .openapi('FailurePage'),
        },
      },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

export function registerFailures(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { id } = await findOrchestration(deps, c.req.valid('param').orchestrationID);
    const paging = toPaging(c.req.valid('query'));
    const { rows, total, others } = await deps.repositories.rollouts.failures(id, paging);
    return c.json({ ...envelope(rows, total), others }, 200);
  });
}

import { createRoute, z } from '@hono/zod-openapi';
import { ORCHESTRATION_STATES } from '../../../../domain/upgrades/states.ts';
import { bearer, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import {
  BARE_LIST_SIZE,
  envelope,
  envelopeSchema,
  pagingQuery,
  stateQuery,
  toPaging,
} from '../../../paging.ts';
import { orchestrationSchema, toOrchestration } from './orchestration.ts';

const route = createRoute({
  method: 'get',
  path: '/orchestrations',
  tags: ['orchestrations'],
  summary: 'All orchestrations, newest first',
  description: `Without \`page\` and \`page_size\` a bare array of at most the newest ${BARE_LIST_SIZE}; with one of them an envelope.`,
  security: bearer,
  middleware: [permits('read')],
  request: { query: z.strictObject({ ...pagingQuery, state: stateQuery(ORCHESTRATION_STATES) }) },
  responses: {
    200: {
      description: 'The orchestrations',
      headers: {
        'X-Total-Count': {
          description: 'How many there are in all',
          schema: { type: 'integer' },
          required: true,
        },
      },
      content: {
        'application/json': {
          schema: z.union([
            z.array(orchestrationSchema),
            envelopeSchema(orchestrationSchema).openapi('OrchestrationPage'),
          ]),
        },
      },
    },
    ...problems('invalid-input'),
  },
});

/** A13, A52. */
export function registerListOrchestrations(api: Api, deps: AppDependencies): void {
  const { orchestrations, operations } = deps.repositories;
  api.openapi(route, async (c) => {
    const query = c.req.valid('query');
    const bare = query.page === undefined && query.page_size === undefined;
    const paging = bare ? { page: 1, pageSize: BARE_LIST_SIZE } : toPaging(query);
    const { rows, total } = await orchestrations.list({ states: query.state }, paging);
    const stats = await operations.stats(rows.map(({ id }) => id));
    const answers = rows.map((row) => toOrchestration(row, stats.get(row.id)));
    c.header('X-Total-Count', String(total));
    return c.json(bare ? answers : envelope(answers, total), 200);
  });
}

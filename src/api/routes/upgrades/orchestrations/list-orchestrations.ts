import { createRoute, z } from '@hono/zod-openapi';
import type { Page } from '../../../../db/repositories/repository-types.ts';
import type {
  OrchestrationRepository,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { ORCHESTRATION_STATES } from '../../../../domain/upgrades/states.ts';
import { bearer, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { instantQuery } from '../../../given-instant.ts';
import { permits } from '../../../middleware/authorization.ts';
import {
  BARE_LIST_SIZE,
  envelope,
  envelopeSchema,
  pagingQuery,
  stateQuery,
  toPaging,
} from '../../../paging.ts';
import { withPauseOfAll } from '../queue/paused-rows.ts';
import { waitsOfOrchestrations } from '../waiting/orchestration-waits.ts';
import { inFlightOf } from './progress-answer.ts';
import { orchestrationSchema, toOrchestration } from './orchestration.ts';

/** Characters of the parameters in a list without paging. */
const BARE_LIST_CHARACTERS = 8 * 1024 * 1024;
/** Rows read at once: of the largest ones, 50 MB. */
const CHUNK = 50;

const route = createRoute({
  method: 'get',
  path: '/orchestrations',
  tags: ['orchestrations'],
  summary: 'All orchestrations, newest first',
  description: `Without \`page\` and \`page_size\` a bare array of at most the newest ${BARE_LIST_SIZE}, or fewer when their parameters are very long: as many as together have some ${BARE_LIST_CHARACTERS / 1024 / 1024} MB. With one of them an envelope.`,
  security: bearer,
  middleware: [permits('read')],
  request: {
    query: z.strictObject({
      ...pagingQuery,
      state: stateQuery(ORCHESTRATION_STATES),
      failedSince: instantQuery(
        'Only those that have ended from this time on with failures, RFC 3339: failed ones, and canceled ones of which an operation has failed',
      ),
    }),
  },
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
    const filter = { states: query.state, failedSince: query.failedSince };
    const { rows: found, total } = bare
      ? await newest(orchestrations, filter)
      : await orchestrations.list(filter, toPaging(query));
    const rows = await withPauseOfAll(deps, found);
    const stats = await operations.stats(rows.map(({ id }) => id));
    const waits = await waitsOfOrchestrations(deps, rows, stats);
    const inFlight = await inFlightOf(deps, rows, stats);
    const answers = rows.map((row) =>
      toOrchestration(row, stats.get(row.id), waits.get(row.id), inFlight.get(row.id)),
    );
    c.header('X-Total-Count', String(total));
    return c.json(bare ? answers : envelope(answers, total), 200);
  });
}

/**
 * The newest ones, as many as the bare list may have, read in chunks until their parameters fill the answer: those of a
 * request can have a megabyte. The newest one is always there.
 */
async function newest(
  orchestrations: OrchestrationRepository,
  filter: Parameters<OrchestrationRepository['list']>[0],
): Promise<Page<OrchestrationRow>> {
  const rows = new Map<string, OrchestrationRow>();
  let size = 0;
  for (let page = 1; ; page += 1) {
    const chunk = await orchestrations.list(filter, { page, pageSize: CHUNK });
    for (const row of chunk.rows) {
      size += JSON.stringify(row.parameters).length;
      const isFull = rows.size === BARE_LIST_SIZE || (rows.size > 0 && size > BARE_LIST_CHARACTERS);
      if (isFull) return { rows: [...rows.values()], total: chunk.total };
      // An orchestration that was created meanwhile moves the others: they come twice.
      rows.set(row.id, row);
    }
    if (chunk.rows.length < CHUNK) return { rows: [...rows.values()], total: chunk.total };
  }
}

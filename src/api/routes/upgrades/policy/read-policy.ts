import { createRoute, z } from '@hono/zod-openapi';
import { EMPTY_POLICY } from '../../../../domain/upgrades/maintenance-policy.ts';
import { bearer, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging, wholeNumber } from '../../../paging.ts';
import { ProblemError } from '../../../problem.ts';
import {
  inWrittenOrder,
  POLICY_PATH,
  policySchema,
  tagHeader,
  tagOf,
  toVersion,
  versionSchema,
} from './policy-document.ts';

/** Largest integer of PostgreSQL. */
const MOST_VERSION = 2_147_483_647;

const getRoute = createRoute({
  method: 'get',
  path: POLICY_PATH,
  tags: ['maintenance policy'],
  summary: 'The maintenance policy',
  description:
    'The one that holds, which is empty while none was stored; or an older version. `ETag` is what PUT takes as `If-Match`.',
  security: bearer,
  middleware: [permits('read')],
  request: {
    query: z.strictObject({
      version: wholeNumber(MOST_VERSION).openapi({
        type: 'integer',
        minimum: 1,
        maximum: MOST_VERSION,
        description: 'That one, in place of the one that holds',
      }),
    }),
  },
  responses: {
    200: {
      description: 'The policy, with defaults filled in',
      headers: tagHeader,
      content: { 'application/json': { schema: policySchema } },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

const listRoute = createRoute({
  method: 'get',
  path: `${POLICY_PATH}/versions`,
  tags: ['maintenance policy'],
  summary: 'All versions of the maintenance policy, newest first: who stored them, when and why',
  security: bearer,
  middleware: [permits('read')],
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: {
      description: 'A page of versions',
      content: {
        'application/json': { schema: envelopeSchema(versionSchema).openapi('PolicyVersionPage') },
      },
    },
    ...problems('invalid-input'),
  },
});

export function registerReadPolicy(api: Api, deps: AppDependencies): void {
  const { policies } = deps.repositories;
  api.openapi(getRoute, async (c) => {
    const { version } = c.req.valid('query');
    const row = version === undefined ? await policies.current() : await policies.find(version);
    if (!row && version !== undefined) {
      const message = `The policy has no version ${version}; GET ${POLICY_PATH}/versions lists those that exist`;
      throw new ProblemError('not-found', message);
    }
    c.header('ETag', tagOf(row));
    return c.json(inWrittenOrder(row?.policy ?? EMPTY_POLICY), 200);
  });
  api.openapi(listRoute, async (c) => {
    const { rows, total } = await policies.list(toPaging(c.req.valid('query')));
    return c.json(envelope(rows.map(toVersion), total), 200);
  });
}

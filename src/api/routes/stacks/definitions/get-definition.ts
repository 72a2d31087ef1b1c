import { createRoute, z } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { nameIn, nameParameters, showStack, stackContent } from './find-definition.ts';

const route = createRoute({
  method: 'get',
  path: '/orchestration/{container}/{user}/{name}',
  tags: ['stacks'],
  summary: 'One stack: its definition and its status',
  security: bearer,
  middleware: [permits('read')],
  request: { params: z.object(nameParameters), query: noQuery },
  responses: {
    200: { description: 'The stack', content: stackContent },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A78. */
export function registerGetStack(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => c.json(await showStack(c, deps, nameIn(c.req.valid('param'))), 200));
}

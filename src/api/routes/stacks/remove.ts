import { createRoute, z } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../answers.ts';
import type { Api, AppDependencies } from '../../dependencies.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { askStack, findStack, mustBeAccepted, nameParameters } from './find.ts';

const route = createRoute({
  method: 'delete',
  path: '/orchestration/{container}/{user}/{name}',
  tags: ['stacks'],
  summary: 'Delete a stopped stack',
  security: bearer,
  middleware: [permits('write')],
  request: { params: z.object(nameParameters), query: noQuery },
  responses: {
    204: { description: 'It is gone' },
    ...problems('invalid-input', 'not-found', 'conflict', 'engine-unavailable'),
  },
});

/** A73, A74. */
export function registerRemoveStack(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { name } = await findStack(deps, c.req.valid('param'));
    const actor = principalOf(c).subject;
    mustBeAccepted(await askStack(deps, name, (gateway) => gateway.remove(name, actor)), name);
    c.var.logger.info({ stack: name }, 'stack removed');
    return c.body(null, 204);
  });
}

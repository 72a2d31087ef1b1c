import { createRoute, z } from '@hono/zod-openapi';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { askStack, findStack, mustBeAccepted, nameParameters } from './find-definition.ts';

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

/** A73, A74. The answer for a stack that is gone by now is the same, whoever has removed it. */
export function registerRemoveStack(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { name, createdAt } = await findStack(deps, c.req.valid('param'));
    const actor = principalOf(c).subject;
    const outcome = await askStack(deps, name, (gateway) => gateway.remove(name, actor));
    // A worker that dies when the row is gone, and before it can say so, leaves one that knows of nothing.
    const isGone =
      outcome.kind === 'unknown' && (await deps.repositories.stacks.find(name))?.createdAt !== createdAt;
    if (!isGone) mustBeAccepted(outcome, name);
    c.var.logger.info({ stack: name }, 'stack removed');
    return c.body(null, 204);
  });
}

import { createRoute, z } from '@hono/zod-openapi';
import { DESIRED_STATES } from '../../../../domain/stacks/statuses.ts';
import { bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { limitsBody } from '../../../middleware/json-body.ts';
import { readBody } from '../definitions/definition-body.ts';
import { askStack, mustBeAccepted, nameParameters } from '../definitions/find-definition.ts';
import { instanceSchema, toInstance } from './object.ts';
import { findObject } from './read-objects.ts';

const desiredSchema = z
  .strictObject({
    desired_state: z.enum(DESIRED_STATES, { error: `must be one of: ${DESIRED_STATES.join(', ')}` }),
  })
  .openapi('InstanceChange', { example: { desired_state: 'shutdown' } });

const route = createRoute({
  method: 'put',
  path: '/instance/{container}/{user}/{name}',
  tags: ['objects'],
  summary: 'Shut one instance down, or let it run again',
  description: 'It keeps its network and storage. Its stack is then in warning, or shut_down once all are.',
  security: bearer,
  middleware: [permits('write'), limitsBody('send desired_state alone')],
  request: {
    params: z.object(nameParameters),
    query: noQuery,
    body: {
      required: true,
      content: inStackTypes({ schema: { $ref: '#/components/schemas/InstanceChange' } }),
    },
  },
  responses: {
    200: { description: 'The instance as it stands now', content: inStackTypes({ schema: instanceSchema }) },
    ...problems(
      'malformed-body',
      'invalid-input',
      'not-found',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'engine-unavailable',
    ),
  },
});

/** A82, A85. */
export function registerSetInstance(api: Api, deps: AppDependencies): void {
  api.openAPIRegistry.register('InstanceChange', desiredSchema);
  api.openapi(route, async (c) => {
    const parts = c.req.valid('param');
    const { desired_state: desired } = await readBody(c, desiredSchema);
    const { stack, name } = await findObject(deps, 'launchplan', parts);
    const request = { instance: name, desired, actor: principalOf(c).subject };
    const outcome = await askStack(deps, stack, (gateway) => gateway.setInstance(stack, request));
    mustBeAccepted(outcome, name, '/instance/');
    c.var.logger.info({ stack, object: name, desired }, 'state of an instance asked for');
    return c.json(toInstance(await findObject(deps, 'launchplan', parts), c.var.baseURL), 200);
  });
}

import { createRoute, z } from '@hono/zod-openapi';
import type { StackObjectRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { DESIRED_STATES } from '../../../../domain/stacks/statuses.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import type { Api, ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { limitsBody } from '../../../middleware/json-body.ts';
import { readBody } from '../definitions/definition-body.ts';
import { askStack, mustBeAccepted, nameParameters, type NameParts } from '../definitions/find-definition.ts';
import { instanceSchema, toInstance, toInstanceByID } from './object.ts';
import { findObject, instanceIDParameters } from './read-objects.ts';

/** The answer of GET may be sent again: of it, only the desired state is read. */
const desiredSchema = z
  .looseObject({
    desired_state: z.enum(DESIRED_STATES, { error: `must be one of: ${DESIRED_STATES.join(', ')}` }),
  })
  .openapi('InstanceChange', { example: { desired_state: 'shutdown' } });

function routeAt<T extends z.ZodRawShape>(path: string, params: T, summary: string) {
  return createRoute({
    method: 'put',
    path,
    tags: ['objects'],
    summary,
    description:
      'It keeps its network and storage. Its stack is then in warning, or shut_down once all are. Fields beside `desired_state` are ignored, so that what GET answered can be sent again.',
    security: bearer,
    middleware: [permits('write'), limitsBody('send desired_state alone')],
    request: {
      params: z.object(params),
      query: noQuery,
      body: {
        required: true,
        content: inStackTypes({ schema: { $ref: '#/components/schemas/InstanceChange' } }),
      },
    },
    responses: {
      200: {
        description: 'The instance as it stands now',
        content: inStackTypes({ schema: instanceSchema }),
      },
      ...problems(...BODY_PROBLEMS, 'not-found', 'conflict', 'engine-unavailable'),
    },
  });
}

const byName = routeAt(
  '/instance/{container}/{user}/{name}',
  nameParameters,
  'Shut one instance down, or let it run again',
);
const byID = routeAt(
  '/instance/{container}/{user}/{name}/{id}',
  instanceIDParameters,
  'The same for an instance that is known by its ID, too',
);

/** A82, A85. */
export function registerSetInstance(api: Api, deps: AppDependencies): void {
  api.openAPIRegistry.register('InstanceChange', desiredSchema);
  api.openapi(byName, async (c) =>
    c.json(toInstance(await setInstance(c, deps, c.req.valid('param')), c.var.baseURL), 200),
  );
  api.openapi(byID, async (c) =>
    c.json(toInstanceByID(await setInstance(c, deps, c.req.valid('param')), c.var.baseURL), 200),
  );
}

/** Asks for the desired state; answers the row as it stands then. */
async function setInstance(
  c: ApiContext,
  deps: AppDependencies,
  parts: NameParts & { id?: string },
): Promise<StackObjectRow> {
  const { desired_state: desired } = await readBody(c, desiredSchema);
  const { stack, name } = await findObject(deps, 'launchplan', parts);
  const request = { instance: name, desired, actor: principalOf(c).subject };
  const outcome = await askStack(deps, stack, (gateway) => gateway.setInstance(stack, request));
  mustBeAccepted(outcome, name, '/instance/');
  c.var.logger.info({ stack, object: name, desired }, 'state of an instance asked for');
  return await findObject(deps, 'launchplan', parts);
}

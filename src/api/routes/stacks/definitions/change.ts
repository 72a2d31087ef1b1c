import { isDeepStrictEqual } from 'node:util';
import { createRoute, z } from '@hono/zod-openapi';
import { STACK_ACTIONS, type StackAction, type StackStatus } from '../../../../domain/stacks/statuses.ts';
import { prepareDefinition } from '../../../../domain/stacks/prepared-plan.ts';
import { stackDefinitionSchema } from '../../../../domain/stacks/definition-schema.ts';
import { BODY_PROBLEMS, bearer, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { definitionBody, readBody, readNoBody, stackBodyLimit } from './definition-body.ts';
import {
  findStack,
  mustBeAccepted,
  nameParameters,
  askStack,
  nameIn,
  showStack,
  stackContent,
  type NameParts,
} from './find-definition.ts';
import { nestingCheck } from './nesting.ts';

const actionQuery = z
  .string({ error: 'must be given once' })
  .transform((action) => action.toUpperCase())
  .pipe(z.enum(STACK_ACTIONS, { error: `must be one of: ${STACK_ACTIONS.join(', ')}` }))
  .optional()
  .openapi({
    type: 'string',
    enum: [...STACK_ACTIONS],
    description: 'What to do, in upper or lower case; the body is then empty or `{}`',
  });

const route = createRoute({
  method: 'put',
  path: '/orchestration/{container}/{user}/{name}',
  tags: ['stacks'],
  summary: 'Start, stop, shut down or restart a stack, or give it a new definition',
  description:
    'With `action` the stack begins to do it; its status shows how it goes. Without, the body is the new definition: while the stack is stopped or scheduled anything but its name may change, while it runs only `ha_policy`, and whole object plans may be added or removed.',
  security: bearer,
  middleware: [permits('write'), stackBodyLimit],
  request: {
    params: z.object(nameParameters),
    query: z.strictObject({ action: actionQuery }),
    body: { ...definitionBody, required: false },
  },
  responses: {
    200: { description: 'The stack as it stands now', content: stackContent },
    ...problems(...BODY_PROBLEMS, 'not-found', 'conflict', 'engine-unavailable'),
  },
});

/** A69 to A77; A59 for a new definition. */
export function registerChangeStack(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const parts = c.req.valid('param');
    const { action } = c.req.valid('query');
    const begun = action ? await act(c, deps, parts, action) : await define(c, deps, parts);
    return c.json(await showStack(c, deps, nameIn(parts), begun), 200);
  });
}

async function act(
  c: ApiContext,
  deps: AppDependencies,
  parts: NameParts,
  action: StackAction,
): Promise<StackStatus> {
  await readNoBody(c);
  // The row first: the engine would start a workflow for whatever name it is asked about.
  const { name } = await findStack(deps, parts);
  const actor = principalOf(c).subject;
  const begun = mustBeAccepted(
    await askStack(deps, name, (gateway) => gateway.act(name, { action, actor })),
    name,
  );
  c.var.logger.info({ stack: name, action }, 'action accepted');
  return begun;
}

/** The revision is stored first; the workflow makes it the definition, or refuses it and it is forgotten. */
async function define(c: ApiContext, deps: AppDependencies, parts: NameParts): Promise<StackStatus> {
  const definition = await readBody(c, stackDefinitionSchema);
  const { name, status, definition: standing } = await findStack(deps, parts);
  if (definition.name !== name) {
    const message = `must be ${name}, as in the path; a name cannot be changed`;
    throw new ProblemError('invalid-input', `name ${message}`, { errors: [{ path: 'name', message }] });
  }
  // As it is stored: what says the same in every way is welcome in every status, and begins nothing.
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(definition)), standing)) return status;
  const prepared = prepareDefinition(definition, deps.randomUUID());
  await withinDatabaseLimit(
    deps.repositories.stacks.storeRevision(name, prepared, nowOf(deps), nestingCheck(definition)),
    READ_LIMIT_MS,
  );
  const { revision, plan } = prepared;
  const actor = principalOf(c).subject;
  const outcome = await askStack(deps, name, (gateway) => gateway.define(name, { revision, plan, actor }));
  if (outcome.kind !== 'accepted') {
    await withinDatabaseLimit(deps.repositories.stacks.forgetRevision(revision), READ_LIMIT_MS);
  }
  const begun = mustBeAccepted(outcome, name);
  c.var.logger.info({ stack: name, revision }, 'definition accepted');
  return begun;
}

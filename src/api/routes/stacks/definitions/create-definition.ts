import { createRoute } from '@hono/zod-openapi';
import type { StackRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { prepareDefinition } from '../../../../domain/stacks/prepared-plan.ts';
import { stackDefinitionSchema } from '../../../../domain/stacks/definition-schema.ts';
import type { StackDefinition } from '../../../../domain/stacks/definition.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { assertSameRequest, idempotencyHeader, requestHash } from '../../../idempotency.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinStartLimit, withinDatabaseLimit } from '../../../time-limit.ts';
import { newDefinitionBody, readBody, stackBodyLimit } from './definition-body.ts';
import { showStack, stackContent } from './find-definition.ts';
import { nestingCheck } from './nesting.ts';
import { stackURI } from './stack.ts';

const route = createRoute({
  method: 'post',
  path: '/orchestration/',
  tags: ['stacks'],
  summary: 'Add a stack',
  description:
    'It is stopped at first: nothing is created before a START. Fields that only the service writes are ignored, so that what a GET answered can be sent again.',
  security: bearer,
  middleware: [permits('write'), stackBodyLimit],
  request: { query: noQuery, headers: idempotencyHeader, body: newDefinitionBody },
  responses: {
    201: {
      description: 'The stack',
      headers: {
        Location: {
          description: 'Where it can be read',
          schema: { type: 'string', format: 'uri' },
          required: true,
        },
      },
      content: stackContent,
    },
    ...problems(...BODY_PROBLEMS, 'conflict', 'idempotency-key-reused'),
  },
});

/** A59, A63, A67, A68. The row is what counts: with the engine away the stack is added all the same. */
export function registerCreateStack(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const definition = await readBody(c, stackDefinitionSchema);
    const name = await addOnce(c, deps, definition, c.req.valid('header')['Idempotency-Key']);
    await startWorkflowIfPossible(c, deps, name);
    c.header('Location', stackURI(name, c.var.baseURL));
    return c.json(await showStack(c, deps, name), 201);
  });
}

/** The name of the stack that this request, or the same one before, has added. */
async function addOnce(
  c: ApiContext,
  deps: AppDependencies,
  definition: StackDefinition,
  idempotencyKey: string | undefined,
): Promise<string> {
  const createdBy = principalOf(c).subject;
  const hash = requestHash(definition);
  const findEarlier = async (): Promise<StackRow | undefined> =>
    idempotencyKey === undefined
      ? undefined
      : await deps.repositories.stacks.findByIdempotencyKey(createdBy, idempotencyKey);
  const earlier = await findEarlier();
  if (earlier) return sameRequest(earlier, hash);
  const row = await withinDatabaseLimit(
    deps.repositories.stacks.add(
      {
        ...prepareDefinition(definition, deps.randomUUID()),
        createdBy,
        createdAt: nowOf(deps),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hash }),
      },
      nestingCheck(definition),
    ),
    READ_LIMIT_MS,
  );
  if (row) return row.name;
  // The same request may have come twice at once.
  const meanwhile = await findEarlier();
  if (meanwhile) return sameRequest(meanwhile, hash);
  throw new ProblemError(
    'conflict',
    `An orchestration named ${definition.name} exists; choose another name, or change it by PUT /orchestration${definition.name}`,
  );
}

function sameRequest({ name, requestHash: known }: StackRow, hash: string): string {
  assertSameRequest(known, hash, `the orchestration ${name}, which another request added`);
  return name;
}

async function startWorkflowIfPossible(c: ApiContext, deps: AppDependencies, name: string): Promise<void> {
  try {
    await withinStartLimit(deps.stackGateway.ensure(name));
  } catch (error) {
    c.var.logger.warn({ err: error, stack: name }, 'the workflow of the stack starts with its first action');
  }
}

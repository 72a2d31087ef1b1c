/**
 * Bodies about stacks. They are parsed here and not by the route's own validator: that one takes the digit in
 * `oracle-compute-v3` for no JSON and would let such a body pass without looking at it.
 */
import type { z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { STACK_ACTIONS } from '../../../../domain/stacks/statuses.ts';
import type { ApiContext, ApiEnv } from '../../../api-dependencies.ts';
import { inStackTypes, STACK_BODY_TYPES } from '../../../media-types.ts';
import { limitsBody } from '../../../middleware/json-body.ts';
import { invalidInput } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';

/** For definitions, and for actions, which are sent to the same path. */
export const stackBodyLimit: MiddlewareHandler<ApiEnv> = limitsBody((c) =>
  c.req.query('action') === undefined ? 'divide the orchestration into several ones' : 'an action needs none',
);

/** For requests that say everything in their path. */
export const noBodyLimit: MiddlewareHandler<ApiEnv> = limitsBody('this request needs none');

const definition = { $ref: '#/components/schemas/OrchestrationDefinition' };

/** A definition as a body, for the OpenAPI document; registerStacks puts it there. */
export const newDefinitionBody = { required: true, content: inStackTypes({ schema: definition }) };

/** The same where an action may take its place, which needs no body and permits an empty object. */
export const definitionBody = {
  description: 'Without `action` the new definition, which is then required; with `action` nothing or `{}`.',
  required: false,
  content: inStackTypes({
    schema: {
      oneOf: [definition, { type: 'object' as const, maxProperties: 0, description: 'With `action` alone.' }],
    },
  }),
};

/** The body, parsed. Throws ProblemError unsupported-media-type, malformed-body, invalid-input. */
export async function readBody<T extends z.ZodType>(c: ApiContext, schema: T): Promise<z.output<T>> {
  const text = await c.req.text();
  const missing = text.trim() === '' ? missingBody(c) : undefined;
  checkContentType(c, missing === undefined ? '' : `; it is empty: ${missing}`);
  if (missing !== undefined) throw new ProblemError('malformed-body', `The body is empty: ${missing}`);
  const parsed = schema.safeParse(parseJSON(text));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

/** For requests that say everything in their path: nothing or `{}` may be sent (A69). */
export async function readNoBody(c: ApiContext): Promise<void> {
  const text = await c.req.text();
  if (text.trim() === '') return;
  checkContentType(c);
  const body = parseJSON(text);
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
  if (isEmpty && !Array.isArray(body)) return;
  throw new ProblemError('invalid-input', 'The body must be empty or {} for this request', {
    errors: [{ path: '', message: 'must be empty or {} for this request' }],
  });
}

/** A request to a stack without a definition has most likely forgotten to say which action is meant. */
function missingBody(c: ApiContext): string | undefined {
  if (c.req.method !== 'PUT' || !c.req.path.startsWith('/orchestration/')) return undefined;
  const actions = `${STACK_ACTIONS.slice(0, -1).join(', ')} or ${STACK_ACTIONS.at(-1)}`;
  return `for an action add ?action= with ${actions} to the path`;
}

function checkContentType(c: ApiContext, hint = ''): void {
  const given = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (STACK_BODY_TYPES.some((type) => type === given)) return;
  const types = STACK_BODY_TYPES.join(', ');
  throw new ProblemError(
    'unsupported-media-type',
    `Send the body as Content-Type: ${STACK_BODY_TYPES.join(' or ')}${hint}`,
    { headers: { Accept: types, ...(c.req.method === 'POST' ? { 'Accept-Post': types } : {}) } },
  );
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProblemError(
      'malformed-body',
      'The body is not valid JSON; check its quotes, commas and braces',
      { cause: error },
    );
  }
}

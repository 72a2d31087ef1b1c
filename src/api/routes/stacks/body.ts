/**
 * Bodies about stacks. They are parsed here and not by the route's own validator: that one takes the digit in
 * `oracle-compute-v3` for no JSON and would let such a body pass without looking at it.
 */
import type { z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { ApiContext, ApiEnv } from '../../dependencies.ts';
import { inStackTypes, STACK_BODY_TYPES } from '../../media-types.ts';
import { limitsBody } from '../../middleware/body.ts';
import { invalidInput } from '../../middleware/problem-details.ts';
import { ProblemError } from '../../problem.ts';

export const stackBodyLimit: MiddlewareHandler<ApiEnv> = limitsBody(
  'divide the orchestration into several ones',
);

/** A definition as a body, for the OpenAPI document; registerDefinition puts it there. */
export const definitionBody = {
  required: true,
  content: inStackTypes({ schema: { $ref: '#/components/schemas/OrchestrationDefinition' } }),
};

/** The body, parsed. Throws ProblemError unsupported-media-type, malformed-body, invalid-input. */
export async function readBody<T extends z.ZodType>(c: ApiContext, schema: T): Promise<z.output<T>> {
  checkContentType(c);
  const parsed = schema.safeParse(parseJSON(await c.req.text()));
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

function checkContentType(c: ApiContext): void {
  const given = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (STACK_BODY_TYPES.some((type) => type === given)) return;
  const types = STACK_BODY_TYPES.join(', ');
  throw new ProblemError(
    'unsupported-media-type',
    `Send the body as Content-Type: ${STACK_BODY_TYPES.join(' or ')}`,
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

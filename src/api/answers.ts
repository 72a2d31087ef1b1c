/** The answers that several routes have in common, for the OpenAPI document. */
import { z } from '@hono/zod-openapi';
import { PROBLEM_CONTENT_TYPE, describeProblem, problemSchema, type ProblemCode } from './problem.ts';

const DESCRIPTIONS: Record<ProblemCode, string> = {
  'malformed-body': 'The body is not JSON',
  'invalid-input': 'Something in the request is not valid; `errors` names each field',
  unauthenticated: 'No token and no session, or one that is not accepted',
  'sign-in-failed': 'The issuer, or the browser that came from it, did not bring what was asked for',
  forbidden: 'The token or the session is valid, but its groups do not permit this',
  'not-same-origin': 'A change with the cookie of a session that does not come from a page of this service',
  'not-found': 'Nothing has this ID or name; one that cannot be any gets this answer too',
  'login-not-configured': 'Signing in by a browser is off',
  'method-not-allowed': 'The path takes another method',
  conflict: 'The state does not permit this, or the name is taken',
  'precondition-failed':
    'Another version holds than the one that `If-Match` names; `detail` says who stored it, and `ETag` is its version',
  'body-too-large': 'The body is larger than this request may be; `detail` has the limit',
  'unsupported-media-type': 'The content type is another one, or missing',
  'idempotency-key-reused': 'The same Idempotency-Key came with another request before',
  'precondition-required': 'The header `If-Match` is missing',
  'engine-unavailable':
    'The workflow engine is away; nothing was stored. Try again after the seconds in Retry-After',
  'database-unavailable': 'The database is away. Try again after the seconds in Retry-After',
  'issuer-unavailable': 'The token issuer is away. Try again after the seconds in Retry-After',
  'outside-system-unavailable': 'An outside system is away. Try again after the seconds in Retry-After',
  'too-many-streams': 'Too many event streams are open. Try again after the seconds in Retry-After',
  internal: 'A fault of the service; its log has the request ID',
};

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof problemSchema; example: unknown } };
}

/** Responses by status for these problems and for those that every protected route may answer. */
export function problems(...codes: ProblemCode[]): Record<number, ProblemResponse> {
  return openProblems(
    ...codes,
    'unauthenticated',
    'forbidden',
    'not-same-origin',
    'database-unavailable',
    'issuer-unavailable',
  );
}

/** Responses by status for these problems, of a route that needs no token. */
export function openProblems(...codes: ProblemCode[]): Record<number, ProblemResponse> {
  const all: ProblemCode[] = [...codes, 'internal'];
  const responses: Record<number, ProblemResponse> = {};
  for (const code of all) {
    const { status, title } = describeProblem(code);
    const known = responses[status];
    responses[status] = {
      description: known ? `${known.description}. Or: ${DESCRIPTIONS[code]}` : DESCRIPTIONS[code],
      content: known?.content ?? {
        [PROBLEM_CONTENT_TYPE]: {
          schema: problemSchema,
          example: {
            type: `urn:drydock:problem:${code}`,
            title,
            status,
            detail: DESCRIPTIONS[code],
            instance: '/orchestrations',
            requestID: '4a1c6f0e-6d8c-4f0b-9d0e-1f5f6d1b7a52',
            message: DESCRIPTIONS[code],
          },
        },
      },
    };
  }
  return responses;
}

/** The problems of a body of JSON that is parsed and checked. */
export const BODY_PROBLEMS = [
  'malformed-body',
  'invalid-input',
  'body-too-large',
  'unsupported-media-type',
] as const satisfies readonly ProblemCode[];

/** Every route but those about the service itself needs a token, or the cookie of a session. */
export const bearer: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

/** A UUID in the path. One that is not a UUID is answered by 404. */
export const idParameter = (name: string, description: string) =>
  z
    .uuid()
    .transform((id) => id.toLowerCase())
    .openapi({
      param: { name, in: 'path' },
      type: 'string',
      format: 'uuid',
      description: `${description}. One that is no UUID is unknown, too: 404`,
      example: '07089b96-8e31-49a4-96d0-f8288253c804',
    });

export const timestamp = z.string().openapi({
  format: 'date-time',
  description: 'RFC 3339, UTC',
  example: '2020-10-12T19:27:22.281515Z',
});

/** For a route without query parameters: one that is given means something to its sender, and is named in a 400. */
export const noQuery = z.strictObject({});

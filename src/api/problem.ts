/** Every answer that is not a success: RFC 9457 problem details, from a closed union of codes. */
import { z } from '@hono/zod-openapi';
import type { InputIssue } from '../domain/issues.ts';

export const PROBLEM_CODES = [
  'malformed-body',
  'invalid-input',
  'unauthenticated',
  'sign-in-failed',
  'forbidden',
  'not-same-origin',
  'not-found',
  'login-not-configured',
  'method-not-allowed',
  'conflict',
  'precondition-failed',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'precondition-required',
  'engine-unavailable',
  'database-unavailable',
  'issuer-unavailable',
  'outside-system-unavailable',
  'too-many-streams',
  'internal',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 428 | 500 | 503;

/** Thrown by middleware and handlers; `detail` is shown to the caller and says what to do next. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly errors?: InputIssue[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: ProblemCode,
    detail: string,
    options: { errors?: InputIssue[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/** The HTTP status and the title of a code. A code without a case does not compile. */
export function describeProblem(code: ProblemCode): { status: ProblemStatus; title: string } {
  switch (code) {
    case 'malformed-body':
      return { status: 400, title: 'The body cannot be read' };
    case 'invalid-input':
      return { status: 400, title: 'The request is not valid' };
    case 'unauthenticated':
      return { status: 401, title: 'A valid token is needed' };
    case 'sign-in-failed':
      return { status: 401, title: 'Signing in did not work' };
    case 'forbidden':
      return { status: 403, title: 'The token does not permit this' };
    case 'not-same-origin':
      return { status: 403, title: 'The request does not come from a page of this service' };
    case 'not-found':
      return { status: 404, title: 'Not found' };
    case 'login-not-configured':
      return { status: 404, title: 'Signing in is not set up' };
    case 'method-not-allowed':
      return { status: 405, title: 'Method not allowed' };
    case 'conflict':
      return { status: 409, title: 'The state does not permit this' };
    case 'precondition-failed':
      return { status: 412, title: 'Another version holds' };
    case 'body-too-large':
      return { status: 413, title: 'The body is too large' };
    case 'unsupported-media-type':
      return { status: 415, title: 'Unsupported media type' };
    case 'idempotency-key-reused':
      return { status: 422, title: 'The idempotency key belongs to another request' };
    case 'precondition-required':
      return { status: 428, title: 'The version that is to be replaced is not named' };
    case 'engine-unavailable':
    case 'database-unavailable':
    case 'issuer-unavailable':
    case 'outside-system-unavailable':
    case 'too-many-streams':
      return { status: 503, title: 'Temporarily unavailable' };
    case 'internal':
      return { status: 500, title: 'Internal error' };
  }
}

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:drydock:problem:invalid-input' }),
    title: z.string().openapi({ example: 'The request is not valid' }),
    status: z.int().openapi({ example: 400 }),
    detail: z
      .string()
      .openapi({ example: 'strategy.parallel.workers must be a whole number from 1 to 1,000' }),
    instance: z.string().openapi({
      format: 'uri-reference',
      description: 'Path of the request, encoded',
      example: '/upgrade/kyma',
    }),
    requestID: z.string().openapi({ description: 'Stands in the log of the service too' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'For bad input: everything that is wrong, each with its place' }),
    message: z.string().openapi({
      description: 'The same as `detail`, where the clients of stacks look for it',
      example: 'strategy.parallel.workers must be a whole number from 1 to 1,000',
    }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof problemSchema>;

/** The body of the answer to a problem. */
export function problemBody(
  error: Pick<ProblemError, 'code' | 'message' | 'errors'>,
  request: { path: string; requestID: string },
): Problem {
  const { status, title } = describeProblem(error.code);
  return {
    type: `urn:drydock:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: request.path,
    requestID: request.requestID,
    ...(error.errors ? { errors: error.errors } : {}),
    // Everywhere: who misspells the first part of a path is a client of stacks, too.
    message: error.message,
  };
}

import type { Hook } from '@hono/zod-openapi';
import type { ErrorHandler, NotFoundHandler } from 'hono';
import { METHOD_NAME_ALL } from 'hono/router';
import { HTTPException } from 'hono/http-exception';
import { formatIssues } from '../../domain/issues.ts';
import { FinalError, UnavailableError } from '../../domain/errors.ts';
import type { Api, ApiContext, ApiEnv } from '../api-dependencies.ts';
import { describeProblem, PROBLEM_CONTENT_TYPE, ProblemError, problemBody } from '../problem.ts';

const RETRY_AFTER_SECONDS = '5';
const MOST_ERRORS_IN_DETAIL = 3;

/**
 * Turns whatever a handler threw into problem details. What is not known is logged whole and answered with nothing of it.
 */
export const onError: ErrorHandler<ApiEnv> = (error, c) => {
  const problem = toProblem(error);
  if (problem.code === 'internal') c.var.logger.error({ err: error }, 'request failed');
  else if (describeProblem(problem.code).status === 503) {
    c.var.logger.warn({ reason: problem.message, causes: causesOf(error) }, 'an outside system is away');
  }
  return answerProblem(c, problem);
};

/** One line for what is expected to happen: messages alone. */
function causesOf(error: Error): string[] {
  const messages: string[] = [];
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (!messages.includes(cause.message)) messages.push(cause.message);
  }
  return messages;
}

/** For a path that nothing is at; a slash is named where it alone is in the way. */
export function onNotFound(api: Api): NotFoundHandler<ApiEnv> {
  return (c) => {
    const { path } = c.req;
    const isOnlySlash = path.endsWith('/') && hasRoute(api, c.req.method, path.slice(0, -1));
    const hint = isOnlySlash ? 'leave out the slash at its end' : 'see /docs for the API';
    return answerProblem(c, new ProblemError('not-found', `There is nothing at this path; ${hint}`));
  };
}

/** Middleware, which is registered for all methods, answers nothing by itself. */
function hasRoute(api: Api, method: string, path: string): boolean {
  const [handlers] = api.router.match(method === 'HEAD' ? 'GET' : method, path);
  return handlers.some(([[, route]]) => route.method !== METHOD_NAME_ALL);
}

/** For Hono's methodNotAllowed middleware. */
export function onMethodNotAllowed(c: ApiContext, methods: string[]): Response {
  const allow = methods.join(', ');
  const { method, path } = c.req;
  // Lists with details, and what is added to them, end with a slash; lists of names do not.
  const hint = method === 'POST' && path === '/orchestration' ? `; ${method} goes to ${path}/` : '';
  return answerProblem(
    c,
    new ProblemError('method-not-allowed', `This path takes ${allow}${hint}`, { headers: { Allow: allow } }),
  );
}

/** Answer of the validators of all routes to input that does not parse. */
export const onInvalidInput: Hook<unknown, ApiEnv, string, undefined> = (result, c) => {
  if (result.success) return undefined;
  // An ID that is not a UUID is an ID that nothing has.
  if (result.target === 'param') throw unknownID(c.req.path.startsWith('/plans/') ? '/plans' : undefined);
  throw invalidInput(result.error, result.target === 'query' ? 'parameter' : 'field');
};

/** 400 that names everything that does not parse. */
export function invalidInput(...about: Parameters<typeof formatIssues>): ProblemError {
  const errors = formatIssues(...about);
  const detail = errors.map(({ path, message }) =>
    path === '' ? `The body ${message}` : `${path} ${message}`,
  );
  return new ProblemError('invalid-input', detail.slice(0, MOST_ERRORS_IN_DETAIL).join('; '), { errors });
}

/** 404 for an ID that nothing has. */
export function unknownID(list: '/orchestrations' | '/plans' = '/orchestrations'): ProblemError {
  return new ProblemError('not-found', `Nothing has this ID; GET ${list} lists those that exist`);
}

/** Sends problem details; usable outside of a handler too. */
export function answerProblem(c: ApiContext, problem: ProblemError): Response {
  const body = problemBody(problem, {
    path: instanceOf(c.req.url),
    requestID: c.var.requestId,
  });
  return c.body(JSON.stringify(body), describeProblem(problem.code).status, {
    ...problem.headers,
    'Content-Type': PROBLEM_CONTENT_TYPE,
  });
}

/** The path as it was sent, a valid URI reference: what the sender left unencoded is encoded here (RFC 3986). */
function instanceOf(url: string): string {
  return new URL(url).pathname
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
    .replace(/[^\w\-.~!$&'()*+,;=:@/%]/g, encodeURIComponent)
    .replace(/^\/{2,}/, '/');
}

function toProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof UnavailableError) return unavailable(error);
  if (isHangUp(error)) {
    return new ProblemError('malformed-body', 'The connection ended before the body was complete', {
      cause: error,
    });
  }
  if (error instanceof HTTPException && error.status === 400) {
    return new ProblemError(
      'malformed-body',
      'The body is not valid JSON; check its quotes, commas and braces',
      {
        cause: error,
      },
    );
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new ProblemError('unsupported-media-type', 'See /docs for the content type of this request', {
      cause: error,
    });
  }
  if (error instanceof FinalError)
    return new ProblemError('internal', 'Stored data cannot be read; see the log', { cause: error });
  return new ProblemError(
    'internal',
    'Something went wrong inside of the service; its log has this request ID',
    {
      cause: error,
    },
  );
}

/** Node's error for a client that goes away while it sends its body: no fault of the service. */
function isHangUp(error: Error): boolean {
  return error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET';
}

function unavailable(error: UnavailableError): ProblemError {
  const options = { headers: { 'Retry-After': RETRY_AFTER_SECONDS }, cause: error };
  switch (error.system) {
    case 'engine':
      // Said by us, and more than that it is away: what to do when only the workers are.
      return new ProblemError('engine-unavailable', error.message, options);
    case 'database':
      return new ProblemError(
        'database-unavailable',
        'The database does not answer; try again in a few seconds',
        options,
      );
    case 'issuer':
      return new ProblemError(
        'issuer-unavailable',
        'The token issuer does not answer; try again in a few seconds',
        options,
      );
    case 'inventory':
    case 'provisioner':
    case 'overrides':
    case 'objects':
      return new ProblemError(
        'outside-system-unavailable',
        `The ${error.system} does not answer; try again in a few seconds`,
        options,
      );
  }
}

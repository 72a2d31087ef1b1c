import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from '../dependencies.ts';
import { ProblemError } from '../problem.ts';

/** Room for the IDs of some 15,000 runtimes; well below the 2 MB that Temporal takes as one payload. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** Refuses a body of more than BODY_LIMIT_BYTES; `advice` says what to do instead. */
export function limitsBody(advice: string | ((c: ApiContext) => string)): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (c: ApiContext) => {
      const instead = typeof advice === 'string' ? advice : advice(c);
      throw new ProblemError(
        'body-too-large',
        `The body may have at most ${BODY_LIMIT_BYTES} bytes; ${instead}`,
      );
    },
  });
}

const limit = limitsBody('name fewer targets');

/** Bounds the body and asks for its content type; a missing one would skip the validation of the body. */
export function accepts(contentType: string): MiddlewareHandler<ApiEnv>[] {
  const check = createMiddleware<ApiEnv>(async (c, next) => {
    const given = (c.req.header('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase();
    if (given !== contentType) {
      throw new ProblemError('unsupported-media-type', `Send the body as Content-Type: ${contentType}`, {
        headers: { 'Accept-Post': contentType },
      });
    }
    await next();
  });
  return [check, limit];
}

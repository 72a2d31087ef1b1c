import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { ApiContext, ApiEnv } from '../api-dependencies.ts';
import { JSON_TYPE } from '../media-types.ts';
import { ProblemError } from '../problem.ts';

/** Room for the IDs of some 15,000 runtimes; well below the 2 MB that Temporal takes as one payload. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** Refuses a compressed body, and one of more than `maxSize` bytes; `advice` says what to do instead. */
export function limitsBody(
  advice: string | ((c: ApiContext) => string),
  maxSize = BODY_LIMIT_BYTES,
): MiddlewareHandler<ApiEnv> {
  const limit = bodyLimit({
    maxSize,
    onError: (c: ApiContext) => {
      const instead = typeof advice === 'string' ? advice : advice(c);
      throw new ProblemError('body-too-large', `The body may have at most ${maxSize} bytes; ${instead}`);
    },
  });
  return (c, next) => {
    checkEncoding(c);
    return limit(c, next);
  };
}

/** A compressed body would be taken for broken JSON. */
function checkEncoding(c: ApiContext): void {
  const encoding = (c.req.header('Content-Encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return;
  throw new ProblemError('unsupported-media-type', 'Send the body as it is, without Content-Encoding', {
    headers: { 'Accept-Encoding': 'identity' },
  });
}

const limitOfTargets = limitsBody('name fewer targets');

function mediaTypeOf({ req }: ApiContext): string {
  return (req.header('Content-Type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** As `accepts`, where a request may also come without any body. */
export function acceptsAtMost(
  contentType: string,
  limit: MiddlewareHandler<ApiEnv>,
): MiddlewareHandler<ApiEnv>[] {
  return accepts(contentType, limit).map((check) =>
    createMiddleware<ApiEnv>(async (c, next) => {
      return hasBody(c) ? await check(c, next) : await next();
    }),
  );
}

/** Where a body is more than the wire contract has: clients that know it alone may send anything, which is no body unless it says that it is JSON. */
export function toleratesBody(limit: MiddlewareHandler<ApiEnv>): MiddlewareHandler<ApiEnv>[] {
  const dropOthers = createMiddleware<ApiEnv>(async (c, next) => {
    if (mediaTypeOf(c) !== JSON_TYPE || (await c.req.text()).trim() === '') {
      const headers = new Headers(c.req.raw.headers);
      headers.delete('Content-Type');
      c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
    }
    await next();
  });
  return [limit, dropOthers];
}

/** HTTP/1.1 announces a body by one of these; without any, the server has an empty stream in place of it. */
function hasBody({ req }: ApiContext): boolean {
  const length = req.header('Content-Length') ?? '0';
  return (
    length !== '0' || ['Content-Type', 'Transfer-Encoding'].some((name) => req.header(name) !== undefined)
  );
}

/** Bounds the body and asks for its content type; a missing one would skip the validation of the body. */
export function accepts(contentType: string, limit = limitOfTargets): MiddlewareHandler<ApiEnv>[] {
  const check = createMiddleware<ApiEnv>(async (c, next) => {
    if (mediaTypeOf(c) !== contentType) {
      throw new ProblemError('unsupported-media-type', `Send the body as Content-Type: ${contentType}`, {
        headers: { [c.req.method === 'POST' ? 'Accept-Post' : 'Accept']: contentType },
      });
    }
    await next();
  });
  return [check, limit];
}

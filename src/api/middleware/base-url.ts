import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from '../api-dependencies.ts';

/**
 * Beginning of absolute addresses in answers: the URL that clients know, or scheme and host of the request. Behind a
 * proxy these are others than the ones that were sent.
 */
export function baseURL(publicURL: string | undefined) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('baseURL', publicURL ?? new URL(c.req.url).origin);
    await next();
  });
}

/** Absolute addresses of this service, for answers. */
import { contextStorage, tryGetContext } from 'hono/context-storage';
import { createMiddleware } from 'hono/factory';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './dependencies.ts';

/**
 * Lets links begin with the URL that clients know, without a slash at its end: behind a proxy the request has another
 * scheme, host or path than the one that was sent.
 */
export function linksBeginWith(publicURL: string): MiddlewareHandler<ApiEnv>[] {
  const remember = createMiddleware<ApiEnv>(async (c, next) => {
    c.set('publicURL', publicURL);
    await next();
  });
  return [contextStorage(), remember];
}

/** Where a path of this service is reached, absolute. `requestURL` serves when no public URL was given. */
export function linkTo(path: string, requestURL: string): string {
  const publicURL = tryGetContext<ApiEnv>()?.var.publicURL;
  return publicURL === undefined ? new URL(path, requestURL).href : publicURL + path;
}

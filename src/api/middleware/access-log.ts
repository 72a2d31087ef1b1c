import { createMiddleware } from 'hono/factory';
import type { Logger } from 'pino';
import type { ApiEnv } from '../api-dependencies.ts';

/** Health checks come every few seconds: only their failures are worth a line. */
const QUIET = /^\/(healthz|readyz|metrics)$/;

/**
 * One line for each answer, and a logger with the request's ID in the context. The query is left out: it is the caller's.
 */
export function accessLog(logger: Logger, clock: () => number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const begin = clock();
    c.set('logger', logger.child({ requestID: c.var.requestId }));
    await next();
    const { status } = c.res;
    const level = status >= 500 ? 'error' : QUIET.test(c.req.path) ? 'debug' : 'info';
    c.var.logger[level](
      { method: c.req.method, path: c.req.path, status, milliseconds: clock() - begin },
      'request',
    );
  });
}

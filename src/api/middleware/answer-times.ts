import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { Histogram, type Registry } from 'prom-client';
import type { ApiEnv } from '../api-dependencies.ts';

/** Answer times by route, for Prometheus. The route and never the path is a label: IDs would make one series each. */
export function timeAnswers(registry: Registry, clock: () => number) {
  const seconds = new Histogram({
    name: 'drydock_http_request_duration_seconds',
    help: 'Time from a request to its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers: [registry],
  });
  return createMiddleware<ApiEnv>(async (c, next) => {
    const begin = clock();
    await next();
    const labels = { method: c.req.method, route: routePath(c, -1), status: String(c.res.status) };
    seconds.observe(labels, (clock() - begin) / 1000);
  });
}

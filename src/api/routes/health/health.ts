import { createRoute, z } from '@hono/zod-openapi';
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import type { Issuer } from '../../authentication/issuer.ts';
import { within } from '../../time-limit.ts';

const LIMIT_MS = 3_000;

const check = z.object({
  status: z.enum(['up', 'down']),
  reason: z.string().optional(),
});
const readySchema = z
  .object({
    status: z.enum(['ready', 'not ready']),
    checks: z.object({ engine: check, database: check, issuer: check }),
    outside: z
      .record(z.string(), z.object({ status: z.enum(['up', 'down', 'unknown']) }))
      .describe(
        'What upgrades need, as it was found within the last minutes; it does not make the API less ready',
      ),
  })
  .openapi('Readiness', {
    example: {
      status: 'ready',
      checks: { engine: { status: 'up' }, database: { status: 'up' }, issuer: { status: 'up' } },
      outside: { inventory: { status: 'up' }, overrides: { status: 'up' }, provisioner: { status: 'down' } },
    },
  });

const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['service'],
  summary: 'Whether this process lives',
  security: [],
  responses: {
    200: {
      description: 'It does',
      content: { 'application/json': { schema: z.object({ status: z.literal('ok') }).openapi('Health') } },
    },
  },
});

const readyContent = { 'application/json': { schema: readySchema } };
const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['service'],
  summary: 'Whether everything that a request needs is there',
  security: [],
  responses: {
    200: { description: 'Engine, database and issuer answer', content: readyContent },
    503: { description: 'Something does not; `checks` says what', content: readyContent },
  },
});

/** For load balancers and container engines. */
export function registerHealth(api: Api, deps: AppDependencies, issuer: Issuer): void {
  api.openapi(healthRoute, (c) => c.json({ status: 'ok' as const }, 200));
  api.openapi(readyRoute, async (c) => {
    const look = async (name: string, ping: () => Promise<void>): Promise<z.infer<typeof check>> => {
      try {
        await within(LIMIT_MS, ping(), () => new Error(`No answer within ${LIMIT_MS} ms`));
        return { status: 'up' };
      } catch (error) {
        // The address of an outside system is nobody's business outside: the log has the rest.
        c.var.logger.warn({ err: error, system: name }, 'not ready');
        return { status: 'down', reason: `The ${name} does not answer` };
      }
    };
    const [engine, database, issuerCheck] = await Promise.all([
      look('engine', () => deps.orchestrations.ping()),
      look('database', () => deps.repositories.ping()),
      look('issuer', () => issuer.ping()),
    ]);
    const checks = { engine, database, issuer: issuerCheck };
    const outside = deps.outside?.() ?? {};
    c.header('Cache-Control', 'no-store');
    return Object.values(checks).every(({ status }) => status === 'up')
      ? c.json({ status: 'ready' as const, checks, outside }, 200)
      : c.json({ status: 'not ready' as const, checks, outside }, 503);
  });
}

import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { ApiEnv } from '../api-dependencies.ts';

/** Nobody looks for traces of these. */
const QUIET = /^\/(healthz|readyz|metrics)$/;

/**
 * A span for each request, in the trace of the caller when it names one; does nothing while traces are off. What else a caller may want to hand on
 * (baggage) ends here: it would reach the Provisioner, from anybody.
 */
export const requestSpans = createMiddleware<ApiEnv>(async (c, next) => {
  if (QUIET.test(c.req.path)) return next();
  const { method } = c.req;
  const traceparent = c.req.header('traceparent');
  const parent = propagation.extract(context.active(), { traceparent });
  const tracer = trace.getTracer('drydock');
  const attributes = { 'http.request.method': method, 'drydock.request_id': c.var.requestId };
  await tracer.startActiveSpan(method, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
    try {
      await next();
    } finally {
      const route = routePath(c, -1);
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': c.res.status });
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
  });
});

/** The REST API: createApp puts middleware and routes together and opens no socket. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { Registry } from 'prom-client';
import { createIssuer } from './authentication/issuer.ts';
import { createSessions } from './authentication/sessions.ts';
import type { Api, ApiEnv, AppDependencies } from './api-dependencies.ts';
import { createEventStreams } from './event-stream/event-streams.ts';
import { accessLog } from './middleware/access-log.ts';
import { authentication } from './middleware/authentication.ts';
import { baseURL } from './middleware/base-url.ts';
import { timeAnswers } from './middleware/answer-times.ts';
import { requestSpans } from './middleware/request-spans.ts';
import { STACK_ROOTS } from './media-types.ts';
import { stackAnswers } from './middleware/oracle-answers.ts';
import { onError, onInvalidInput, onMethodNotAllowed, onNotFound } from './middleware/problem-details.ts';
import { registerAuth } from './routes/auth/index.ts';
import { registerOpenAPIDocument } from './routes/documentation/openapi.ts';
import { registerProtectedResource } from './routes/documentation/protected-resource.ts';
import { registerSwaggerUI } from './routes/documentation/swagger-ui.ts';
import { registerNightReport } from './routes/night-report/get-report.ts';
import { registerAudit } from './routes/event-stream/read-audit.ts';
import { registerEventStream } from './routes/event-stream/stream-events.ts';
import { registerBackups } from './routes/stacks/backups/index.ts';
import { registerListEvents } from './routes/upgrades/events/list-events.ts';
import { registerMetrics } from './routes/metrics/metrics.ts';
import { registerHealth } from './routes/health/health.ts';
import { registerPage } from './routes/page/page.ts';
import { registerObjects } from './routes/stacks/objects/index.ts';
import { registerGetOperation } from './routes/upgrades/operations/get-operation.ts';
import { registerFailures } from './routes/upgrades/operations/failure-groups.ts';
import { registerListOperations } from './routes/upgrades/operations/list-operations.ts';
import { registerCalendar } from './routes/upgrades/calendar/get-calendar.ts';
import { registerCancelOrchestration } from './routes/upgrades/orchestrations/cancel.ts';
import { registerRest } from './routes/upgrades/orchestrations/rest.ts';
import { registerApprove } from './routes/upgrades/commands/approve.ts';
import { registerPause } from './routes/upgrades/commands/pause.ts';
import { registerSkip } from './routes/upgrades/commands/skip.ts';
import { registerGetOrchestration } from './routes/upgrades/orchestrations/get-orchestration.ts';
import { registerSummary } from './routes/upgrades/orchestrations/operation-groups.ts';
import { registerBurnUp } from './routes/upgrades/orchestrations/read-burn-up.ts';
import { registerListOrchestrations } from './routes/upgrades/orchestrations/list-orchestrations.ts';
import { registerPlans } from './routes/upgrades/plans/index.ts';
import { registerGetFleet } from './routes/upgrades/fleet/get-fleet.ts';
import { registerCountTargets } from './routes/upgrades/fleet/count-targets.ts';
import { registerListRuntimes } from './routes/upgrades/fleet/list-runtimes.ts';
import { registerMaintenancePolicy } from './routes/upgrades/policy/index.ts';
import { registerQueue } from './routes/upgrades/queue/index.ts';
import { registerRetryOrchestration } from './routes/upgrades/orchestrations/retry.ts';
import { registerStacks } from './routes/stacks/definitions/index.ts';
import { registerUpgrades } from './routes/upgrades/upgrade/upgrade.ts';
import { registerWebhooks } from './routes/webhooks/index.ts';
import { forReading } from './time-limit.ts';

export type { AppDependencies } from './api-dependencies.ts';
export type { AuthenticationConfig } from './authentication/issuer.ts';
export type { LoginConfig } from './authentication/login-config.ts';

/** The application, to be served by startAPI or called in process through `app.request`. */
export function createApp(deps: AppDependencies): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({ defaultHook: onInvalidInput });
  const issuer = createIssuer(deps.authentication, deps.clock);
  api.onError(onError);
  api.notFound(onNotFound(api));
  api.use(requestId({ generator: () => deps.randomUUID() }));
  api.use(requestSpans);
  api.use(accessLog(deps.logger, deps.clock));
  const registry = deps.registry ?? new Registry();
  api.use(timeAnswers(registry, deps.clock));
  api.use(stackAnswers);
  api.use(baseURL(deps.publicURL));
  api.use(methodNotAllowed({ app: api, onMethodNotAllowed }));
  const roots = [
    ...[
      'upgrade',
      'orchestrations',
      'plans',
      'queue',
      'maintenance-policy',
      'runtimes',
      'fleet',
      'events',
      'audit',
      'calendar.ics',
      'report',
      'webhooks',
    ],
    ...STACK_ROOTS,
  ];
  const sessions = deps.login && createSessions(deps.login, deps);
  for (const root of roots) api.use(`/${root}/*`, authentication(issuer, sessions));

  const reading = { ...deps, repositories: forReading(deps.repositories) };
  registerUpgrades(api, deps);
  registerPlans(api, deps, reading);
  registerQueue(api, deps, reading);
  registerListOrchestrations(api, reading);
  registerGetOrchestration(api, reading);
  registerCancelOrchestration(api, deps);
  registerPause(api, deps);
  registerSkip(api, reading);
  registerRest(api, reading);
  registerApprove(api, reading);
  registerRetryOrchestration(api, deps);
  registerListOperations(api, reading);
  registerFailures(api, reading);
  registerSummary(api, reading);
  registerBurnUp(api, reading);
  registerGetOperation(api, reading);
  registerListEvents(api, reading);
  registerListRuntimes(api, reading);
  registerGetFleet(api, deps);
  registerCountTargets(api, deps);
  registerCalendar(api, reading);
  registerAudit(api, reading);
  registerNightReport(api, reading);
  const streams = deps.streams ?? createEventStreams(deps);
  registerEventStream(api, reading, streams);
  registerMetrics(api, deps, { registry, streams });
  registerMaintenancePolicy(api, reading);
  registerWebhooks(api, reading);
  registerStacks(api, reading);
  registerObjects(api, reading);
  registerBackups(api, reading);
  registerAuth(api, deps, issuer, sessions);
  registerHealth(api, deps, issuer);
  registerProtectedResource(api, deps.authentication);
  registerOpenAPIDocument(api, deps.publicURL);
  registerSwaggerUI(api);
  if (deps.page) registerPage(api, deps.page);
  return api;
}

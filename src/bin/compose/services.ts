/** The two services out of their parts, the same in production and in the embedded default. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createActivities, type ActivityDependencies } from '../../activities/index.ts';
import { FleetSnapshot } from '../../activities/upgrades/fleet-snapshot.ts';
import { createApp, type LoginConfig } from '../../api/app.ts';
import { createPrometheusMeter } from '../../api/metrics/prometheus-meter.ts';
import { createEventStreams } from '../../api/event-stream/event-streams.ts';
import { loadComponents } from '../../clients/upgrades/components.ts';
import { createInventoryClient } from '../../clients/upgrades/gardener.ts';
import { createShootsClient } from '../../clients/upgrades/gardener-shoots.ts';
import { createOverridesClient } from '../../clients/upgrades/overrides.ts';
import { createProvisionerClient } from '../../clients/upgrades/provisioner.ts';
import { TemporalGateway } from '../../clients/upgrades/temporal-orchestrations.ts';
import {
  ensureFleetSchedule,
  ensureReconcilerSchedule,
  ensureSearchAttributes,
} from '../../clients/engine-setup.ts';
import { ensureStackMonitor } from '../../clients/stacks/start-options.ts';
import { TemporalStackGateway } from '../../clients/stacks/temporal-stacks.ts';
import { createWebhookSender } from '../../clients/webhooks/webhook-sender.ts';
import { ensureWebhooks } from '../../clients/webhooks/webhook-start.ts';
import { type APIConfig, type Config, type LoginSettings, type WorkerConfig } from '../../config/index.ts';
import { PolicyVersions } from '../../db/repositories/upgrades/policy-versions.ts';
import { storeFirstPolicy } from './first-policy.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import type { Meter } from '../../domain/measures.ts';
import type { Tuning } from '../../workflows/contract/engine.ts';
import { startAPI } from './api-server.ts';
import { bindInstallation } from './binding.ts';
import { buildVersion } from './build-version.ts';
import { connectDatabase, connectTemporal } from './connections.ts';
import { createDrivers } from './drivers.ts';
import { tellZeros } from './first-values.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { operatorPage } from './operator-page.ts';
import type { OutsideLooks } from './outside-looks.ts';
import type { Shutdown } from './shutdown.ts';
import { type RunningWorkers, startWorkers } from './worker-process.ts';
import { workflowTracingModule, type Tracing } from './tracing.ts';
import { workerMeter } from './worker-meter.ts';
import { workflowBundle } from './workflow-bundle.ts';

const SHIPPED_COMPONENTS = fileURLToPath(new URL('../../../config/components', import.meta.url));

/** Serves the REST API; answers its URL. */
export async function serveAPI(
  config: APIConfig,
  logger: Logger,
  shutdown: Shutdown,
  looks?: OutsideLooks,
  page = operatorPage(logger),
  tracing?: Tracing,
): Promise<string> {
  const database = await connectDatabase(config.databaseURL, 'drydock api', untoldIn(logger));
  shutdown.add("closing the API's database connections", () => database.close());
  const interceptors = await tracing?.clientInterceptors();
  const client = await connectTemporal(config.temporal.connection, config.temporal.namespace, interceptors);
  shutdown.add("closing the API's connection to Temporal", () => client.connection.close());
  const registry = new Registry();
  const meter = createPrometheusMeter(registry);
  tellZeros(meter);
  const repositories = createRepositories(database, meter);
  await bindInstallation(repositories.installation, client);
  await ensureSearchAttributes(client);
  const { issuer, audience, groupsClaim, adminGroup, operatorGroup } = config.oidc;
  const { kyma, kubernetes, machineImage, machineImageVersion } = config.versions;
  const streams = createEventStreams({ repositories, logger, clock: Date.now });
  const app = createApp({
    repositories,
    streams,
    registry,
    version: buildVersion(),
    page,
    orchestrations: new TemporalGateway(client, { tuning: tuningOf(config) }),
    stackGateway: new TemporalStackGateway(client, { tuning: tuningOf(config) }),
    authentication: { issuer, audience, groupsClaim, adminGroup, operatorGroup },
    login: loginOf(config.login),
    defaults: {
      kymaVersion: kyma,
      kubernetes: { kubernetesVersion: kubernetes, machineImage, machineImageVersion },
    },
    lanes: config.lanes,
    webhookNetworks: config.webhooks.networks ?? [],
    publicURL: config.publicURL,
    workflowsURL: workflowsURL(config),
    outside: looks && (() => looks.checks()),
    logger,
    clock: Date.now,
    randomUUID,
  });
  const api = await startAPI({ app, port: config.port, host: config.host });
  shutdown.add('stopping the API', () => api.close());
  shutdown.add('ending event streams', () => streams.close());
  return api.url;
}

function workflowsURL({ temporalUI, temporal }: APIConfig): string | undefined {
  return temporalUI && `${temporalUI}/namespaces/${encodeURIComponent(temporal.namespace)}/workflows`;
}

/** Runs the workers; answers when they poll. */
export async function runWorkers(
  config: WorkerConfig,
  logger: Logger,
  shutdown: Shutdown,
  tracing?: Tracing,
): Promise<RunningWorkers> {
  const bundling = workflowBundle({
    cacheDir: config.cacheDir,
    interceptors: tracing ? [workflowTracingModule()] : [],
    onNotKept: (err) => logger.debug({ err }, 'the workflow bundle cannot be kept for the next start'),
  });
  // Awaited below; a failure of another step must not leave it unhandled.
  bundling.catch(() => undefined);
  const database = await connectDatabase(config.databaseURL, 'drydock worker', untoldIn(logger));
  shutdown.add("closing the workers' database connections", () => database.close());
  const { connection, namespace } = config.temporal;
  const interceptors = await tracing?.clientInterceptors();
  const client = await connectTemporal(connection, namespace, interceptors);
  shutdown.add("closing the workers' connection to Temporal", () => client.connection.close());
  const meter = workerMeter();
  const repositories = createRepositories(database, meter);
  const installationID = await bindInstallation(repositories.installation, client);
  const { maintenancePolicyFile: policyFile } = config;
  if (policyFile !== undefined) {
    const stored = await storeFirstPolicy(repositories.policies, policyFile, new Date().toISOString());
    logger.info({ policyFile, stored }, 'the file with the first maintenance policy was read');
  }
  await ensureSearchAttributes(client);
  const tuning = tuningOf(config);
  const gateway = new TemporalStackGateway(client, { tuning });
  const dependencies: ActivityDependencies = {
    installationID,
    temporal: client,
    repositories,
    policies: new PolicyVersions(repositories.policies),
    ...outsideSystems(config, meter),
    drivers: createDrivers(config, {
      ...{ installationID, database, repositories, gateway, meter },
      clock: Date.now,
    }),
    clock: Date.now,
    pollMs: config.provisioner.pollMs,
    objectPollMs: config.stacks.driver === 'simulated' ? 500 : 1_000,
    lanes: config.lanes,
    webhooks: {
      sender: createWebhookSender({ networks: config.webhooks.networks ?? [] }),
      stalledMs: config.webhooks.stalledHours * 3_600_000,
    },
    planBatch: config.planBatch,
    meter,
    tuning,
  };
  const workers = await startWorkers({
    connection,
    namespace,
    activities: createActivities(dependencies),
    meter,
    tracing: await tracing?.forWorkers(),
    bundle: await bundling,
    onCutShort: () => logger.warn('Temporal did not answer: the end of the workers was cut short'),
  });
  shutdown.add('stopping the workers', () => workers.close());
  await ensureReconcilerSchedule(client, config.reconcileSeconds);
  await ensureFleetSchedule(client, config.fleetReadSeconds);
  await ensureStackMonitor(client, tuning);
  await ensureWebhooks(client, tuning);
  // Windows of policies follow it: two workers with different ones may differ in a night in which a clock changes.
  logger.info({ namespace, installationID, zoneData: process.versions.tz }, 'workers are running');
  return workers;
}

function outsideSystems(
  config: WorkerConfig,
  meter: Meter,
): Pick<
  ActivityDependencies,
  'inventory' | 'fleet' | 'shoots' | 'overrides' | 'provisioner' | 'gardener' | 'componentsFor'
> {
  const { namespace } = config.gardener;
  const kubeConfig = readKubeconfig(config.gardener.kubeconfig, 'KUBECONFIG');
  const isChosen = config.upgrader === 'gardener';
  const { labels } = config;
  const shoots = createShootsClient({ kubeConfig, namespace, meter });
  const inventory = createInventoryClient({
    ...{ kubeConfig, namespace, labels, meter },
    withVersions: isChosen,
  });
  return {
    inventory,
    fleet: new FleetSnapshot(inventory),
    overrides: createOverridesClient({
      kubeConfig: readKubeconfig(config.overrides.kubeconfig, 'OVERRIDES_KUBECONFIG'),
      namespace: config.overrides.namespace,
      meter,
    }),
    provisioner: createProvisionerClient({
      url: config.provisioner.url,
      credentials: config.provisioner.credentials,
      meter,
    }),
    shoots,
    gardener: {
      shoots,
      isChosen,
      healthyMs: config.healthyMs,
    },
    componentsFor: loadComponents(config.componentsDir ?? SHIPPED_COMPONENTS),
  };
}

/** Off without a client; `npm run api` and `npm start` see to the secret. */
function loginOf({ clientID, sessionSecrets, ...others }: LoginSettings): LoginConfig | undefined {
  return clientID === undefined || !sessionSecrets ? undefined : { clientID, sessionSecrets, ...others };
}

/** Event streams look by themselves, too: they hear of it later. */
function untoldIn(logger: Logger): (err: unknown) => void {
  return (err) => logger.debug({ err }, 'event streams could not be told that something was logged');
}

function tuningOf(config: Config): Tuning {
  return {
    operationTimeoutSeconds: config.operationTimeoutSeconds,
    heartbeatSeconds: config.heartbeatSeconds,
    objectTimeoutSeconds: config.stacks.objectTimeoutSeconds,
    monitorSeconds: config.stacks.monitorSeconds,
  };
}

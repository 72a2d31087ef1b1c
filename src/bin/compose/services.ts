/** The two services out of their parts, the same in production and in the embedded default. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { ActivityDependencies } from '../../activities/index.ts';
import { createApp } from '../../api/app.ts';
import { loadComponents } from '../../clients/components.ts';
import { createInventoryClient } from '../../clients/gardener.ts';
import { createOverridesClient } from '../../clients/overrides.ts';
import { createProvisionerClient } from '../../clients/provisioner.ts';
import {
  TemporalGateway,
  ensureReconcilerSchedule,
  ensureSearchAttributes,
} from '../../clients/temporal-gateway.ts';
import { type APIConfig, type Config, ConfigurationError, type WorkerConfig } from '../../config/index.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import type { Tuning } from '../../workflows/contract.ts';
import { startAPI } from './api.ts';
import { connectDatabase, connectTemporal } from './connections.ts';
import { type RunningWorkers, bundleWorkflows, startWorkers } from './worker.ts';
import type { Shutdown } from './shutdown.ts';

const SHIPPED_COMPONENTS = fileURLToPath(new URL('../../../config/components', import.meta.url));

/** Serves the REST API; answers its URL. */
export async function serveAPI(config: APIConfig, logger: Logger, shutdown: Shutdown): Promise<string> {
  const database = await connectDatabase(config.databaseURL, 'drydock api');
  shutdown.add("closing the API's database connections", () => database.close());
  const client = await connectTemporal(config.temporal.connection, config.temporal.namespace);
  shutdown.add("closing the API's connection to Temporal", () => client.connection.close());
  await ensureSearchAttributes(client);
  const { issuer, audience, groupsClaim, adminGroup, operatorGroup } = config.oidc;
  const { kyma, kubernetes, machineImage, machineImageVersion } = config.versions;
  const app = createApp({
    repositories: createRepositories(database),
    orchestrations: new TemporalGateway(client, { tuning: tuningOf(config) }),
    authentication: { issuer, audience, groupsClaim, adminGroup, operatorGroup },
    defaults: {
      kymaVersion: kyma,
      kubernetes: { kubernetesVersion: kubernetes, machineImage, machineImageVersion },
    },
    logger,
    clock: Date.now,
    randomUUID,
  });
  const api = await startAPI({ app, port: config.port, host: config.host });
  shutdown.add('stopping the API', () => api.close());
  return api.url;
}

/** Runs the workers; answers when they poll. */
export async function runWorkers(
  config: WorkerConfig,
  logger: Logger,
  shutdown: Shutdown,
): Promise<RunningWorkers> {
  const bundling = bundleWorkflows();
  // Awaited below; a failure of another step must not leave it unhandled.
  bundling.catch(() => undefined);
  const database = await connectDatabase(config.databaseURL, 'drydock worker');
  shutdown.add("closing the workers' database connections", () => database.close());
  const { connection, namespace } = config.temporal;
  const client = await connectTemporal(connection, namespace);
  shutdown.add("closing the workers' connection to Temporal", () => client.connection.close());
  await ensureSearchAttributes(client);
  const dependencies: ActivityDependencies = {
    temporal: client,
    repositories: createRepositories(database),
    ...outsideSystems(config),
    clock: Date.now,
    pollMs: config.provisioner.pollMs,
    tuning: tuningOf(config),
  };
  const workers = await startWorkers({ connection, namespace, dependencies, bundle: await bundling });
  shutdown.add('stopping the workers', () => workers.close());
  await ensureReconcilerSchedule(client, config.reconcileSeconds);
  logger.info({ namespace }, 'workers are running');
  return workers;
}

function outsideSystems(
  config: WorkerConfig,
): Pick<ActivityDependencies, 'inventory' | 'overrides' | 'provisioner' | 'componentsFor'> {
  return {
    inventory: createInventoryClient({
      kubeConfig: readKubeconfig(config.gardener.kubeconfig, 'KUBECONFIG'),
      namespace: config.gardener.namespace,
      labels: config.labels,
    }),
    overrides: createOverridesClient({
      kubeConfig: readKubeconfig(config.overrides.kubeconfig, 'OVERRIDES_KUBECONFIG'),
      namespace: config.overrides.namespace,
    }),
    provisioner: createProvisionerClient({
      url: config.provisioner.url,
      credentials: config.provisioner.credentials,
    }),
    componentsFor: loadComponents(config.componentsDir ?? SHIPPED_COMPONENTS),
  };
}

function readKubeconfig(file: string, variable: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`${variable} must name a kubeconfig file that can be read (${reason}).`], {
      cause: error,
    });
  }
  return kubeConfig;
}

function tuningOf(config: Config): Tuning {
  return {
    operationTimeoutSeconds: config.operationTimeoutSeconds,
    heartbeatSeconds: config.heartbeatSeconds,
  };
}

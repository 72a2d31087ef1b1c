/** The configuration: the environment, read once at the start of a program. Nothing else looks at environment variables. */
import type { TLSConfig } from '@temporalio/client';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { z } from 'zod';
import type { Lanes } from '../domain/upgrades/lanes.ts';
import type { Network } from '../domain/webhooks/permitted-addresses.ts';
import { ConfigurationError } from './configuration-error.ts';
import { SETTINGS } from './settings.ts';
import { cacheFolder } from './surroundings.mjs';

export { type APIConfig, apiConfig, type WorkerConfig, workerConfig } from './required.ts';
export { ConfigurationError } from './configuration-error.ts';
export { describeSettings, type SettingDescription } from './settings.ts';
export { cacheFolder, isRunByNpm } from './surroundings.mjs';

export type Environment = Record<string, string | undefined>;

/** Credentials for the Provisioner. */
export type ProvisionerCredentials =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'clientCredentials'; tokenURL: string; clientID: string; clientSecret: string };

/** How to reach Temporal, for a client as well as for a worker. */
export interface TemporalConnection {
  /** host:port */
  address: string;
  apiKey?: string;
  tls?: TLSConfig | boolean | null;
  metadata?: Record<string, string>;
}

/** Where the objects of stacks are made, and how they are watched. */
export interface StackSettings {
  driver: 'simulated' | 'kubernetes';
  /** Undefined when it is not given: then the simulated landscape's serves, or none is needed. */
  kubeconfig?: string;
  namespace: string;
  /**
   * Milliseconds that one request to the cluster may take; the driver's own limit when left out. No setting: tests
   * shorten it.
   */
  requestMs?: number;
  /** Seconds between two looks at the instances. */
  monitorSeconds: number;
  /** Seconds that one object may take to get ready, or to end. */
  objectTimeoutSeconds: number;
}

/** The client by which people sign in, and their sessions. */
export interface LoginSettings {
  clientID?: string;
  clientSecret?: string;
  scope?: string;
  /** The first is used, every one counts. */
  sessionSecrets?: [string, ...string[]];
  sessionHours: number;
}

/** The receivers that are told what happens. */
export interface WebhookSettings {
  /** Undefined when it is not given. */
  networks?: Network[];
  stalledHours: number;
}

export interface Config {
  /** 0 takes a free port. */
  port: number;
  host: string;
  /** Beginning of links in answers, without a slash at its end; undefined takes it from the request. */
  publicURL?: string;
  /** Of Temporal's Web UI, without a slash at its end. */
  temporalUI?: string;
  dataDir: string;
  /** For what can be made again; may be deleted at any time. */
  cacheDir: string;
  /** Each of the outside systems is undefined when it is not given: then the embedded one stands in. */
  databaseURL?: string;
  temporal: { connection?: TemporalConnection; namespace: string };
  oidc: { issuer?: string; audience: string; groupsClaim: string; adminGroup: string; operatorGroup: string };
  /** Signing in by a browser, which is off without a client. */
  login: LoginSettings;
  gardener?: { kubeconfig: string; namespace: string };
  overrides: { kubeconfig?: string; namespace: string };
  labels: { instanceID: string; planID: string; planName: string };
  provisioner: { url?: string; credentials: ProvisionerCredentials; pollMs: number };
  upgrader: 'provisioner' | 'gardener';
  /** Milliseconds that a Shoot must be healthy without a break. */
  healthyMs: number;
  versions: { kyma: string; kubernetes: string; machineImage?: string; machineImageVersion?: string };
  componentsDir?: string;
  maintenancePolicyFile?: string;
  lanes: Lanes;
  /** Rows of a plan that one transaction writes; the default of planning when left out. No setting: tests shorten it. */
  planBatch?: number;
  operationTimeoutSeconds: number;
  heartbeatSeconds: number;
  reconcileSeconds: number;
  fleetReadSeconds: number;
  stacks: StackSettings;
  /** Where the metrics of workers are served; undefined for nowhere. */
  metricsAddress?: string;
  /** Base URL of the collector of traces; undefined while they are off. */
  tracesEndpoint?: string;
  webhooks: WebhookSettings;
  log: { level: string; format?: 'json' | 'pretty' };
  simulation: { fleetSize: number; upgradeSeconds: number; failureRate: number };
}

const schemas = Object.fromEntries(Object.entries(SETTINGS).map(([name, { schema }]) => [name, schema])) as {
  [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K]['schema'];
};
const environmentSchema = z.object(schemas);

/** Reads the environment. Throws ConfigurationError. An empty variable counts as not set. */
export function loadConfig(env: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '').trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`),
      { cause: parsed.error },
    );
  }
  const values = parsed.data;
  const temporal = temporalOf(given);
  return {
    port: values.PORT,
    host: values.HOST,
    publicURL: values.PUBLIC_URL,
    temporalUI: values.TEMPORAL_UI_URL,
    dataDir: values.DRYDOCK_DATA_DIR,
    cacheDir: cacheFolder(given),
    databaseURL: values.DATABASE_URL,
    temporal,
    oidc: {
      issuer: values.OIDC_ISSUER,
      audience: values.OIDC_AUDIENCE,
      groupsClaim: values.OIDC_GROUPS_CLAIM,
      adminGroup: values.ADMIN_GROUP,
      operatorGroup: values.OPERATOR_GROUP,
    },
    login: {
      clientID: values.OIDC_CLIENT_ID,
      clientSecret: values.OIDC_CLIENT_SECRET,
      scope: values.OIDC_SCOPE,
      sessionSecrets: values.SESSION_SECRET,
      sessionHours: values.SESSION_HOURS,
    },
    gardener: gardenerOf(values),
    overrides: {
      kubeconfig: values.OVERRIDES_KUBECONFIG ?? values.KUBECONFIG,
      namespace: values.OVERRIDES_NAMESPACE,
    },
    labels: {
      instanceID: values.INSTANCE_ID_LABEL,
      planID: values.PLAN_ID_LABEL,
      planName: values.PLAN_NAME_LABEL,
    },
    provisioner: {
      url: values.PROVISIONER_URL,
      credentials: credentialsOf(values),
      pollMs: 1_000 * (values.PROVISIONER_POLL_SECONDS ?? (values.PROVISIONER_URL === undefined ? 1 : 10)),
    },
    upgrader: values.UPGRADER,
    healthyMs: 1_000 * (values.GARDENER_HEALTHY_SECONDS ?? (values.KUBECONFIG === undefined ? 2 : 120)),
    versions: {
      kyma: values.KYMA_VERSION,
      kubernetes: values.KUBERNETES_VERSION,
      machineImage: values.MACHINE_IMAGE,
      machineImageVersion: values.MACHINE_IMAGE_VERSION,
    },
    componentsDir: values.COMPONENTS_DIR,
    maintenancePolicyFile: values.MAINTENANCE_POLICY_FILE,
    lanes: values.LANES,
    operationTimeoutSeconds: values.OPERATION_TIMEOUT_SECONDS,
    heartbeatSeconds: values.HEARTBEAT_SECONDS ?? (temporal.connection ? 30 : 10),
    reconcileSeconds: values.RECONCILE_SECONDS,
    fleetReadSeconds: values.FLEET_READ_SECONDS,
    stacks: {
      driver: values.STACK_DRIVER,
      kubeconfig: values.STACKS_KUBECONFIG ?? values.KUBECONFIG,
      namespace: values.STACKS_NAMESPACE,
      monitorSeconds: values.STACK_MONITOR_SECONDS,
      objectTimeoutSeconds: values.STACK_OBJECT_TIMEOUT_SECONDS,
    },
    metricsAddress: values.METRICS_ADDRESS,
    tracesEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    webhooks: { networks: values.WEBHOOK_ALLOWED_NETWORKS, stalledHours: values.WEBHOOK_STALLED_HOURS },
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    simulation: {
      fleetSize: values.DRYDOCK_FLEET_SIZE,
      upgradeSeconds: values.DRYDOCK_SIM_UPGRADE_SECONDS,
      failureRate: values.DRYDOCK_SIM_FAILURE_RATE,
    },
  };
}

type Values = z.output<typeof environmentSchema>;

function temporalOf(env: Record<string, string>): Config['temporal'] {
  // A file in the home folder is read only when asked for: it must not send `npm start` to somebody's real cluster.
  const named = env['TEMPORAL_CONFIG_FILE'] !== undefined || env['TEMPORAL_PROFILE'] !== undefined;
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: env, disableFile: !named });
    const { namespace = 'default', connectionOptions } = toClientOptions(profile);
    const { address, grpcMeta: metadata, apiKey } = profile;
    if (address === undefined) return { namespace };
    return { connection: { address, apiKey, metadata, tls: connectionOptions.tls }, namespace };
  } catch (error) {
    // The reader's message names the file or the field, never a key.
    throw new ConfigurationError(
      [
        `The settings for Temporal (TEMPORAL_…) can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      ],
      { cause: error },
    );
  }
}

function gardenerOf(values: Values): Config['gardener'] {
  if (values.KUBECONFIG === undefined) return undefined;
  if (values.GARDENER_NAMESPACE === undefined) {
    throw new ConfigurationError([
      'GARDENER_NAMESPACE must name the namespace of the Gardener project, since KUBECONFIG is set; ' +
        'unset KUBECONFIG to use the simulated landscape.',
    ]);
  }
  return { kubeconfig: values.KUBECONFIG, namespace: values.GARDENER_NAMESPACE };
}

function credentialsOf(values: Values): ProvisionerCredentials {
  const { PROVISIONER_OAUTH_TOKEN_URL: tokenURL, PROVISIONER_CLIENT_ID: clientID } = values;
  const { PROVISIONER_CLIENT_SECRET: clientSecret, PROVISIONER_TOKEN: token } = values;
  const parts = [tokenURL, clientID, clientSecret];
  if (token !== undefined && parts.some((part) => part !== undefined)) {
    throw new ConfigurationError([
      'PROVISIONER_TOKEN and PROVISIONER_OAUTH_TOKEN_URL with its client cannot both be set: unset one of them.',
    ]);
  }
  if (token !== undefined) return { kind: 'token', token };
  if (parts.every((part) => part === undefined)) return { kind: 'none' };
  if (tokenURL === undefined || clientID === undefined || clientSecret === undefined) {
    throw new ConfigurationError([
      'PROVISIONER_OAUTH_TOKEN_URL, PROVISIONER_CLIENT_ID and PROVISIONER_CLIENT_SECRET belong together: set all three or none.',
    ]);
  }
  return { kind: 'clientCredentials', tokenURL, clientID, clientSecret };
}

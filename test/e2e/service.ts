/**
 * The whole service on real parts: Temporal, PostgreSQL, the issuer, the landscape, the workers and the REST API, which
 * speak to each other over HTTP and gRPC as in production. Everything is closed at the end of the test file.
 */
import { randomBytes } from 'node:crypto';
import { apiConfig, loadConfig, workerConfig } from '../../src/config/index.ts';
import { createLogger } from '../../src/bin/compose/logger.ts';
import { runWorkers, serveAPI } from '../../src/bin/compose/services.ts';
import { Shutdown } from '../../src/bin/compose/shutdown.ts';
import { mintToken, startIssuer } from '../../src/dev/issuer/index.ts';
import { startLandscape, type LandscapeOptions } from '../../src/dev/landscape/index.ts';
import {
  atEndOfFile,
  createDatabase,
  leaseNamespace,
  temporalOf,
  temporaryFolder,
  until,
} from '../support/environment.ts';
import { useWatchedRuntime } from '../support/workflow-tasks.ts';
import { LandscapeAdmin } from './landscape-admin.ts';
import { FINAL_STATES, Rest } from './rest.ts';

const AUDIENCE = 'drydock';
const LOGIN_CLIENT = `${AUDIENCE}-login`;

export interface OutsideOptions extends Partial<LandscapeOptions> {
  /** Default: a database of its own on the server of the run. */
  databaseURL?: string;
  /** Default: a namespace of its own on the server of the run. */
  temporal?: { address: string; namespace: string };
  /** Milliseconds that one request to the cluster of stacks may take. */
  clusterRequestMs?: number;
}

export interface Outside {
  /** For loadConfig or a child process: where everything is. */
  env: Record<string, string>;
  landscape: LandscapeAdmin;
  tokenFor(...groups: string[]): Promise<string>;
}

export interface Service extends Outside {
  url: string;
  /** The REST API, asked as an administrator. */
  rest: Rest;
  /** For the next test: cancels what an earlier one has left, and lets the landscape forget everything. */
  settle(): Promise<void>;
}

/** Starts what is outside of the service: issuer and landscape, and a database and a namespace unless they are given. */
export async function startOutside(options: OutsideOptions = {}): Promise<Outside> {
  const { databaseURL, temporal, ...fleet } = options;
  const issuerDir = temporaryFolder();
  const issuer = await startIssuer({
    dataDir: issuerDir,
    port: 0,
    audience: AUDIENCE,
    loginClientID: LOGIN_CLIENT,
  });
  atEndOfFile(() => issuer.close());
  const landscape = await startLandscape({
    dataDir: temporaryFolder(),
    fleetSize: 10,
    upgradeSeconds: 0.2,
    requireTenant: true,
    ...fleet,
  });
  atEndOfFile(() => landscape.close());
  const namespace = temporal?.namespace ?? leaseNamespace('schedules');
  const address = temporal?.address ?? temporalOf(namespace);
  return {
    env: {
      PORT: '0',
      DATABASE_URL: databaseURL ?? (await createDatabase()).url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      OIDC_ISSUER: issuer.issuerURL,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_CLIENT_ID: LOGIN_CLIENT,
      SESSION_SECRET: randomBytes(32).toString('base64'),
      KUBECONFIG: landscape.kubeconfigPath,
      GARDENER_NAMESPACE: landscape.namespace,
      OVERRIDES_NAMESPACE: landscape.overridesNamespace,
      PROVISIONER_URL: landscape.provisionerURL,
      PROVISIONER_POLL_SECONDS: '0.1',
      HEARTBEAT_SECONDS: '5',
      RECONCILE_SECONDS: '30',
      // A read of the inventory between others would meet the faults that are meant for them.
      FLEET_READ_SECONDS: '86400',
    },
    landscape: new LandscapeAdmin(landscape.adminURL),
    tokenFor: (...groups) =>
      mintToken({
        dataDir: issuerDir,
        issuerURL: issuer.issuerURL,
        audience: AUDIENCE,
        subject: 'tester',
        groups,
        expiresInSeconds: 3_600,
      }),
  };
}

/** Starts the whole service in this process; `env` adds settings or replaces them. */
export async function startService(
  options: OutsideOptions & { env?: Record<string, string> } = {},
): Promise<Service> {
  const { env, clusterRequestMs, ...rest } = options;
  const outside = await startOutside(rest);
  const { stacks, ...settings } = loadConfig({ ...outside.env, ...env });
  const config = { ...settings, stacks: { ...stacks, requestMs: clusterRequestMs } };
  const logger = createLogger({ level: 'silent', format: 'json' });
  useWatchedRuntime();
  const complaints: string[] = [];
  const shutdown = new Shutdown((line) => complaints.push(line));
  atEndOfFile(async () => {
    if (!(await shutdown.run()))
      throw new Error(`The service did not end in order: ${complaints.join('; ')}`);
  });
  const workers = await runWorkers(workerConfig(config), logger, shutdown);
  // A worker that fails for good is seen by the tests that wait for its work.
  workers.finished.catch((error: unknown) => complaints.push(String(error)));
  const url = await serveAPI(apiConfig(config), logger, shutdown);
  const api = new Rest(url, await outside.tokenFor('runtimeAdmin'));
  await until(async () => (await api.request('GET', '/runtimes?page_size=1')).status === 200, {
    what: 'the first read of the inventory',
  });
  return { ...outside, url, rest: api, settle: () => settle(api, outside.landscape) };
}

async function settle(rest: Rest, landscape: LandscapeAdmin): Promise<void> {
  await landscape.clearFaults();
  await until(
    async () => {
      const open = (await rest.orchestrations()).filter(({ state }) => !FINAL_STATES.includes(state));
      for (const { orchestrationID } of open) await rest.cancel(orchestrationID);
      await landscape.endAll();
      return open.length === 0;
    },
    { what: 'the end of what an earlier test has left' },
  );
  await landscape.reset();
}

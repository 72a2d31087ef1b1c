/** Starts what is not given from outside, in the data folder: database, engine, issuer, landscape. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import type { APIConfig, Config, Environment, TemporalConnection, WorkerConfig } from '../../config/index.ts';
import type { DataFolder } from '../../dev/data-folder.ts';
import { mintToken, startIssuer } from '../../dev/issuer/index.ts';
import { startLandscape } from '../../dev/landscape/index.ts';
import { KYMA_VERSIONS } from '../../dev/landscape/simulated-overrides.ts';
import { keepRunning } from '../../dev/kept-server.ts';
import {
  POSTGRES_STOP,
  postgresLog,
  startPostgres,
  type PostgresOptions,
  type RunningPostgres,
} from '../../dev/postgres.ts';
import { type ServerProcess, killProcess, stopProcess } from '../../dev/processes.ts';
import { loadSessionSecret } from '../../dev/session-secret.ts';
import { findTemporal } from '../../dev/temporal-program.mjs';
import {
  TEMPORAL_STOP,
  startTemporal,
  temporalLog,
  type RunningTemporal,
  type TemporalOptions,
} from '../../dev/temporal.ts';
import { parseNetwork } from '../../domain/webhooks/permitted-addresses.ts';
import type { Shutdown } from './shutdown.ts';

/** How the servers of a killed run are ended. */
export const SERVER_STOPS = { PostgreSQL: POSTGRES_STOP, Temporal: TEMPORAL_STOP };

/** Used where a folder has no earlier run, and the port is free. */
export const FIRST_PORTS = {
  PostgreSQL: 5442,
  Temporal: 7233,
  "Temporal's Web UI": 8233,
  issuer: 8090,
  landscape: 8091,
};
type Server = keyof typeof FIRST_PORTS;

/** Receivers on this machine, to try webhooks with. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(parseNetwork);

export interface EmbeddedOptions {
  config: Config;
  /** For the search for the Temporal server: PATH and the cache folder. */
  env: Environment;
  folder: DataFolder;
  say: (line: string) => void;
  shutdown: Shutdown;
}

export interface Embedded {
  /** Every outside system is set. */
  config: APIConfig & WorkerConfig;
  /** Undefined with an outside cluster. */
  temporalUI?: string;
  /** Undefined with an outside issuer. */
  tokenFor?: (groups: string[], expiresInSeconds: number) => Promise<string>;
  /** Admin API of the simulated landscape; undefined without one. */
  landscapeAdminURL?: string;
  /** Each rejects when a server has ended by itself too often to be started again. */
  serversFailed: Promise<void>[];
}

/** Starts the servers side by side. Each is in the shutdown as soon as its process exists. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { config, folder, say } = options;
  await folder.endOrphans(SERVER_STOPS, say);
  const { connection } = config.temporal;
  const outside: Engine | undefined = connection && { connection };
  // The search may take minutes once; everything else waits, so that a failure leaves nothing half started.
  const program = outside ? '' : await findTemporal({ env: options.env, say });
  const serversFailed: Promise<void>[] = [];
  const [databaseURL, engine] = await all(
    config.databaseURL ?? startDatabase(options, serversFailed),
    outside ?? startEngine(options, program, serversFailed),
  );
  const [issuer, landscape] = await all(
    config.oidc.issuer === undefined ? startLocalIssuer(options) : undefined,
    config.gardener && config.provisioner.url !== undefined ? undefined : startSimulation(options),
  );
  return {
    config: {
      ...config,
      databaseURL,
      temporalUI: config.temporalUI ?? engine.uiURL,
      temporal: { ...config.temporal, connection: engine.connection },
      oidc: {
        ...config.oidc,
        ...(issuer ? { issuer: issuer.url, groupsClaim: 'groups' } : {}),
      } as APIConfig['oidc'],
      login: loginOf(config, folder, issuer),
      webhooks: { ...config.webhooks, networks: config.webhooks.networks ?? LOOPBACK },
      ...systemsOf(config, landscape),
    },
    temporalUI: engine.uiURL,
    tokenFor: issuer?.tokenFor,
    landscapeAdminURL: landscape?.adminURL,
    serversFailed,
  };
}

/** Waits for both even when one fails: whatever starts must have been added to the shutdown before it runs. */
async function all<A, B>(one: A, other: B): Promise<[Awaited<A>, Awaited<B>]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function startDatabase(options: EmbeddedOptions, failures: Promise<void>[]): Promise<string> {
  const { folder, say } = options;
  say('starting PostgreSQL');
  const dataDir = join(folder.path, 'postgres');
  const start = (ports: Pick<PostgresOptions, 'ports' | 'port'>): Promise<RunningPostgres> =>
    startPostgres({ dataDir, ...ports, say, onSpawn });
  const onSpawn = expectServer('PostgreSQL', options);
  const running = await start({ ports: portsFor('PostgreSQL', options) });
  folder.notePort('PostgreSQL', running.port);
  const again = (): Promise<RunningPostgres> => start({ port: running.port });
  failures.push(keep('PostgreSQL', running, again, postgresLog(dataDir), options));
  return running.url;
}

interface Engine {
  connection: TemporalConnection;
  /** Only our own server has one that we know of. */
  uiURL?: string;
}

async function startEngine(
  options: EmbeddedOptions,
  program: string,
  failures: Promise<void>[],
): Promise<Engine> {
  const { config, folder, say } = options;
  say('starting Temporal and its Web UI');
  const dir = join(folder.path, 'temporal');
  mkdirSync(dir, { recursive: true });
  const { namespace } = config.temporal;
  const dbFile = join(dir, 'temporal.db');
  const onSpawn = expectServer('Temporal', options);
  const start = (ports: Partial<TemporalOptions>): Promise<RunningTemporal> =>
    startTemporal({
      program,
      logDir: dir,
      dbFile,
      ...ports,
      namespaces: namespace === 'default' ? [] : [namespace],
      onSpawn,
    });
  const running = await start({
    ports: portsFor('Temporal', options),
    uiPorts: portsFor("Temporal's Web UI", options),
  });
  const { port, uiPort } = running;
  failures.push(keep('Temporal', running, () => start({ port, uiPort }), temporalLog(dir), options));
  folder.notePort('Temporal', running.port);
  if (running.uiPort !== undefined) folder.notePort("Temporal's Web UI", running.uiPort);
  return { connection: { address: running.address }, uiURL: running.uiURL };
}

/**
 * Makes room in the shutdown, in its order, for a server that is about to start. The answer takes its process, as soon
 * as there is one, and each that follows.
 */
function expectServer(
  name: KeptName,
  { folder, say, shutdown }: EmbeddedOptions,
): (server: ServerProcess) => void {
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers) await stopProcess(server, SERVER_STOPS[name]);
    folder.ended(name);
  };
  shutdown.add(`stopping ${name}`, stop, () => servers.forEach(killProcess));
  return (server) => {
    servers.push(server);
    folder.spawned(name, server);
    // A start that was under way when the end came. If this can't end it, the next start on this folder does.
    if (shutdown.began) stop().catch((error: unknown) => say(String(error)));
  };
}

type KeptName = keyof typeof SERVER_STOPS;

/** Starts it again whenever it ends by itself. Rejects when that happens too often. */
function keep(
  name: KeptName,
  first: { process: ServerProcess },
  again: () => Promise<{ process: ServerProcess }>,
  logFile: string,
  { say, shutdown }: EmbeddedOptions,
): Promise<never> {
  const kept = keepRunning({
    name,
    logFile,
    first: first.process,
    again: async () => (await again()).process,
    isEnding: () => shutdown.began,
    say,
    clock: () => performance.now(),
  });
  // Looked at once everything has started.
  kept.catch(() => undefined);
  return kept;
}

/** The local issuer's own client, or the one that is given; with a secret that is kept in the folder unless given. */
function loginOf(config: Config, folder: DataFolder, issuer: LocalIssuer | undefined): Config['login'] {
  const { login } = config;
  const client = issuer
    ? { clientID: issuer.loginClientID, clientSecret: undefined, scope: undefined }
    : login;
  if (client.clientID === undefined) return login;
  return { ...login, ...client, sessionSecrets: login.sessionSecrets ?? [loadSessionSecret(folder.path)] };
}

interface LocalIssuer {
  url: string;
  loginClientID: string;
  tokenFor: NonNullable<Embedded['tokenFor']>;
}

async function startLocalIssuer(options: EmbeddedOptions): Promise<LocalIssuer> {
  const { config, folder, say, shutdown } = options;
  say('starting the local issuer');
  const dataDir = issuerFolder(folder.path);
  const { audience, adminGroup, operatorGroup } = config.oidc;
  const port = await getPort({ host: '127.0.0.1', port: portsFor('issuer', options) });
  const loginClientID = `${audience}-login`;
  const issuer = await startIssuer({
    ...{ dataDir, port, audience, loginClientID },
    groups: [adminGroup, operatorGroup],
    publicURL: config.publicURL,
  });
  shutdown.add('stopping the issuer', () => issuer.close());
  folder.notePort('issuer', port);
  const { issuerURL } = issuer;
  return {
    url: issuerURL,
    loginClientID,
    tokenFor: (groups, expiresInSeconds) =>
      mintToken({ dataDir, issuerURL, audience, subject: 'developer', groups, expiresInSeconds }),
  };
}

/** Where the local issuer keeps its key. */
export function issuerFolder(dataDir: string): string {
  return join(dataDir, 'issuer');
}

type Simulation = Awaited<ReturnType<typeof startLandscape>>;

async function startSimulation(options: EmbeddedOptions): Promise<Simulation> {
  const { config, folder, say, shutdown } = options;
  const { fleetSize, upgradeSeconds, failureRate } = config.simulation;
  say(`starting the simulated landscape: ${fleetSize} runtimes, upgrades of about ${upgradeSeconds} s`);
  const port = await getPort({ host: '127.0.0.1', port: portsFor('landscape', options) });
  const landscape = await startLandscape({
    dataDir: join(folder.path, 'landscape'),
    port,
    fleetSize,
    upgradeSeconds,
    failureRate,
    requireTenant: true,
    overridesNamespace: config.overrides.namespace,
    stacksNamespace: config.stacks.namespace,
    kymaVersions: [...new Set([...KYMA_VERSIONS, config.versions.kyma])],
  });
  shutdown.add('stopping the landscape', () => landscape.close());
  folder.notePort('landscape', port);
  return landscape;
}

function systemsOf(
  config: Config,
  landscape: Simulation | undefined,
): Pick<WorkerConfig, 'gardener' | 'overrides' | 'provisioner' | 'stacks'> {
  const { overrides, provisioner, stacks } = config;
  if (!landscape) return { gardener: config.gardener, overrides, provisioner, stacks } as WorkerConfig;
  return {
    gardener: config.gardener ?? { kubeconfig: landscape.kubeconfigPath, namespace: landscape.namespace },
    overrides: { ...overrides, kubeconfig: overrides.kubeconfig ?? landscape.kubeconfigPath },
    provisioner: { ...provisioner, url: provisioner.url ?? landscape.provisionerURL },
    stacks: { ...stacks, kubeconfig: stacks.kubeconfig ?? landscape.kubeconfigPath },
  };
}

/** The port of the last run, then the usual one (not with PORT=0); never that of the API, which starts last. */
function portsFor(server: Server, { config, folder }: EmbeddedOptions): number[] {
  const usual = config.port === 0 ? undefined : FIRST_PORTS[server];
  return [folder.portOf(server), usual]
    .filter((port) => port !== undefined)
    .filter((port) => port !== config.port);
}

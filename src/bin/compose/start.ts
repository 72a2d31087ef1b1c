/** The whole service in one process: what `npm start` and `npm run demo` have in common. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Logger } from 'pino';
import type { Config, Environment } from '../../config/index.ts';
import { createRepositories } from '../../db/repositories/index.ts';
import { DataFolder } from '../../dev/data-folder.ts';
import { listenProblem } from './api-server.ts';
import { adoptEngine } from './binding.ts';
import { connectDatabase, connectTemporal, migrateDatabase } from './connections.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { operatorPage } from './operator-page.ts';
import { outsideLooks } from './outside-looks.ts';
import { runWorkers, serveAPI } from './services.ts';
import type { Shutdown } from './shutdown.ts';
import { traceIn } from './tracing.ts';

export interface StartOptions {
  config: Config;
  env: Environment;
  logger: Logger;
  say: (line: string) => void;
  shutdown: Shutdown;
}

export interface RunningService {
  apiURL: string;
  temporalUI?: string;
  issuerURL: string;
  tokenFor: Embedded['tokenFor'];
  landscapeAdminURL?: string;
  /** Rejects when a part ends by itself; what it says is for the user. */
  failed: Promise<void>;
}

/** Closed workflows stay visible in the Web UI for so long; nothing else depends on it. */
const RETENTION = '3 days';

/** Starts what is missing, brings the database up to date, runs workers and API. Everything is in the shutdown. */
export async function startService(options: StartOptions): Promise<RunningService> {
  const { say, shutdown, logger } = options;
  // Beside the start of the servers.
  const page = operatorPage(logger);
  await demandPort(options.config);
  await demandOutsideSystems(options.config);
  const folder = DataFolder.take(options.config.dataDir);
  shutdown.add(`releasing ${folder.path}`, async () => folder.release());
  const embedded = await startEmbedded({ ...options, folder });
  const { config } = embedded;
  say('bringing the database up to date');
  await migrateDatabase(config.databaseURL);
  if (embedded.temporalUI !== undefined) {
    const client = await connectTemporal(config.temporal.connection, config.temporal.namespace);
    await setRetention(client);
    if (options.config.databaseURL === undefined) await adoptOwnEngine(config.databaseURL, client);
    await client.connection.close();
  }
  say('starting the workers and the API');
  const tracing = await traceIn(shutdown, config, 'drydock', logger);
  const workers = await runWorkers(config, logger, shutdown, tracing);
  const looks = outsideLooks(config, say);
  // Nothing waits for it: a system that hangs says so when its time is over.
  void looks.look();
  const apiURL = await serveAPI(config, logger, shutdown, looks, page, tracing);
  return {
    apiURL,
    temporalUI: embedded.temporalUI,
    issuerURL: config.oidc.issuer,
    tokenFor: embedded.tokenFor,
    landscapeAdminURL: embedded.landscapeAdminURL,
    failed: Promise.race([workers.finished, ...embedded.serversFailed]),
  };
}

/** Says that the port is taken before anything else has been started. */
async function demandPort({ port, host }: Config): Promise<void> {
  const probe = createServer().listen(port, host);
  try {
    await once(probe, 'listening');
  } catch (error) {
    throw new Error(listenProblem(error, host, port), { cause: error });
  }
  const closed = once(probe, 'close');
  probe.close();
  await closed;
}

/** Likewise for the systems that are given from outside. */
async function demandOutsideSystems({ databaseURL, temporal }: Config): Promise<void> {
  if (databaseURL !== undefined) await migrateDatabase(databaseURL);
  if (temporal.connection) {
    const client = await connectTemporal(temporal.connection, temporal.namespace);
    await client.connection.close();
  }
}

/** Both are ours, in one folder. */
async function adoptOwnEngine(databaseURL: string, client: Client): Promise<void> {
  const database = await connectDatabase(databaseURL, 'drydock start');
  try {
    await adoptEngine(createRepositories(database).installation, client);
  } finally {
    await database.close();
  }
}

async function setRetention(client: Client): Promise<void> {
  await client.workflowService.updateNamespace({
    namespace: client.options.namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
  });
}

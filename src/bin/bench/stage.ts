import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { createInventoryClient } from '../../clients/upgrades/gardener.ts';
import type { InventoryClient } from '../../clients/upgrades/outside-systems.ts';
import { z } from 'zod';
import { cacheFolder } from '../../config/index.ts';
import { TemporalGateway } from '../../clients/upgrades/temporal-orchestrations.ts';
import { openDatabase } from '../../db/connection.ts';
import { migrate } from '../../db/run-migrations.ts';
import { createRepositories, type Repositories } from '../../db/repositories/index.ts';
import { startLandscape } from '../../dev/landscape/index.ts';
import { POSTGRES_STOP, startPostgres } from '../../dev/postgres.ts';
import { killProcess, stopProcess, type ServerProcess, type StopOptions } from '../../dev/processes.ts';
import { findTemporal } from '../../dev/temporal-program.mjs';
import { TEMPORAL_STOP, startTemporal } from '../../dev/temporal.ts';
import { connectTemporal } from '../compose/connections.ts';
import type { Shutdown } from '../compose/shutdown.ts';

/** Everything a measurement needs; all of it ends with the shutdown. */
export interface Stage {
  client: Client;
  repositories: Repositories;
  gateway: TemporalGateway;
  inventory: InventoryClient;
  /**
   * How many transactions have written to the database so far, from any time on. PostgreSQL gives a transaction a
   * number when it first writes, or locks a row; those are the ones whose commit waits for the disk. Reads have none.
   * Its own housekeeping (autovacuum) is in it, a few for a run.
   */
  countCommits(): Promise<number>;
  /** Starts Drydock's production worker as a process of its own. */
  startWorker(): ChildProcess;
  /** Starts the baseline's worker. */
  startRawWorker(taskQueue: string): ChildProcess;
}

/** The embedded parts in a temporary folder, with a fleet of the given size. */
export async function setStage(
  fleetSize: number,
  env: Record<string, string | undefined>,
  say: (line: string) => void,
  shutdown: Shutdown,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bench-'));
  await chmod(folder, 0o711);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  shutdown.add('removing the temporary folder', async () => remove(), remove);
  const program = await findTemporal({ env, say });
  const expectServer =
    (name: string, stop: StopOptions) =>
    (server: ServerProcess): void =>
      shutdown.add(
        `stopping ${name}`,
        () => stopProcess(server, stop),
        () => killProcess(server),
      );
  const database = await startPostgres({
    dataDir: join(folder, 'postgres'),
    say,
    onSpawn: expectServer('PostgreSQL', POSTGRES_STOP),
  });
  await migrate(database.url);
  const engine = await startTemporal({
    program,
    logDir: join(folder, 'temporal'),
    dbFile: join(folder, 'temporal', 'temporal.db'),
    uiPorts: null,
    onSpawn: expectServer('Temporal', TEMPORAL_STOP),
  });
  const landscape = await startLandscape({
    dataDir: join(folder, 'landscape'),
    fleetSize,
    upgradeSeconds: 1,
  });
  shutdown.add('stopping the landscape', () => landscape.close());
  const connections = openDatabase(database.url);
  shutdown.add('closing the database connections', () => connections.close());
  // Not closed: a signal comes while calls wait on it, and the SDK tries those again on the closed connection, which throws.
  const client = await connectTemporal({ address: engine.address }, 'default');

  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(landscape.kubeconfigPath);

  const spawnNode = (what: string, args: string[], settings: Record<string, string>): ChildProcess => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { PATH: env['PATH'], HOME: env['HOME'], XDG_CACHE_HOME: env['XDG_CACHE_HOME'], ...settings },
      stdio: ['ignore', 2, 2],
    });
    shutdown.add(
      `stopping ${what}`,
      () => endChild(child),
      () => child.kill('SIGKILL'),
    );
    return child;
  };
  return {
    client,
    repositories: createRepositories(connections),
    gateway: new TemporalGateway(client),
    countCommits: () =>
      connections.run(async (db) => {
        const [row] = await db.execute<{ next: string }>(
          sql`select pg_snapshot_xmax(pg_current_snapshot())::text as next`,
        );
        return Number(row?.next);
      }),
    inventory: createInventoryClient({ kubeConfig, namespace: landscape.namespace }),
    startWorker: () =>
      spawnNode('the worker', workerCommand(), {
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: engine.address,
        KUBECONFIG: landscape.kubeconfigPath,
        GARDENER_NAMESPACE: landscape.namespace,
        OVERRIDES_NAMESPACE: landscape.overridesNamespace,
        PROVISIONER_URL: landscape.provisionerURL,
        PROVISIONER_POLL_SECONDS: '1',
        LOG_LEVEL: 'error',
      }),
    startRawWorker: (taskQueue) =>
      spawnNode(
        "the baseline's worker",
        ['scripts/run.mjs', 'bench-baseline', engine.address, taskQueue, cacheFolder(env)],
        {},
      ),
  };
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const packageSchema = z.object({ scripts: z.object({ worker: z.string().startsWith('exec node ') }) });

/** The program of `npm run worker`, without npm in between: memory is measured by the process ID. */
function workerCommand(): string[] {
  const { scripts } = packageSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  return scripts.worker.split(' ').slice(2);
}

/** A worker hands over what it does within 20 seconds. */
const CHILD_LIMIT_MS = 30_000;

/** Ends a child and waits until it is gone; one that does not end by itself is killed. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), CHILD_LIMIT_MS);
  try {
    await gone;
  } finally {
    clearTimeout(limit);
  }
}

/** Most memory that a process has had resident so far, in bytes; undefined where the system does not tell. */
export function peakMemory(child: ChildProcess): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

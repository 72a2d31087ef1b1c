/** PostgreSQL and Temporal of a test file's own, which it may kill and start again where they were. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { clearLockedPorts } from 'get-port';
import { migrateDatabase } from '../../src/bin/compose/connections.ts';
import { startPostgres, type RunningPostgres } from '../../src/dev/postgres.ts';
import { stopProcess } from '../../src/dev/processes.ts';
import { startTemporal, type RunningTemporal } from '../../src/dev/temporal.ts';
import { atEndOfFile, servers, temporaryFolder } from './environment.ts';

const KILL = { signal: 'SIGKILL', limitMs: 10_000 } as const;

/** A server that can be away. */
export interface OwnServer {
  kill(): Promise<void>;
  /** On the port that it had, with the data that it had. */
  again(): Promise<void>;
}

export interface OwnServers {
  database: OwnServer;
  engine: OwnServer;
  /** Where a service finds both. */
  place: { databaseURL: string; temporal: { address: string; namespace: string } };
}

/** Both, with a migrated database; they end with the test file. */
export async function startOwnServers(): Promise<OwnServers> {
  const folder = temporaryFolder();
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(folder, 0o711);
  const [database, engine] = await Promise.all([
    own<RunningPostgres>((ports) => startPostgres({ dataDir: join(folder, 'postgres'), ports })),
    own<RunningTemporal>((ports) =>
      startTemporal({
        program: servers().temporalProgram,
        logDir: folder,
        dbFile: join(folder, 'temporal.db'),
        ports,
        uiPorts: null,
      }),
    ),
  ]);
  const { url } = database.first;
  const { address } = engine.first;
  await migrateDatabase(url);
  return {
    database: database.server,
    engine: engine.server,
    place: { databaseURL: url, temporal: { address, namespace: 'default' } },
  };
}

type Running = RunningPostgres | RunningTemporal;

async function own<T extends Running>(
  run: (ports: number[]) => Promise<T>,
): Promise<{ first: T; server: OwnServer }> {
  let running = await run([]);
  const first = running;
  atEndOfFile(() => running.stop());
  const kill = (): Promise<void> => stopProcess(running.process, KILL);
  const again = async (): Promise<void> => {
    // get-port does not give a port out again for a while, to the process that had it.
    clearLockedPorts();
    running = await run([first.port]);
    if (running.port !== first.port) throw new Error(`Port ${first.port} was taken by somebody else`);
  };
  return { first, server: { kill, again } };
}

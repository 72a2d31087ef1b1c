/** A Temporal development server with its Web UI, on loopback, its state in a SQLite file or in memory. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import getPort from 'get-port';
import { SEARCH_ATTRIBUTES } from '../workflows/contract/engine.ts';
import { type ServerProcess, spawnServer, stopProcess, tailOf } from './processes.ts';

export interface TemporalOptions {
  /** Path of the `temporal` program, see `findTemporal`. */
  program: string;
  /** Where its log goes. */
  logDir: string;
  /** SQLite file that keeps the state between runs; in memory when not given. */
  dbFile?: string;
  /** Preferred ports, the best first; another free one is taken when they are in use, or none is given. */
  ports?: number[];
  /** This one and no other: of a server that is started again while its clients know it by that. */
  port?: number;
  /** Preferred ports of the Web UI, likewise; null for no Web UI. */
  uiPorts?: number[] | null;
  /** That of a server that is started again, likewise. */
  uiPort?: number;
  /** Further namespaces beside `default`. */
  namespaces?: string[];
  /** False for a server that executes no schedules: it is spared a worker of its own for each namespace. Default true. */
  withSchedules?: boolean;
  /** Memory that may be garbage before it is collected, in percent of what is in use; Go's default is 100. */
  garbagePercent?: number;
  /** Is told of the process as soon as it exists, before it is ready: for a record that survives a killed parent. */
  onSpawn?: (process: ServerProcess) => void;
}

export interface RunningTemporal {
  /** host:port of the gRPC service. */
  address: string;
  port: number;
  /** Undefined without a Web UI. */
  uiURL?: string;
  uiPort?: number;
  process: ServerProcess;
  pid: number;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 90_000;

export const TEMPORAL_STOP = { signal: 'SIGTERM', limitMs: 15_000 } as const;

/** The program looks for free ports for its inner services, and opens them later: somebody else may be faster. */
const MOST_STARTS = 3;

/** Starts the server with the search attributes of this service in every namespace, and waits until it answers. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const log = temporalLog(options.logDir);
  for (let starts = 1; ; starts++) {
    const begin = existsSync(log) ? statSync(log).size : 0;
    try {
      return await startOnce(options);
    } catch (error) {
      if (starts === MOST_STARTS || !textFrom(log, begin).includes('address already in use')) throw error;
    }
  }
}

function textFrom(log: string, begin: number): string {
  return existsSync(log) ? readFileSync(log).subarray(begin).toString('utf8') : '';
}

async function startOnce(options: TemporalOptions): Promise<RunningTemporal> {
  const free = (ports: number[] = []): Promise<number> => getPort({ host: '127.0.0.1', port: ports });
  const port = options.port ?? (await free(options.ports));
  const uiPort = options.uiPorts === null ? undefined : (options.uiPort ?? (await free(options.uiPorts)));
  const logFile = temporalLog(options.logDir);
  const server = await spawnServer({
    command: options.program,
    args: serverArguments(options, port, uiPort),
    logFile,
    // Settings such as TEMPORAL_NAMESPACE or a config file are not meant for this server.
    env: {
      ...{ PATH: '/usr/bin:/bin', HOME: options.logDir, TZ: 'UTC' },
      ...(options.garbagePercent === undefined ? {} : { GOGC: String(options.garbagePercent) }),
    },
    cwd: options.logDir,
  });
  options.onSpawn?.(server);
  const address = `127.0.0.1:${port}`;
  try {
    await ready(address, options.namespaces ?? [], server, logFile);
  } catch (error) {
    await stopProcess(server, TEMPORAL_STOP);
    throw error;
  }
  return {
    address,
    port,
    ...(uiPort === undefined ? {} : { uiPort, uiURL: `http://127.0.0.1:${uiPort}` }),
    process: server,
    pid: server.pid,
    stop: () => stopProcess(server, TEMPORAL_STOP),
  };
}

/** Where the server writes its log. */
export function temporalLog(logDir: string): string {
  return join(logDir, 'temporal.log');
}

function serverArguments(options: TemporalOptions, port: number, uiPort: number | undefined): string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    ...(uiPort === undefined ? ['--headless'] : [`--ui-port=${uiPort}`]),
    '--log-level=warn',
    // Tasks that are handed on between the four partitions of each queue cost a single server a seventh of its time.
    '--dynamic-config-value=matching.numTaskqueueReadPartitions=1',
    '--dynamic-config-value=matching.numTaskqueueWritePartitions=1',
    ...(options.withSchedules === false ? ['--dynamic-config-value=worker.perNamespaceWorkerCount=0'] : []),
    ...(options.dbFile === undefined
      ? []
      : [
          `--db-filename=${options.dbFile}`,
          // Twice the throughput of the default journal, and the file survives a kill -9 of the server.
          '--sqlite-pragma=journal_mode=wal',
          '--sqlite-pragma=synchronous=normal',
        ]),
    ...SEARCH_ATTRIBUTES.map((name) => `--search-attribute=${name}=Keyword`),
    ...(options.namespaces ?? []).map((name) => `--namespace=${name}`),
  ];
}

async function ready(
  address: string,
  namespaces: string[],
  server: ServerProcess,
  logFile: string,
): Promise<void> {
  let last: unknown;
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await delay(50)) {
    if (server.hasExited()) break;
    try {
      const connection = await Connection.connect({ address, connectTimeout: '5s' });
      try {
        for (const namespace of ['default', ...namespaces.slice(-1)]) {
          await connection.workflowService.describeNamespace({ namespace });
        }
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      // Not up yet; the last reason is told when the time is over.
      last = error;
    }
  }
  throw new Error(
    `The Temporal server did not start. The end of its log (${logFile}) says:\n${tailOf(logFile, 25)}\n` +
      'Mend that, or give a cluster by TEMPORAL_ADDRESS.',
    { cause: last },
  );
}

/** A run that was killed can't clean up: the next one ends its servers and removes its folder. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { birthOf, isAlive, stopProcess, type ProcessIdentity } from '../../src/dev/processes.ts';

const identity = z.object({ pid: z.number(), birth: z.string() });
const record = z.object({ owner: identity, servers: z.array(identity) });

const PREFIX = 'drydock-test-';
const FILE = 'run.json';

/** Linux keeps what is written here in memory. */
const MEMORY = '/dev/shm';
const GIB = 2 ** 30;
/** Many times what tests have been seen to take at once: half a GiB. */
const ROOM = 6 * GIB;
/** All that is there for everything: the tests need some of it for themselves. */
const AVAILABLE = 8 * GIB;

/** A temporary folder that names its owner and the servers in it. */
export interface RunFolder {
  path: string;
  /** Ends the servers at once and removes the folder: for the exit of the process, where nothing can be awaited. */
  discard(): void;
  /** Notes a server, so that it is ended even when this process is killed. */
  note(server: ProcessIdentity): void;
}

export function createRunFolder(): RunFolder {
  const path = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : tmpdir(), PREFIX));
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(path, 0o711);
  const servers: ProcessIdentity[] = [];
  const owner = { pid: process.pid, birth: birthOf(process.pid) ?? 'unknown' };
  const write = (): void => writeFileSync(join(path, FILE), JSON.stringify({ owner, servers }));
  write();
  return {
    path,
    discard: () => {
      for (const server of servers) if (isAlive(server)) process.kill(server.pid, 'SIGKILL');
      rmSync(path, { recursive: true, force: true });
    },
    note: ({ pid, birth }) => {
      servers.push({ pid, birth });
      write();
    },
  };
}

/**
 * Each of a thousand databases is several hundred files that are made and soon removed. In memory that takes less than half of the
 * time of the processor that some file systems need for it: ext4 without a journal searches long for a place that was not
 * in use a moment ago.
 */
function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ROOM && process.availableMemory() >= AVAILABLE;
}

/** The folders of all runs that are there, with their records. */
export function runFolders(): string[] {
  return [...new Set([MEMORY, tmpdir()])]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => basename(path).startsWith(PREFIX) && existsSync(join(path, FILE)));
}

/** Ends what runs that are no more have left. */
export async function clearLeftovers(): Promise<void> {
  for (const path of runFolders()) {
    const { owner, servers } = record.parse(JSON.parse(readFileSync(join(path, FILE), 'utf8')));
    if (isAlive(owner)) continue;
    for (const server of servers) await stopProcess(server, { signal: 'SIGINT', limitMs: 10_000 });
    rmSync(path, { recursive: true, force: true });
  }
}

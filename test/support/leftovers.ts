/** A run that was killed can't clean up: the next one ends its servers and removes its folder. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { birthOf, isAlive, stopProcess, type ProcessIdentity } from '../../src/dev/processes.ts';

const identity = z.object({ pid: z.number(), birth: z.string() });
const record = z.object({ owner: identity, servers: z.array(identity) });

const PREFIX = 'drydock-test-';
const FILE = 'run.json';

/** A temporary folder that names its owner and the servers in it. */
export interface RunFolder {
  path: string;
  /** Ends the servers at once and removes the folder: for the exit of the process, where nothing can be awaited. */
  discard(): void;
  /** Notes a server, so that it is ended even when this process is killed. */
  note(server: ProcessIdentity): void;
}

export function createRunFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), PREFIX));
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

/** Ends what runs that are no more have left. */
export async function clearLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const path = join(tmpdir(), name);
    if (!existsSync(join(path, FILE))) continue;
    const { owner, servers } = record.parse(JSON.parse(readFileSync(join(path, FILE), 'utf8')));
    if (isAlive(owner)) continue;
    for (const server of servers) await stopProcess(server, { signal: 'SIGINT', limitMs: 10_000 });
    rmSync(path, { recursive: true, force: true });
  }
}

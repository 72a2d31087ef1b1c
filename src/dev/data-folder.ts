/**
 * The data folder of the embedded default: who uses it, which servers run on it, and which ports they had. A parent that
 * was killed leaves its servers running and its name in the folder: the next start sees that it is dead and ends them.
 */
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { birthOf, isAlive, stopProcess, type ProcessIdentity, type StopOptions } from './processes.ts';

const identitySchema = z.object({ pid: z.number().int(), birth: z.string() });
const recordSchema = z.object({
  /** Servers that run, or ran when their parent was killed. */
  servers: z.record(z.string(), identitySchema),
  /** Ports of the last run: URLs and tokens stay good over a restart where the port is still free. */
  ports: z.record(z.string(), z.number().int()),
});
type Record = z.infer<typeof recordSchema>;

export class DataFolder {
  readonly path: string;
  private readonly record: Record;

  private constructor(path: string) {
    this.path = path;
    this.record = readRecord(path);
  }

  /** Takes the folder for this process. Throws one clear sentence when another Drydock uses it. */
  static take(folder: string): DataFolder {
    const path = resolve(folder);
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `The data folder can't be created (${reason}): choose another one by DRYDOCK_DATA_DIR.`,
        {
          cause: error,
        },
      );
    }
    takeLock(path);
    return new DataFolder(path);
  }

  /** Ends the servers that a killed parent has left. */
  async endOrphans(stops: { [server: string]: StopOptions }, say: (line: string) => void): Promise<void> {
    for (const [name, identity] of Object.entries(this.record.servers)) {
      if (isAlive(identity)) {
        say(`ending ${name} of an earlier run that was killed (process ${identity.pid})`);
        await stopProcess(identity, stops[name] ?? { signal: 'SIGTERM', limitMs: 10_000 });
      }
      this.ended(name);
    }
  }

  /** Notes a server as soon as it exists. */
  spawned(name: string, { pid, birth }: ProcessIdentity): void {
    this.record.servers[name] = { pid, birth };
    this.write();
  }

  ended(name: string): void {
    delete this.record.servers[name];
    this.write();
  }

  /** The port that a server had in the last run. */
  portOf(name: string): number | undefined {
    return this.record.ports[name];
  }

  notePort(name: string, port: number): void {
    this.record.ports[name] = port;
    this.write();
  }

  /** Lets the next one have it. */
  release(): void {
    rmSync(join(this.path, LOCK), { force: true });
  }

  private write(): void {
    const file = join(this.path, RECORD);
    // Renamed into place: a kill in the middle leaves the old record, not half of one.
    writeFileSync(`${file}.new`, `${JSON.stringify(this.record, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
}

/** The port that a server had in the last run on this folder, without taking it. */
export function recordedPort(folder: string, name: string): number | undefined {
  return readRecord(resolve(folder)).ports[name];
}

const RECORD = 'servers.json';
const LOCK = 'in-use.json';

function readRecord(path: string): Record {
  const file = join(path, RECORD);
  if (!existsSync(file)) return { servers: {}, ports: {} };
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${file} can't be read. End the servers of this folder if they still run (ps shows them), delete that file and start again.`,
      { cause: error },
    );
  }
}

function takeLock(path: string): void {
  const lock = join(path, LOCK);
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) ?? 'unknown' }));
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      // A link comes into being whole and only where there is none: of two that start at once, one gets it.
      if (linked(mine, lock)) return;
      const holder = readHolder(lock);
      if (holder && isAlive(holder)) {
        throw new Error(
          `Drydock runs on ${path} already (process ${holder.pid}): end that one, or choose another folder by DRYDOCK_DATA_DIR.`,
        );
      }
      clearStale(lock, `${mine}.stale`);
    }
    throw new Error(`The data folder ${path} can't be taken: delete ${lock} and start again.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes the lock of a dead holder, unless another start has replaced it since: then that one's lock goes back. */
function clearStale(lock: string, aside: string): void {
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const taken = readHolder(aside);
  if (taken && isAlive(taken)) linked(aside, lock);
  rmSync(aside, { force: true });
}

function linked(file: string, lock: string): boolean {
  try {
    linkSync(file, lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(lock: string): ProcessIdentity | undefined {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(lock, 'utf8')));
  } catch (error) {
    // Released in the meantime.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

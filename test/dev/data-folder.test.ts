import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataFolder, recordedPort } from '../../src/dev/data-folder.ts';
import { birthOf, isAlive } from '../../src/dev/processes.ts';
import { atEndOfFile, temporaryFolder, until } from '../support/environment.ts';

const STOPS = { server: { signal: 'SIGTERM', limitMs: 5_000 } } as const;

async function startProcess(): Promise<{ pid: number; birth: string }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  atEndOfFile(() => void child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  return { pid, birth: birthOf(pid) ?? '' };
}

describe('the data folder', () => {
  it('belongs to one process at a time', () => {
    const path = temporaryFolder();
    const first = DataFolder.take(path);
    expect(() => DataFolder.take(path)).toThrow(`Drydock runs on ${path} already (process ${process.pid})`);
    first.release();
    DataFolder.take(path).release();
  });

  it('is taken over from a process that is no more, also when its ID was given to another one', () => {
    const path = temporaryFolder();
    for (const holder of [
      { pid: process.pid, birth: 'another life' },
      { pid: 2 ** 22 + 1, birth: 'x' },
    ]) {
      writeFileSync(join(path, 'in-use.json'), JSON.stringify(holder));
      DataFolder.take(path).release();
    }
  });

  it('remembers ports, and ends the servers of a killed run but no other process', async () => {
    const path = temporaryFolder();
    const [server, stranger] = [await startProcess(), await startProcess()];
    const killed = DataFolder.take(path);
    killed.spawned('server', server);
    killed.spawned('gone', { pid: stranger.pid, birth: 'an earlier process with this ID' });
    killed.notePort('server', 4711);
    killed.release();

    const next = DataFolder.take(path);
    const said: string[] = [];
    await next.endOrphans(STOPS, (line) => said.push(line));
    await until(() => !isAlive(server), { what: 'the end of the server' });
    expect(isAlive(stranger)).toBe(true);
    expect(said).toEqual([`ending server of an earlier run that was killed (process ${server.pid})`]);
    expect(recordedPort(path, 'server')).toBe(4711);
    next.release();
  });

  it('says what to do about a record that is damaged', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'servers.json'), '{"servers":');
    expect(() => DataFolder.take(path)).toThrow(
      /servers.json can't be read\. End the servers .* delete that file and start again/,
    );
  });
});

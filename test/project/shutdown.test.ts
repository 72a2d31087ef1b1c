import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder: string;
let child: ChildProcessByStdio<null, Readable, Readable>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shutdown-'));
  // Its first word may come before it has counted it.
  writeFileSync(join(folder, 'words'), '');
  const shutdown = new URL('../../src/bin/compose/shutdown.ts', import.meta.url).href;
  // It talks all the time, and writes down that it has ended in order.
  const program = `
    import { writeFileSync } from 'node:fs';
    import { runProgram } from '${shutdown}';
    await runProgram({ say: (line) => console.error(line), env: {} }, async (shutdown) => {
      shutdown.add('stopping the talk', async () => writeFileSync('${join(folder, 'ended')}', 'in order'));
      let words = 0;
      setInterval(() => {
        console.log('a word');
        console.error('another one');
        writeFileSync('${join(folder, 'words')}', String(++words));
      }, 5);
      await new Promise(() => {});
    });`;
  child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
});

afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('a program whose words nobody reads any longer goes on, and ends in good order', async () => {
  await Promise.all([once(child.stdout, 'data'), once(child.stderr, 'data')]);
  child.stdout.destroy();
  child.stderr.destroy();
  const words = (): number => Number(readFileSync(join(folder, 'words'), 'utf8') || 0);
  const before = words();
  await vi.waitUntil(() => words() > before + 20, { timeout: 180_000 });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(readFileSync(join(folder, 'ended'), 'utf8')).toBe('in order');
});

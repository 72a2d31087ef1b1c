/** Commands that run for long end in good order by the first signal, whoever gets it, and at once by the second. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder, until } from '../support/environment.ts';
import { runProgram, type Program } from '../support/program.ts';

/** A folder for temporary files of one command: what it starts has this path on its command line. */
function ownFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  folders.push(folder);
  return folder;
}

const folders: string[] = [];

/** Processes whose command line names the folder, or that are in the command's group. */
function processesOf(folder: string, group: number): number[] {
  const listed = execFileSync('ps', ['-axww', '-o', 'pid=,pgid=,stat=,command='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, pid, groupOf, state = '', command = ''] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    const isTheirs = Number(groupOf) === group || command.includes(folder);
    return isTheirs && !state.startsWith('Z') ? [Number(pid)] : [];
  });
}

afterEach(() => {
  // Servers are in sessions of their own: a test that fails must not leave them.
  for (const folder of folders.splice(0)) {
    for (const pid of processesOf(folder, -1)) process.kill(pid, 'SIGKILL');
  }
});

const BENCH = [
  'run',
  '--silent',
  'bench',
  '--',
  '--fleet',
  '40',
  '--sample',
  '20',
  '--width',
  '5',
  '--rounds',
  '99',
];

describe('npm run bench', () => {
  async function bench(): Promise<{ run: Program; folder: string }> {
    const folder = ownFolder();
    const run = runProgram('npm', BENCH, { env: { TMPDIR: folder } });
    await run.says(/^round 1: raw/m);
    return { run, folder };
  }

  async function leavesNothing({ run, folder }: { run: Program; folder: string }): Promise<void> {
    await run.exitCode;
    await until(() => processesOf(folder, run.pid).length === 0, { what: 'that no process is left' });
    expect(readdirSync(folder).filter((name) => name.startsWith('drydock-bench-'))).toEqual([]);
  }

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends everything by %s to npm alone, while a round runs',
    async (signal) => {
      const started = await bench();
      process.kill(started.run.pid, signal);
      await leavesNothing(started);
      expect(started.run.output()).toMatch(/shutting down[\s\S]*stopping Temporal[\s\S]*stopping PostgreSQL/);
      expect(started.run.output()).not.toMatch(/did not work|\n +at /);
    },
    360_000,
  );

  it('ends everything by a Ctrl-C in the terminal, which reaches every process of the group', async () => {
    const started = await bench();
    started.run.signal('SIGINT');
    await leavesNothing(started);
    expect(started.run.output()).not.toMatch(/did not work|\n +at /);
  });
});

describe('a second signal', () => {
  it('ends npm run demo at once, and leaves no server', async () => {
    const folder = ownFolder();
    const run = runProgram(process.execPath, ['scripts/run.mjs', 'demo'], {
      env: { TMPDIR: folder, DRYDOCK_SIM_UPGRADE_SECONDS: '600' },
    });
    await run.says(/upgrading 40 runtimes/);
    process.kill(run.pid, 'SIGTERM');
    await run.says(/SIGTERM: shutting down/);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exitCode).toBe(1);
    await until(() => processesOf(folder, run.pid).length === 0, { what: 'that no process is left' });
    expect(readdirSync(folder).filter((name) => name.startsWith('drydock-demo-'))).toEqual([]);
  });
});

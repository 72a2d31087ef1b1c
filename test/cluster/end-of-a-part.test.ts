import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { isAlive, killProcess, type ProcessIdentity } from '../../src/dev/processes.ts';
import { temporaryFolder, until } from '../support/environment.ts';
import { clearLeftovers, runFolders } from '../support/leftovers.ts';
import { runProgram } from '../support/program.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { findPrograms, type Programs } from './programs.ts';

const PARTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];

function programs(): Programs {
  const found = findPrograms(process.env);
  if (!found) throw new Error('The setup of this run has not built the control plane');
  return found;
}

/** A control plane is ready in half a minute, and in a loaded machine later. */
const START_LIMIT_MS = 180_000;

const all: ProcessIdentity[] = [];

afterEach(() => {
  for (const process of all.splice(0)) killProcess(process);
});

/** A control plane of its own for a test, with its processes in the order of their start. */
async function start(onSpawn: (process: ProcessIdentity, place: number) => void = () => undefined) {
  const processes: ProcessIdentity[] = [];
  const outcome: { controlPlane?: ControlPlane; error?: unknown } = {};
  try {
    outcome.controlPlane = await startControlPlane({
      programs: programs(),
      folder: temporaryFolder(),
      onSpawn: (process) => {
        processes.push(process);
        all.push(process);
        onSpawn(process, processes.length - 1);
      },
    });
  } catch (error) {
    outcome.error = error;
  }
  return { processes, ...outcome };
}

/** Kills a part, or halts it, so that it takes connections and answers none. */
function hit({ pid }: ProcessIdentity, signal: 'SIGKILL' | 'SIGSTOP'): void {
  process.kill(pid, signal);
}

it.each(PARTS.map((part, place) => [part, place] as const))(
  'of a control plane that starts, %s: the others are ended, and it is said which one it was',
  async (part, place) => {
    const { processes, error } = await start((process, at) => {
      if (at === place) hit(process, 'SIGKILL');
    });
    expect(String(error)).toContain(`${part} has ended by itself`);
    expect(processes.filter(isAlive)).toEqual([]);
  },
  START_LIMIT_MS,
);

it(
  'of a control plane that runs, any: that is told at once, and the others are ended, one of which hangs',
  async () => {
    const { processes, controlPlane } = await start();
    const [etcd, server, , scheduler] = processes;
    if (!controlPlane || !etcd || !server || !scheduler) throw new Error('The control plane did not start');
    hit(server, 'SIGSTOP');
    hit(scheduler, 'SIGKILL');
    await expect(controlPlane.failed).rejects.toThrow('kube-scheduler has ended by itself');
    hit(etcd, 'SIGKILL');
    await controlPlane.stop();
    expect(processes.filter(isAlive)).toEqual([]);
  },
  START_LIMIT_MS,
);

const recordSchema = z.object({
  owner: z.object({ pid: z.number() }),
  servers: z.array(z.object({ pid: z.number(), birth: z.string() })),
});

/** Folder of a run whose record names that owner, and the servers in it. */
function runOf(owner: number): { path: string; servers: ProcessIdentity[] } | undefined {
  for (const path of runFolders()) {
    const record = recordSchema.parse(JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')));
    if (record.owner.pid === owner) return { path, servers: record.servers };
  }
  return undefined;
}

it.each([
  ['is ended', 'SIGTERM'],
  ['is killed, once the next one begins', 'SIGKILL'],
] as const)(
  'of a run: nothing is left of one that %s',
  async (_, signal) => {
    const program = runProgram(process.execPath, ['--import', 'tsx', 'test/cluster/run-control-plane.ts']);
    await program.says(/control plane is ready/);
    const run = runOf(program.pid);
    expect(run?.servers).toHaveLength(PARTS.length);
    process.kill(program.pid, signal);
    await program.exitCode;
    if (signal === 'SIGKILL') await clearLeftovers();
    await until(() => run?.servers.every((server) => !isAlive(server)), { what: 'that all parts are gone' });
    expect(existsSync(run?.path ?? '')).toBe(false);
  },
  START_LIMIT_MS,
);

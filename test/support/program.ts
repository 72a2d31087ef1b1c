/** A command of the project as a process of its own, as a user runs it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, stopProcess } from '../../src/dev/processes.ts';
import { atEndOfFile, until } from './environment.ts';

export interface Program {
  pid: number;
  /** Both streams, as they came. */
  output(): string;
  /** Standard output alone. */
  stdout(): string;
  /** The exit code; -1 when a signal has ended it. */
  exitCode: Promise<number>;
  /** Waits until the output matches; fails when the program ends before. */
  says(pattern: RegExp, limitMs?: number): Promise<RegExpMatchArray>;
  /** To the program and whatever it has in the foreground, as a terminal does it. */
  signal(signal: NodeJS.Signals): void;
}

export interface ProgramOptions {
  /** Added to an environment that holds nothing but PATH and the home folder. */
  env?: Record<string, string>;
  cwd?: string;
}

/** Runs a program; it is killed at the end of the test file if it still runs. */
export function runProgram(command: string, args: string[], options: ProgramOptions = {}): Program {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  const child = spawn(command, args, {
    env: { PATH, HOME, ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}), ...options.env },
    cwd: options.cwd ?? process.cwd(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  let ended = false;
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      ended = true;
      resolve(code ?? -1);
    });
  });
  const pid = child.pid ?? 0;
  const signal = (name: NodeJS.Signals): void => {
    if (!ended) process.kill(-pid, name);
  };
  atEndOfFile(async () => {
    signal('SIGKILL');
    await exitCode;
  });
  const says = (pattern: RegExp, limitMs?: number): Promise<RegExpMatchArray> =>
    until(
      () => {
        const match = output.match(pattern);
        if (!match && ended) throw new Error(`The program has ended before it said ${pattern}:\n${output}`);
        return match;
      },
      { what: `that the program says ${pattern}`, limitMs },
    );
  return { pid, output: () => output, stdout: () => stdout, exitCode, says, signal };
}

/** Runs one of the project's commands through its runner, without npm in between. */
export function runCommand(command: string, args: string[] = [], options: ProgramOptions = {}): Program {
  return runProgram(process.execPath, ['scripts/run.mjs', command, ...args], options);
}

const recordSchema = z.object({
  servers: z.record(z.string(), z.object({ pid: z.number(), birth: z.string() })),
  ports: z.record(z.string(), z.number()),
});

/** The embedded default's record in its data folder. */
export function readRecord(dataDir: string): z.infer<typeof recordSchema> {
  const file = join(dataDir, 'servers.json');
  if (!existsSync(file)) return { servers: {}, ports: {} };
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The embedded servers of a data folder that run. */
export function runningServers(dataDir: string): string[] {
  return Object.entries(readRecord(dataDir).servers)
    .filter(([, identity]) => isAlive(identity))
    .map(([name]) => name)
    .sort();
}

/** Ends the embedded servers of a data folder at the end of the test file, should a test have left them. */
export function endServersOf(dataDir: string): void {
  atEndOfFile(async () => {
    for (const identity of Object.values(readRecord(dataDir).servers)) {
      await stopProcess(identity, { signal: 'SIGKILL', limitMs: 5_000 });
    }
  });
}

/**
 * Servers that run as processes of their own: started in a session of their own, so that a Ctrl-C in the terminal does
 * not reach them before their turn in the shutdown, and with their output in a file, so that they outlive a killed parent.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process as it was when it was recorded. `birth` tells it from a later process with the same ID. */
export interface ProcessIdentity {
  pid: number;
  birth: string;
}

export interface ServerProcess extends ProcessIdentity {
  /** Settles when the process has ended, and says how: `killed by SIGKILL`, `with exit code 1`. */
  exited: Promise<string>;
  /** True as soon as the process has ended. */
  hasExited(): boolean;
}

export interface SpawnOptions {
  command: string;
  args: string[];
  logFile: string;
  env: Record<string, string | undefined>;
  cwd?: string;
  uid?: number;
  gid?: number;
}

const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

/** Starts a server that survives its parent. Throws when the program can't be executed. */
export async function spawnServer(options: SpawnOptions): Promise<ServerProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const tooBig = existsSync(options.logFile) && statSync(options.logFile).size > LOG_LIMIT_BYTES;
  const log = openSync(options.logFile, tooBig ? 'w' : 'a');
  try {
    const child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: options.env,
      cwd: options.cwd ?? '/',
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let ended = false;
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        ended = true;
        resolve(signal === null ? `with exit code ${code}` : `killed by ${signal}`);
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid;
    if (pid === undefined) throw new Error(`${options.command} got no process ID`);
    return { pid, birth: birthOf(pid) ?? 'unknown', exited, hasExited: () => ended };
  } finally {
    closeSync(log);
  }
}

/**
 * When a process was born, as a text that only compares: on Linux its start tick and the boot, elsewhere what `ps`
 * says. `undefined` when no such process runs. A process that has ended but is not yet reaped counts as gone.
 */
export function birthOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold blanks: the fields after it begin with the state (field 3).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19] ?? ''}`;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
  try {
    const answer = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
    return answer === '' || answer.startsWith('Z') ? undefined : answer.replace(/^\S+\s+/, '');
  } catch (error) {
    // `ps` ends with 1 when there is no such process.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1)
      return undefined;
    throw error;
  }
}

/** True when the recorded process, and not another one that was given its ID later, still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return birthOf(identity.pid) === identity.birth;
}

/** True for a process that has ended and still has its ID, because its parent has not asked for its exit code yet. */
export function isUnreaped(pid: number): boolean {
  if (birthOf(pid) !== undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may be somebody else's, and may not be sent a signal.
    return !isGone(error);
  }
}

export interface StopOptions {
  /** Sent first. */
  signal: NodeJS.Signals;
  /** After that many milliseconds SIGKILL follows. */
  limitMs: number;
}

/** Ends a recorded process and waits until it is gone; does nothing when it is not running any more. */
export async function stopProcess(identity: ProcessIdentity, options: StopOptions): Promise<void> {
  if (!sendSignal(identity, options.signal)) return;
  if (await isGoneWithin(identity, options.limitMs)) return;
  sendSignal(identity, 'SIGKILL');
  if (!(await isGoneWithin(identity, 10_000))) {
    throw new Error(`Process ${identity.pid} can't be ended. End it by hand: kill -9 ${identity.pid}`);
  }
}

/** Kills a recorded process without waiting; does nothing when it is not running any more. */
export function killProcess(identity: ProcessIdentity): void {
  sendSignal(identity, 'SIGKILL');
}

/** The last lines of a server's log, for an error message. */
export function tailOf(logFile: string, lines = 5): string {
  if (!existsSync(logFile)) return '';
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function isGoneWithin(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await delay(25)) {
    if (!isAlive(identity)) return true;
  }
  return false;
}

function isGone(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ESRCH' || code === 'ENOENT';
}

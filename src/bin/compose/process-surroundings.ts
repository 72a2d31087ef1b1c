import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { OutputStream, Surroundings } from '../../cli/index.ts';
import type { Environment } from '../../config/index.ts';
import { buildVersion } from './build-version.ts';

/** The surroundings of the command line, taken from this process. */
export function processSurroundings(env: Environment, interrupted: AbortSignal): Surroundings {
  return {
    env,
    home: homedir(),
    version: buildVersion(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    stdin: {
      isTerminal: process.stdin.isTTY,
      ask: (question) => ask(question, interrupted),
      readAll: () => text(process.stdin),
    },
    now: () => Date.now(),
    interrupted,
    openBrowser,
    readFile: (path) => readFile(path, 'utf8'),
    writeFile: (path, written) => writeFile(path, written),
  };
}

function outputOf(stream: NodeJS.WriteStream): OutputStream {
  return {
    write: (written) => void stream.write(written),
    isTerminal: stream.isTTY,
    // A terminal that nobody has told its size has 0 of each.
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
  };
}

async function ask(question: string, interrupted: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal: interrupted });
  } finally {
    lines.close();
  }
}

function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  // Without a browser the address that is shown has to do.
  child.on('error', () => child.unref());
  child.unref();
}

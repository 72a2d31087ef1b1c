/** The command line `drydock`, with this process around it. */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { runCommandLine, type OutputStream } from '../cli/index.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one ends it at once.
  process.once(signal, () => interrupted.abort());
}
// As `drydock list | head` ends it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

function outputOf(stream: NodeJS.WriteStream): OutputStream {
  return {
    write: (written) => void stream.write(written),
    isTerminal: stream.isTTY,
    get columns() {
      return stream.isTTY ? stream.columns : 80;
    },
    get rows() {
      return stream.isTTY ? stream.rows : 24;
    },
  };
}

function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  // Without a browser the address that is shown has to do.
  child.on('error', () => child.unref());
  child.unref();
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal: interrupted.signal });
  } finally {
    lines.close();
  }
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  home: homedir(),
  version: packageVersion(),
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  stdin: { isTerminal: process.stdin.isTTY, ask, readAll: () => text(process.stdin) },
  now: () => Date.now(),
  interrupted: interrupted.signal,
  openBrowser,
  readFile: (path) => readFile(path, 'utf8'),
  writeFile: (path, written) => writeFile(path, written),
});

/** The command line in this process, with a terminal, a person and a browser that the test plays. */
import { readFile, writeFile } from 'node:fs/promises';
import { runCommandLine } from '../../src/cli/index.ts';

export interface Typed {
  env?: Record<string, string | undefined>;
  home?: string;
  /** Whether standard output and error are terminals; pipes by default. */
  isTerminal?: boolean;
  columns?: number;
  /** The person's answers, one after the other; without any, standard input is no terminal. */
  answers?: string[];
  /** Standard input for `-f -`. */
  input?: string;
  interrupted?: AbortSignal;
  now?: () => number;
  /** Gets what is written on standard error, as it is written. */
  onError?: (text: string) => void;
  /** Likewise of standard output. */
  onOutput?: (text: string) => void;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
  /** The questions that the person was asked. */
  questions: string[];
}

export async function typed(args: readonly string[], options: Typed = {}): Promise<Ended> {
  const { isTerminal = false, columns = 100, answers, onError, onOutput } = options;
  const said = { stdout: '', stderr: '' };
  const questions: string[] = [];
  const code = await runCommandLine(args, {
    env: options.env ?? {},
    home: options.home ?? '/nonexistent',
    version: '1.2.3',
    stdout: {
      write: (text) => {
        said.stdout += text;
        onOutput?.(text);
      },
      ...{ isTerminal, columns, rows: 24 },
    },
    stderr: {
      write: (text) => {
        said.stderr += text;
        onError?.(text);
      },
      ...{ isTerminal, columns, rows: 24 },
    },
    stdin: {
      isTerminal: answers !== undefined,
      ask: async (question) => {
        questions.push(question);
        return answers?.[questions.length - 1] ?? '';
      },
      readAll: async () => options.input ?? '',
    },
    now: options.now ?? (() => Date.now()),
    interrupted: options.interrupted ?? new AbortController().signal,
    openBrowser: () => undefined,
    readFile: (path) => readFile(path, 'utf8'),
    writeFile: (path, written) => writeFile(path, written),
  });
  return { code, ...said, questions };
}

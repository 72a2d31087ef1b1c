/**
 * The command line `drydock`. It speaks to the service by its REST API alone. Data goes to standard output, everything else to
 * standard error.
 */
import yargs from 'yargs';
import { once, type Command } from './command.ts';
import { CONTROL } from './commands/control-commands.ts';
import { runtime, runtimes, why } from './commands/runtime-commands.ts';
import { login, logout, version, whoami } from './commands/login-commands.ts';
import { calendar, report } from './commands/documents.ts';
import { policy } from './commands/policy.ts';
import { queue } from './commands/queue.ts';
import { events, failures, list, ops, show } from './commands/read.ts';
import { stack } from './commands/run-stacks.ts';
import { plan, upgrade } from './commands/begin-upgrade.ts';
import { watch } from './commands/watch.ts';
import { webhook } from './commands/webhook-commands.ts';
import { createContext, type Context } from './context.ts';
import { CommandError, EXIT, type Ending } from './exit-codes.ts';
import type { Surroundings } from './surroundings.ts';
import { plainLines } from './terminal-texts.ts';

export type { InputStream, OutputStream, Surroundings } from './surroundings.ts';

const COMMANDS: readonly Command[] = [
  list,
  show,
  watch,
  ops,
  failures,
  events,
  plan,
  upgrade,
  ...CONTROL,
  queue,
  runtimes,
  runtime,
  why,
  calendar,
  report,
  policy,
  stack,
  webhook,
  login,
  logout,
  whoami,
  version,
];

/** Runs one command; answers its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const tell = (text: string): void => surroundings.stderr.write(`drydock: ${plainLines(text)}\n`);
  try {
    return EXIT[await parseAndRun(args, surroundings)];
  } catch (error) {
    if (error instanceof CommandError) {
      tell(error.next === undefined ? error.message : `${error.message}\n${error.next}`);
      return EXIT[error.ending];
    }
    tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.failed;
  }
}

async function parseAndRun(args: readonly string[], surroundings: Surroundings): Promise<Ending> {
  let ending: Ending = 'done';
  const parser = yargs()
    .scriptName('drydock')
    .usage('$0 <command>')
    .option('api', once('api', { type: 'string', describe: 'Address of the service', global: true }))
    .option(
      'output',
      once('output', {
        alias: 'o',
        type: 'string',
        default: 'table',
        describe: 'table, wide, json, jsonl, name or custom=HEADER:path,…',
        global: true,
      }),
    )
    .version(false)
    .completion('completion', 'A script for bash or zsh: put it into ~/.bashrc or ~/.zshrc')
    .help('help')
    .alias('help', 'h')
    .demandCommand(1, 'Say what to do.')
    .strict()
    .recommendCommands()
    .exitProcess(false)
    .wrap(Math.min(surroundings.stdout.columns, 120))
    .parserConfiguration({ 'duplicate-arguments-array': true, 'greedy-arrays': false })
    .fail((message, error: Error | undefined) => {
      if (error instanceof CommandError) throw error;
      // An error of yargs, or one that it has made of what a check of an option throws.
      throw error && error.name !== 'YError' ? error : usageError(message || (error?.message ?? ''));
    });
  const run = async (of: (context: Context) => Promise<Ending | undefined>): Promise<void> => {
    const { api, output } = parser.parsed ? (parser.parsed.argv as { api?: string; output?: string }) : {};
    ending = (await of(createContext(surroundings, { api, output: output ?? 'table' }))) ?? 'done';
  };
  for (const command of COMMANDS) command(parser, run);
  let shown = '';
  await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    shown = output;
  });
  if (shown !== '') surroundings.stdout.write(`${shown}\n`);
  return ending;
}

function usageError(message: string): CommandError {
  return new CommandError('usage', message, { next: '`drydock --help` says what there is.' });
}

/** A command of the command line, and how it is told to yargs. */
import type { Argv, InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import type { Context } from './context.ts';
import { CommandError, type Ending } from './exit-codes.ts';

type Named<O> = Record<string, O>;

/** Options by their names as they are written, such as `plan-hash`. */
type ArgumentsOf<P extends Named<PositionalOptions>, O extends Named<Options>> = InferredOptionTypes<P & O>;

interface CommandOf<P extends Named<PositionalOptions>, O extends Named<Options>> {
  /** As yargs has it: `show <id> [operation]`. */
  words: string;
  about: string;
  positionals?: P;
  options?: O;
  examples?: [command: string, about: string][];
  run: (context: Context, args: ArgumentsOf<P, O>) => Promise<Ending | undefined>;
}

/** Runs a command that was chosen. */
export type Runner = (run: (context: Context) => Promise<Ending | undefined>) => Promise<void>;

export type Command = (argv: Argv, runner: Runner) => Argv;

/** The positionals and options of a command that has none. */
const NONE = {};

/** A command whose arguments have the types that its options say. */
export function command<
  P extends Named<PositionalOptions> = typeof NONE,
  O extends Named<Options> = typeof NONE,
>({ words, about, positionals, options, examples = [], run }: CommandOf<P, O>): Command {
  return (argv, runner) =>
    argv.command(
      words,
      about,
      (builder) => {
        for (const [name, positional] of Object.entries<PositionalOptions>(positionals ?? NONE)) {
          builder.positional(name, positional);
        }
        for (const [name, option] of Object.entries<Options>(options ?? NONE))
          builder.option(name, once(name, option));
        for (const [line, meaning] of examples) builder.example(`$0 ${line}`, meaning);
        return builder;
      },
      async (args) => {
        // yargs has checked them against the same options.
        await runner((context) => run(context, args as unknown as ArgumentsOf<P, O>));
      },
    );
}

/** Refused when it is given twice, unless it is a list: yargs makes an array of both. */
export function once(name: string, option: Options): Options {
  if (option.array) return option;
  const coerce = option.coerce as ((value: unknown) => unknown) | undefined;
  return {
    ...option,
    coerce: (value: unknown) => {
      if (Array.isArray(value)) throw new CommandError('usage', `--${name} may be given once.`);
      return coerce ? coerce(value) : value;
    },
  };
}

/** Commands below a word, such as `queue front`. */
export function group(
  words: string,
  about: string,
  commands: readonly Command[],
  isOptional = false,
): Command {
  return (argv, runner) =>
    argv.command(words, about, (builder) => {
      for (const each of commands) each(builder, runner);
      return isOptional ? builder : builder.demandCommand(1, 'Say what to do.');
    });
}

export const ID = {
  id: { type: 'string', demandOption: true, describe: 'ID of an orchestration, or its beginning' },
} as const;

export const REASON = {
  reason: { type: 'string', describe: 'Why, for those who find it' },
} as const;

export const YES = {
  yes: { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' },
} as const;

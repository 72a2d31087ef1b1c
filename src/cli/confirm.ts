import type { Context } from './context.ts';
import { CommandError } from './exit-codes.ts';

/** Throws without a terminal, where nobody can be asked. */
export function mustBeAskable({ surroundings: { stdin, stderr } }: Context): void {
  if (stdin.isTerminal && stderr.isTerminal) return;
  throw new CommandError('usage', 'Without a terminal nobody can be asked.', { next: 'Give --yes.' });
}

/** Asks in a terminal. Throws when the answer is no, and without a terminal. */
export async function confirm(context: Context, question: string): Promise<void> {
  mustBeAskable(context);
  const { stdin, interrupted } = context.surroundings;
  let answer: string;
  try {
    answer = await stdin.ask(`${question} [y/N] `);
  } catch (error) {
    if (interrupted.aborted) throw new CommandError('interrupted', 'Nothing was changed.', { cause: error });
    throw error;
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('interrupted', 'Nothing was changed.');
}

import type { Context } from './context.ts';
import { CommandError } from './exit-codes.ts';

/** Asks in a terminal. Throws when the answer is no, and without a terminal, where nobody can be asked. */
export async function confirm({ surroundings }: Context, question: string): Promise<void> {
  const { stdin, stderr, interrupted } = surroundings;
  if (!stdin.isTerminal || !stderr.isTerminal) {
    throw new CommandError('usage', 'Without a terminal nobody can be asked.', { next: 'Give --yes.' });
  }
  let answer: string;
  try {
    answer = await stdin.ask(`${question} [y/N] `);
  } catch (error) {
    if (interrupted.aborted) throw new CommandError('interrupted', 'Nothing was changed.', { cause: error });
    throw error;
  }
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('interrupted', 'Nothing was changed.');
}

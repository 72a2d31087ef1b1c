import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { findOrchestrationID, short, unfinished } from '../ids.ts';
import { parseDuration } from '../terminal-texts.ts';
import { watchOrchestration } from '../watch/watch-orchestration.ts';

export const TIMEOUT = {
  timeout: {
    type: 'string',
    describe: 'Give up watching after so long, as 90s, 10m or 1h30m, with exit code 7',
    coerce: asDuration,
  },
} as const;

/** Timers of Node take no more than 2^31 ms, which are less than 25 days. */
const LONGEST_MS = 24 * 24 * 60 * 60_000;

function asDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new CommandError('usage', `--timeout ${text} is no time: write 90s, 10m or 1h30m.`);
  if (ms > LONGEST_MS)
    throw new CommandError('usage', `--timeout ${text} is too long: at most 24 days (24d).`);
  return ms;
}

export const watch = command({
  words: 'watch [id]',
  about: 'Watch an orchestration to its end; ends with its result',
  positionals: {
    id: { type: 'string', describe: 'ID of an orchestration, or its beginning; the one that has not ended' },
  },
  options: TIMEOUT,
  run: async (context, { id, timeout }) => {
    const orchestrationID =
      id === undefined ? await theOnlyOne(context) : await findOrchestrationID(context.api, id);
    return await watchOrchestration(context, orchestrationID, { timeoutMs: timeout });
  },
});

async function theOnlyOne({ api }: Context): Promise<string> {
  const [one, ...others] = await unfinished(api);
  if (one && others.length === 0) return one.orchestrationID;
  const named = [one, ...others]
    .slice(0, 5)
    .map((each) => (each ? `\n  drydock watch ${short(each.orchestrationID)}` : ''));
  throw new CommandError(
    'usage',
    one
      ? `${others.length + 1} orchestrations have not ended: say which.${named.join('')}`
      : 'Nothing is under way.',
    { next: '`drydock list` shows them all.' },
  );
}

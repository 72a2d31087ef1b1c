/** Documents that the service writes: a calendar and a report. They come as they are, whatever `-o` says. */
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { parseDuration, plainLines } from '../terminal-texts.ts';
import type { Query } from '../api-client.ts';

const FILE = {
  file: { alias: 'f', type: 'string', describe: 'Write it into this file; to standard output by default' },
} as const;

export const calendar = command({
  words: 'calendar',
  about: 'The coming maintenance windows, as iCalendar',
  options: {
    account: {
      type: 'string',
      array: true,
      describe: 'Only those of this global account; may be repeated',
    },
    ...FILE,
  },
  examples: [['calendar --account 3e64ebae -f windows.ics', 'A calendar to be sent to a customer']],
  run: async (context, { account, file }) => {
    await hand(context, '/calendar.ics', { account }, file);
    return undefined;
  },
});

const SPAN = 'RFC 3339, or a duration before now such as 12h';

export const report = command({
  words: 'report',
  about: 'What happened in a night, who decided, and what waits for somebody, in Markdown',
  options: {
    since: { type: 'string', describe: `From then on: ${SPAN}; 12 h before --until by default` },
    until: { type: 'string', describe: `Before then: ${SPAN}; now by default` },
    ...FILE,
  },
  examples: [['report --since 2d', 'The last two days']],
  run: async (context, { since, until, file }) => {
    const at = (given: string | undefined): string | undefined => instantAt(context, given);
    await hand(context, '/report', { since: at(since), until: at(until) }, file);
    return undefined;
  },
});

/** The service says what is wrong with anything that is no duration. */
function instantAt({ surroundings }: Context, given: string | undefined): string | undefined {
  const ms = given === undefined ? undefined : parseDuration(given);
  return ms === undefined ? given : new Date(surroundings.now() - ms).toISOString();
}

async function hand(context: Context, path: string, query: Query, file: string | undefined): Promise<void> {
  const { api, surroundings, place, say } = context;
  const text = await api.readText(path, { query });
  if (file === undefined) {
    surroundings.stdout.write(place.isTerminal ? plainLines(text) : text);
    return;
  }
  try {
    await surroundings.writeFile(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError('usage', `${file} can't be written: ${why}`, { cause: error });
  }
  say(`Written into ${file}.`);
}

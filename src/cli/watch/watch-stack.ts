import { stackSchema, type Stack } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import type { Ending } from '../exit-codes.ts';
import { duration, plain, time } from '../terminal-texts.ts';
import { changeRow } from './told-changes.ts';
import { follow, type Screen } from './follow.ts';

/** In which nothing is under way. A stack that is scheduled waits, maybe for days: that is not its end. */
const SETTLED = ['stopped', 'ready', 'shut_down', 'error', 'warning'];

export interface WatchedStack {
  name: string;
  path: string;
  timeoutMs?: number;
}

/** Shows a stack until nothing of it is under way; answers whether that went well. */
export async function watchStack(context: Context, { name, path, timeoutMs }: WatchedStack): Promise<Ending> {
  const { api, say } = context;
  const { thing, how } = await follow(
    context,
    {
      query: { stack: name },
      look: () => api.ask(path, stackSchema),
      hasEnded: ({ status }) => SETTLED.includes(status),
      isEnd: ({ event, to }) => event === 'stack' && SETTLED.includes(to),
    },
    createScreen(context),
    timeoutMs,
  );
  if (how !== 'ended') {
    const what = how === 'timeout' ? `Not finished after ${duration(timeoutMs ?? 0)}. ` : '';
    say(`${what}It goes on: \`drydock stack watch ${name}\` watches it again.`);
    return how;
  }
  for (const { info } of thing.oplans) for (const error of Object.values(info.errors)) say(plain(error));
  say(`${name} is ${thing.status}.`);
  return thing.status === 'error' || thing.status === 'warning' ? 'failed' : 'done';
}

/** Lines everywhere: a stack has few objects, and each is told of a few times. */
function createScreen({ surroundings: { stdout }, format, say }: Context): Screen<Stack> {
  const isJSON = format.kind === 'json' || format.kind === 'jsonl';
  let last = '';
  let isAway = false;
  return {
    needsLooks: false,
    change: (change) =>
      stdout.write(
        `${isJSON ? JSON.stringify({ event: change.event, what: change.what, change: change.row }) : changeRow(change)}\n`,
      ),
    show: (stack, isTold) => {
      if (isAway) say('The service answers again.');
      isAway = false;
      const isNew = stack.status !== last;
      last = stack.status;
      if (isTold || !isNew) return;
      const ready = stack.oplans.filter(({ status }) => status === 'ready').length;
      const why = `${ready} of ${stack.oplans.length} oplans are ready`;
      const row = [time(stack.status_timestamp), 'standing', stack.name, '', stack.status, stack.user, why];
      stdout.write(`${isJSON ? JSON.stringify({ event: 'standing', stack }) : row.map(plain).join('\t')}\n`);
    },
    away: (reason) => {
      if (!isAway) say(`${plain(reason)}; it is asked again until it answers.`);
      isAway = true;
    },
    end: () => undefined,
  };
}

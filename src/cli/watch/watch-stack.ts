import { stackSchema, type Stack } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import type { Ending } from '../exit-codes.ts';
import { duration, time } from '../terminal-texts.ts';
import { follow } from './follow.ts';
import { lineScreen } from './line-screen.ts';

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
      look: (signal) => api.ask(path, stackSchema, { signal }),
      hasEnded: ({ status }) => SETTLED.includes(status),
      isEnd: ({ event, to }) => event === 'stack' && SETTLED.includes(to),
    },
    // Lines everywhere: a stack has few objects, and each is told of a few times.
    lineScreen(context, 'stack', standingRow),
    timeoutMs,
  );
  if (how !== 'ended') {
    const what = how === 'timeout' ? `Not finished after ${duration(timeoutMs ?? 0)}. ` : '';
    say(`${what}It goes on: \`drydock stack watch ${name}\` watches it again.`);
    return how;
  }
  for (const { info } of thing.oplans) for (const error of Object.values(info.errors)) say(error);
  say(`${name} is ${thing.status}.`);
  return thing.status === 'error' || thing.status === 'warning' ? 'failed' : 'done';
}

function standingRow(stack: Stack): string[] {
  const ready = stack.oplans.filter(({ status }) => status === 'ready').length;
  const why = `${ready} of ${stack.oplans.length} oplans are ready`;
  return [time(stack.status_timestamp), 'standing', stack.name, '', stack.status, stack.user, why];
}

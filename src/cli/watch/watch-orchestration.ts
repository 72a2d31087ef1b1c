import { orchestrationSchema } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import { endingOf, type Ending } from '../exit-codes.ts';
import { short } from '../ids.ts';
import { duration } from '../terminal-texts.ts';
import { follow } from './follow.ts';
import { createScreen } from './screen.ts';

const isFinal = (state: string): boolean => endingOf(state) !== 'notFinished';

/** Shows an orchestration until it has ended; answers with its result. */
export async function watchOrchestration(
  context: Context,
  orchestrationID: string,
  { timeoutMs }: { timeoutMs?: number } = {},
): Promise<Ending> {
  const { api, say } = context;
  const { thing, how } = await follow(
    context,
    {
      query: { orchestration: orchestrationID },
      look: (signal) => api.ask(`/orchestrations/${orchestrationID}`, orchestrationSchema, { signal }),
      hasEnded: ({ state }) => isFinal(state),
      isEnd: ({ event, to }) => event === 'orchestration' && isFinal(to),
    },
    createScreen(context),
    timeoutMs,
  );
  const id = short(orchestrationID);
  switch (how) {
    case 'ended':
      say(`${thing.state}: ${thing.description}`);
      if (thing.state === 'failed') {
        say(`\`drydock ops ${id} --state failed\` shows what has; \`drydock retry ${id}\` tries it again.`);
      }
      return endingOf(thing.state);
    case 'interrupted':
      say(
        `The upgrade goes on. \`drydock watch ${id}\` watches it again, \`drydock pause ${id}\` holds it, \`drydock cancel ${id}\` stops it.`,
      );
      return 'interrupted';
    case 'timeout':
      say(`Not finished after ${duration(timeoutMs ?? 0)}. The upgrade goes on: \`drydock watch ${id}\`.`);
      return 'timeout';
  }
}

import { orchestrationSchema, type Orchestration } from '../answer-shapes.ts';
import type { Context } from '../context.ts';
import { endingOf, type Ending } from '../exit-codes.ts';
import { short } from '../ids.ts';
import { duration } from '../terminal-texts.ts';
import { follow, type Followed } from './follow.ts';
import { createScreen } from './screen.ts';

const isFinal = (state: string): boolean => endingOf(state) !== 'notFinished';

/** Shows an orchestration until it has ended, and says nothing after that. `onInterrupt` is what Ctrl-C does to it, for a frame. */
export async function followOrchestration(
  context: Context,
  orchestrationID: string,
  { timeoutMs, onInterrupt }: { timeoutMs?: number; onInterrupt: string },
): Promise<Followed<Orchestration>> {
  const { api } = context;
  return await follow(
    context,
    {
      query: { orchestration: orchestrationID },
      look: (signal) => api.ask(`/orchestrations/${orchestrationID}`, orchestrationSchema, { signal }),
      hasEnded: ({ state }) => isFinal(state),
      isEnd: ({ event, to }) => event === 'orchestration' && isFinal(to),
    },
    createScreen(context, onInterrupt),
    timeoutMs,
  );
}

/** Shows an orchestration until it has ended; answers with its result. */
export async function watchOrchestration(
  context: Context,
  orchestrationID: string,
  { timeoutMs }: { timeoutMs?: number } = {},
): Promise<Ending> {
  const { say } = context;
  const onInterrupt = 'leaves it running';
  const { thing, how } = await followOrchestration(context, orchestrationID, { timeoutMs, onInterrupt });
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

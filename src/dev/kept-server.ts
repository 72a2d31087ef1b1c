/** Starts an embedded server again that has ended by itself, unless it does so again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from './processes.ts';

export interface KeptServer {
  /** As people know it. */
  name: string;
  /** Where it says why it ended. */
  logFile: string;
  first: ServerProcess;
  /** Starts it again on its data and its port; answers when it is ready. */
  again(): Promise<ServerProcess>;
  /** True as soon as it is meant to end. */
  isEnding(): boolean;
  say: (line: string) => void;
  /** Milliseconds of a clock that only goes forward. */
  clock: () => number;
}

/** An end that comes as the fourth within five minutes is the last one. */
const MOST_ENDS = 4;
const WINDOW_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 100;

/**
 * Keeps it running. Rejects with one sentence when it has ended, or could not be started, too often; settles in no other
 * case. What was under way in it goes on, since its data outlives it and its clients connect again.
 */
export async function keepRunning(server: KeptServer): Promise<never> {
  const { name, logFile, say, clock } = server;
  const ends: number[] = [];
  let ended = await server.first.exited;
  while (!server.isEnding()) {
    const now = clock();
    ends.push(now);
    const recent = ends.filter((at) => at > now - WINDOW_MS).length;
    if (recent >= MOST_ENDS) {
      throw new Error(
        `${name} has ended by itself ${recent} times within ${WINDOW_MS / 60_000} minutes, the last time ${ended}: ` +
          `see its log, ${logFile}, and start again.`,
      );
    }
    say(`${name} has ended by itself (${ended}): starting it again`);
    // Of a PostgreSQL that was killed, some processes hold its memory for a moment.
    await delay(FIRST_PAUSE_MS * 4 ** (recent - 1));
    if (server.isEnding()) break;
    try {
      const running = await server.again();
      say(`${name} runs again`);
      ended = await running.exited;
    } catch (error) {
      ended = `because it did not start (${error instanceof Error ? firstLine(error.message) : String(error)})`;
    }
  }
  return await new Promise<never>(() => undefined);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

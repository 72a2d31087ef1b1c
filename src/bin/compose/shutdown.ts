import type { Logger } from 'pino';

/** What must be ended, the last started first: API, workers, landscape and issuer, engine, database. */
export class Shutdown {
  private readonly steps: { doing: string; close: () => Promise<void> }[] = [];
  private running: Promise<void> | undefined;
  private failed = false;

  constructor(private readonly say: (line: string) => void) {}

  /** Something was started; `doing` says how it ends, like "stopping the API". During the end it is ended as well. */
  add(doing: string, close: () => Promise<void>): void {
    this.steps.push({ doing, close });
  }

  /** Ends everything, in order; one that fails is told and keeps no other from ending. Answers false when one failed. */
  async run(): Promise<boolean> {
    await (this.running ??= this.endAll());
    return !this.failed;
  }

  get began(): boolean {
    return this.running !== undefined;
  }

  private async endAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        this.say(step.doing);
        await step.close();
      } catch (error) {
        this.failed = true;
        this.say(`${step.doing} did not work: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes a Ctrl-C on that the terminal has sent to this process already: that second signal is no impatience. */
const SAME_SIGNAL_MS = 2_000;

export interface ProgramOptions {
  /** One line for the user, on standard error. */
  say: (line: string) => void;
  logger?: Logger;
}

/**
 * Runs a program to its end and ends the process: with 0 when it ended by itself or by a signal, with 1 and one clear
 * sentence when it failed. Whatever was added to the shutdown is ended first.
 */
export async function runProgram(
  { say }: ProgramOptions,
  program: (shutdown: Shutdown) => Promise<number | undefined>,
): Promise<void> {
  const shutdown = new Shutdown(say);
  let askedAt: number | undefined;
  const end = async (code: number): Promise<void> => {
    const orderly = await shutdown.run();
    process.exit(orderly ? code : 1);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (askedAt === undefined) {
        askedAt = now;
        say(`${signal}: shutting down (once more to stop at once)`);
        void end(0);
      } else if (now - askedAt > SAME_SIGNAL_MS) {
        process.exit(1);
      }
    });
  }
  try {
    const code = await program(shutdown);
    if (!shutdown.began) await end(code ?? 0);
  } catch (error) {
    // A start that a signal has cut short fails in some way or other: that is no news.
    if (!shutdown.began) {
      say(error instanceof Error ? error.message : String(error));
      await end(1);
    }
  }
}

/** Never settles unless something that must run ends by itself: then it rejects. */
export async function untilOneFails(tasks: Promise<void>[]): Promise<never> {
  await Promise.race(tasks);
  throw new Error('A part of the service has ended by itself; the log says why. Start it again.');
}

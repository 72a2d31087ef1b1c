import { isRunByNpm, type Environment } from '../../config/index.ts';

interface Step {
  doing: string;
  close: () => Promise<void>;
  atOnce?: () => void;
}

/** All that must be ended, the last started first: API, workers, landscape and issuer, engine, database. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private underWay: Step | undefined;
  private running: Promise<void> | undefined;
  private failed = false;
  private ended = false;

  constructor(private readonly say: (line: string) => void) {}

  /**
   * Something was started; `doing` says how it ends, like "stopping the API". During the end it is ended as well.
   * `atOnce` is for what outlives this process, when nobody wants to wait: it must not wait either.
   */
  add(doing: string, close: () => Promise<void>, atOnce?: () => void): void {
    this.steps.push({ doing, close, atOnce });
    // A start that was under way has come too late for its turn.
    if (this.ended) this.abort();
  }

  /** Ends everything, in order; one that fails is told and keeps no other from ending. Answers false when one failed. */
  async run(): Promise<boolean> {
    await (this.running ??= this.endAll());
    return !this.failed;
  }

  /** Ends what would outlive this process, without an order and without waiting: the process is about to exit. */
  abort(): void {
    const left = this.underWay ? [...this.steps, this.underWay] : [...this.steps];
    for (const { doing, atOnce } of left.reverse()) {
      try {
        atOnce?.();
      } catch (error) {
        this.tell(doing, error);
      }
    }
  }

  get began(): boolean {
    return this.running !== undefined;
  }

  private async endAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      this.underWay = step;
      try {
        this.say(step.doing);
        await step.close();
      } catch (error) {
        this.tell(step.doing, error);
      }
    }
    this.underWay = undefined;
    this.ended = true;
  }

  private tell(doing: string, error: unknown): void {
    this.failed = true;
    this.say(`${doing} did not work: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on what a terminal has sent to the whole group already: that second signal is no impatience. */
const ECHO_MS = 2_000;

export interface ProgramOptions {
  /** One line for the user, on standard error. */
  say: (line: string) => void;
  env: Environment;
}

/**
 * Runs a program to its end and ends the process: with 0 when it ended by itself or by a signal, with 1 and one clear
 * sentence when it failed. Whatever was added to the shutdown is ended first. A second signal ends it at once, with 1.
 */
export async function runProgram(
  { say, env }: ProgramOptions,
  program: (shutdown: Shutdown) => Promise<number | undefined>,
): Promise<void> {
  const shutdown = new Shutdown(say);
  const end = async (code: number): Promise<void> => {
    const orderly = await shutdown.run();
    process.exit(orderly ? code : 1);
  };
  const isImpatience = impatience(isRunByNpm(env));
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isImpatience()) {
        shutdown.abort();
        process.exit(1);
      }
      if (shutdown.began) return;
      say(`${signal}: shutting down (once more to stop at once)`);
      void end(0);
    });
  }
  // Nobody reads its words any longer, as after `npm start | head`: what it does goes on, and there is nobody to tell.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  // Servers of our own would outlive a process that breaks down.
  process.on('uncaughtException', (error) => {
    if (shutdown.began) {
      // Most likely a call that the end has cut short.
      say(`While ending: ${error.message}`);
      return;
    }
    say(error.stack ?? error.message);
    void end(1);
  });
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

/** Tells of each signal whether it repeats an earlier one in earnest; one echo that comes soon is none. */
function impatience(echoes: boolean): () => boolean {
  let firstAt: number | undefined;
  let isEchoDue = echoes;
  return () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      return false;
    }
    const isEcho = isEchoDue && performance.now() - firstAt <= ECHO_MS;
    isEchoDue = false;
    return !isEcho;
  };
}

/** Never settles unless something that must run ends by itself: then it rejects. */
export async function untilOneFails(tasks: Promise<void>[]): Promise<never> {
  await Promise.race(tasks);
  throw new Error('A part of the service has ended by itself; the log says why. Start it again.');
}

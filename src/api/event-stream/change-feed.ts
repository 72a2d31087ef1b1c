/** The one reader of a process: it reads the logs while somebody is there, and keeps the latest changes for all clients. */
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Repositories } from '../../db/repositories/repository-types.ts';
import { eventOf, type LoggedChange } from '../../domain/event-stream/logged-change.ts';
import { BEGINNING, comparePositions, type Position } from '../../domain/event-stream/position.ts';
import { createRing, type Ring } from '../../domain/event-stream/ring.ts';
import { UnavailableError } from '../../domain/errors.ts';
import { createKeptStates } from './kept-states.ts';
import type { StreamedChange } from './message-text.ts';
import { createNewsWatch } from './news-watch.ts';
import { readStates, subjectOf, type Readable } from './present-states.ts';
import { toChangeAnswer, type ResetReason } from './stream-answer.ts';

export interface FeedOptions {
  repositories: Pick<Repositories, keyof Readable>;
  logger: Logger;
  /** Changes that are kept, default 10,000. */
  capacity?: number;
  /** Changes that are read at once, default 500. */
  pageSize?: number;
  /** ms between two looks when nothing is heard, default 2,000. */
  pollMs?: number;
}

/** The place at which a client begins. */
export interface Joined {
  next: number;
  /** Set when changes after its place can't be told. */
  reset?: ResetReason;
}

export interface ChangeFeed {
  /** Begins to read unless it does; with a place, after that. Throws UnavailableError. Every call needs a `leave`, also one that fails. */
  join(after: Position | 'unknown' | undefined): Promise<Joined>;
  leave(): void;
  /** Calls whenever there are more changes, until the answer is called. */
  onMore(listener: () => void): () => void;
  /** The changes that are kept, for reading. */
  readonly ring: Pick<Ring<StreamedChange>, 'first' | 'end' | 'slice' | 'placeBefore'>;
  /** Grows when all that was kept is of no use any more. */
  readonly restarts: number;
  /** JSON of the latest known state. */
  stateOf(subject: string): string;
  close(): Promise<void>;
}

const CAPACITY = 10_000;
const PAGE_SIZE = 500;
const ADOPTED_AT_ONCE = 10_000;
/** Changes are read at most so often, so that those of an operation come together; and at least so often, whatever is heard. */
const READ_GAP_MS = 250;
const POLL_MS = 2_000;
const AWAY_MS = 500;
/** The changes are kept for so long for clients that come back. */
const LINGER_MS = 30_000;

/** A stream that says no more than that it lives looks as if nothing happened. */
const HELD_UP_MS = 30_000;

/** Says once when nothing could be read for long although rows are there. */
function createHoldUps(logger: Logger): { saw(isHeldUp: boolean): void } {
  let since: number | undefined;
  let isSaid = false;
  return {
    saw: (isHeldUp) => {
      if (!isHeldUp && isSaid) logger.info('the event stream is not held up any more');
      if (!isHeldUp) [since, isSaid] = [undefined, false];
      else since ??= performance.now();
      if (since === undefined || isSaid || performance.now() - since < HELD_UP_MS) return;
      isSaid = true;
      logger.warn(
        'the event stream stands still: a transaction that has written something is still under way',
      );
    },
  };
}

export function createChangeFeed(options: FeedOptions): ChangeFeed {
  const { repositories, logger, capacity = CAPACITY, pageSize = PAGE_SIZE, pollMs = POLL_MS } = options;
  const { changes: log } = repositories;
  const ring = createRing<StreamedChange>(capacity, BEGINNING);
  const states = createKeptStates();
  const listeners = new Set<() => void>();
  const inTurn = pLimit(1);
  const news = createNewsWatch((onNews, onLost) => log.listen(onNews, onLost), logger);
  let position = BEGINNING;
  let restarts = 0;
  let members = 0;
  let leftAt = 0;
  let running: Promise<void> | undefined;
  let isClosed = false;
  /** Why it could not read; what is said once is not said again. */
  let problem: string | undefined;
  const holdUps = createHoldUps(logger);

  const forget = (gone: readonly StreamedChange[]): void =>
    states.release(gone.map(({ subject }) => subject));

  async function prepare(changes: readonly LoggedChange[]): Promise<StreamedChange[]> {
    const read = await readStates(repositories, changes);
    const entries = changes.map((change) => ({
      position: change.position,
      event: eventOf(change),
      subject: subjectOf(change),
      change,
      json: JSON.stringify(toChangeAnswer(change)),
    }));
    states.add(
      entries.map(({ subject }) => subject),
      read,
    );
    return entries;
  }

  async function begin(): Promise<void> {
    while ((await log.adopt(ADOPTED_AT_ONCE)) > 0)
      logger.info('events of another database cluster were put first');
    position = await log.last();
    forget(ring.restart(position));
    restarts += 1;
  }

  /** Reads a page. Answers in how many ms to read on. */
  async function readOn(): Promise<number> {
    const { isKnown, isHeldUp, changes } = await log.read(position, pageSize);
    if (!isKnown) {
      logger.warn('the last event that was read is gone from the database: all streams begin anew');
      await begin();
    } else if (changes.length > 0) {
      forget(ring.append(await prepare(changes)));
      position = changes.at(-1)?.position ?? position;
    }
    holdUps.saw(isHeldUp && changes.length === 0);
    if (!isKnown || changes.length > 0) for (const tell of [...listeners]) tell();
    if (changes.length === pageSize) return 0;
    return isHeldUp ? READ_GAP_MS : pollMs;
  }

  /** The same, in turn; what can't be read is logged. Answers in how many ms to read on. */
  async function look(): Promise<number> {
    try {
      const pause = await inTurn(readOn);
      if (problem !== undefined) logger.info('the event stream reads again');
      problem = undefined;
      return pause;
    } catch (error) {
      const message = String(error);
      const level = problem === message ? 'debug' : error instanceof UnavailableError ? 'warn' : 'error';
      logger[level]({ err: error }, 'the event stream cannot read');
      problem = message;
      return AWAY_MS;
    }
  }

  async function run(): Promise<void> {
    while (!isClosed && (members > 0 || performance.now() - leftAt < LINGER_MS)) {
      news.ensure();
      const pause = await look();
      if (pause > 0) await news.pause(Math.min(pause, READ_GAP_MS), pause);
    }
    running = undefined;
    // Clients that come now begin anew.
    forget(ring.restart(position));
    await news.stop();
  }

  /** The number after a place; what is older than the ring is read once more, as far as there is room. */
  async function numberAfter(after: Position): Promise<Joined> {
    // Another process may have read more than this one has.
    while (comparePositions(after, position) > 0 && (await readOn()) === 0);
    const kept = ring.after(after);
    if (kept !== undefined) return { next: kept };
    if (comparePositions(after, ring.base) > 0) return { next: ring.end, reset: 'unknown-id' };
    const { isKnown, changes } = await log.read(after, ring.room + 1, ring.base);
    if (!isKnown) return { next: ring.end, reset: 'unknown-id' };
    if (changes.length > ring.room) return { next: ring.end, reset: 'too-far-behind' };
    ring.prepend(await prepare(changes), after);
    return { next: ring.first };
  }

  return {
    join: async (after) => {
      members += 1;
      return await inTurn(async () => {
        if (!running) {
          await begin();
          running = run();
        }
        if (after === undefined) return { next: ring.end };
        return after === 'unknown' ? { next: ring.end, reset: 'unknown-id' } : await numberAfter(after);
      });
    },
    leave: () => {
      members -= 1;
      leftAt = performance.now();
    },
    onMore: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ring,
    get restarts() {
      return restarts;
    },
    stateOf: (subject) => states.of(subject),
    close: async () => {
      isClosed = true;
      news.wake();
      await running;
    },
  };
}

/** The stream of one client: it is asked for the next piece whenever the connection has taken the one before. */
import type { ChangeFeed } from './change-feed.ts';
import { createClientTelling, type TellingOptions } from './client-telling.ts';
import type { ByeReason } from './stream-answer.ts';

export interface ClientOptions extends TellingOptions {
  feed: ChangeFeed;
  /** ms since the epoch. */
  expiresAt: number;
  /** Cuts the connection of a client that takes nothing; without it the body fails. */
  cut?(): void;
  /** Called once. */
  onEnd(): void;
}

export interface ClientStream {
  body: ReadableStream<Uint8Array>;
  /** Says goodbye as soon as the client takes it, and ends. */
  end(reason: ByeReason): void;
  /** To be called every second: comments, and the ends that come with time. */
  tick(): void;
}

/** A connection that has taken nothing for so long is cut: it would hold a socket for good. */
const STALLED_MS = 60_000;

/** The client takes nothing, not even a goodbye. */
class StalledError extends Error {
  constructor() {
    super(`The client has taken nothing for ${STALLED_MS / 1_000} s`);
    this.name = 'StalledError';
  }
}

export function createClientStream(options: ClientOptions): ClientStream {
  const pieces = createPieces(options);
  const { clock, elapsed } = options;
  const encoder = new TextEncoder();
  let fail = (_error: StalledError): void => undefined;
  let isAsked = false;
  let sentAt = elapsed();

  async function nextPiece(): Promise<string | undefined> {
    try {
      return await pieces.next(() => elapsed() - sentAt);
    } catch (error) {
      // The body fails, and nobody cancels it then: its place would stay taken.
      pieces.finish();
      throw error;
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        fail = (error) => controller.error(error);
      },
      pull: async (controller) => {
        isAsked = true;
        const text = await nextPiece();
        isAsked = false;
        sentAt = elapsed();
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => pieces.finish(),
    },
    // Nothing is made before it is asked for: what waits for a slow client waits in the ring.
    { highWaterMark: 0 },
  );

  function giveUp(): void {
    pieces.finish();
    if (options.cut) options.cut();
    else fail(new StalledError());
  }

  return {
    body,
    end: (reason) => pieces.end(reason),
    tick: () => {
      if (clock() >= options.expiresAt) pieces.end('token-expired');
      if (isAsked) pieces.wake();
      else if (elapsed() - sentAt >= STALLED_MS) giveUp();
    },
  };
}

interface Pieces {
  /** Waits until there is something to say; undefined at the end. */
  next(quietMs: () => number): Promise<string | undefined>;
  /** Looks whether there is something to say. */
  wake(): void;
  end(reason: ByeReason): void;
  finish(): void;
}

function createPieces(options: ClientOptions): Pieces {
  const telling = createClientTelling(options);
  let bye: ByeReason | undefined;
  let isOver = false;
  let wake = (): void => undefined;
  const unsubscribe = options.feed.onMore(() => wake());

  function finish(): void {
    if (isOver) return;
    isOver = true;
    unsubscribe();
    options.onEnd();
    wake();
  }

  async function next(quietMs: () => number): Promise<string | undefined> {
    while (!isOver) {
      if (bye !== undefined) {
        const text = telling.farewell(bye);
        finish();
        return text;
      }
      const text = telling.due(quietMs());
      if (text !== undefined) return text;
      await new Promise<void>((resolve) => (wake = resolve));
      telling.hasWaited();
    }
    return undefined;
  }

  return {
    next,
    wake: () => wake(),
    end: (reason) => {
      bye ??= reason;
      wake();
    },
    finish,
  };
}

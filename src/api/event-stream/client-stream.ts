/** The stream of one client: it is asked for the next piece whenever the connection has taken the one before. */
import { concerns, type StreamFilter } from '../../domain/event-stream/logged-change.ts';
import { tellingsOf } from '../../domain/event-stream/coalescing.ts';
import { isTooSlow } from '../../domain/event-stream/lag.ts';
import type { ChangeFeed, Joined } from './change-feed.ts';
import { commentText, messageText, tellingText } from './message-text.ts';
import type { ByeReason, ResetReason } from './stream-answer.ts';

export interface ClientOptions {
  feed: ChangeFeed;
  filter: StreamFilter;
  joined: Joined;
  /** It was told from which place to go on. */
  isResumed: boolean;
  /** ms since the epoch. */
  expiresAt: number;
  /** The client should wait for so many ms before it connects again. */
  retryMs: number;
  clock(): number;
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

/** Changes that are sent at once. */
const PIECE = 250;
const COMMENT_MS = 15_000;
/** A connection that has taken nothing for so long has no place any more. */
const STALLED_MS = 60_000;

export function createClientStream(options: ClientOptions): ClientStream {
  const { feed, filter, clock } = options;
  let { next } = options.joined;
  let { restarts } = feed;
  let reset: ResetReason | undefined = options.joined.reset;
  let isGreeted = false;
  let bye: ByeReason | undefined;
  let isOver = false;
  let isAsked = false;
  let sentAt = clock();
  let levelAt = sentAt;
  let wake = (): void => undefined;
  const unsubscribe = feed.onMore(() => wake());

  function finish(): void {
    if (isOver) return;
    isOver = true;
    unsubscribe();
    options.onEnd();
    wake();
  }

  function message(event: 'hello' | 'reset' | 'bye', data: object): string {
    return messageText(event, feed.placeBefore(next), JSON.stringify(data));
  }

  function greeting(): string {
    isGreeted = true;
    const at = new Date(clock()).toISOString();
    const resumed = options.isResumed && reset === undefined;
    return `retry: ${options.retryMs}\n${message('hello', { at, resumed })}`;
  }

  function startAnew(reason: ResetReason): void {
    next = feed.end;
    levelAt = clock();
    reset = reason;
  }

  function judge(): void {
    if (restarts !== feed.restarts) {
      restarts = feed.restarts;
      startAnew('database-set-back');
      return;
    }
    const standing = { behind: feed.end - next, behindForMs: clock() - levelAt, isLost: next < feed.first };
    if (isTooSlow(standing)) startAnew('too-slow');
  }

  /** What is there to be sent; empty when there is nothing. */
  function changesText(): string {
    for (;;) {
      const piece = feed.slice(next, PIECE);
      next += piece.length;
      if (next === feed.end) levelAt = clock();
      if (piece.length === 0) return '';
      const wanted = piece.filter(({ change }) => concerns(filter, change));
      if (wanted.length === 0) continue;
      return tellingsOf(wanted)
        .map((telling) => tellingText(telling, (subject) => feed.stateOf(subject)))
        .join('');
    }
  }

  /** Undefined while there is nothing to be said. */
  function due(): string | undefined {
    if (!isGreeted) return greeting();
    judge();
    if (reset !== undefined) {
      const text = message('reset', { reason: reset });
      reset = undefined;
      return text;
    }
    const text = changesText();
    if (text !== '') return text;
    return clock() - sentAt >= COMMENT_MS ? commentText(feed.placeBefore(next)) : undefined;
  }

  async function nextText(): Promise<string | undefined> {
    for (;;) {
      if (isOver) return undefined;
      if (bye !== undefined) {
        const text = message('bye', { reason: bye });
        finish();
        return text;
      }
      const text = due();
      if (text !== undefined) return text;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        isAsked = true;
        const text = await nextText();
        isAsked = false;
        sentAt = clock();
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => finish(),
    },
    // Nothing is made before it is asked for: what waits for a slow client waits in the ring.
    { highWaterMark: 0 },
  );

  function end(reason: ByeReason): void {
    bye ??= reason;
    wake();
  }

  return {
    body,
    end,
    tick: () => {
      const now = clock();
      if (now >= options.expiresAt) end('token-expired');
      if (isAsked) wake();
      else if (now - sentAt >= STALLED_MS) {
        end('too-slow');
        finish();
      }
    },
  };
}

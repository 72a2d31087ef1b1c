/** Everything that one client is told, in its order: greeting, changes from its place in the ring, and that it must read everything anew. */
import { tellingsOf } from '../../domain/event-stream/coalescing.ts';
import { isTooSlow, lagAfter, type Lag } from '../../domain/event-stream/lag.ts';
import { concerns, type StreamFilter } from '../../domain/event-stream/logged-change.ts';
import type { ChangeFeed, Joined } from './change-feed.ts';
import { commentText, messageText, tellingText } from './message-text.ts';
import type { ByeReason, ResetReason } from './stream-answer.ts';

export interface TellingOptions {
  feed: Pick<ChangeFeed, 'ring' | 'restarts' | 'stateOf'>;
  filter: StreamFilter;
  joined: Joined;
  /** The client sent a Last-Event-ID. */
  isResumed: boolean;
  /** ms that the client should wait before it connects again. */
  retryMs: number;
  /** ms since the epoch. */
  clock(): number;
  /** ms of a clock that never goes back. */
  elapsed(): number;
}

export interface ClientTelling {
  /** Text to be sent now; undefined while there is nothing to say. `quietMs` have passed since something was sent. */
  due(quietMs: number): string | undefined;
  /** The last text. */
  farewell(reason: ByeReason): string;
  /** The client has waited for more: until now it had everything. */
  hasWaited(): void;
}

/** Changes that are sent at once. */
const PIECE = 250;
const COMMENT_MS = 15_000;

/** No ID goes out that stands for more than the client was told: after a `reset` that it has not got it comes back with the ID of before. */
export function createClientTelling(options: TellingOptions): ClientTelling {
  const { feed, filter, joined, elapsed } = options;
  let { next, reset } = joined;
  let { restarts } = feed;
  let isGreeted = false;
  let lag: Lag = { behind: feed.ring.end - next, gainedAtMs: elapsed() };

  function startAnew(reason: ResetReason): void {
    next = feed.ring.end;
    restarts = feed.restarts;
    lag = { behind: 0, gainedAtMs: elapsed() };
    reset ??= reason;
  }

  function judge(): void {
    lag = lagAfter(lag, feed.ring.end - next, elapsed());
    if (restarts !== feed.restarts) startAnew('database-set-back');
    else if (next < feed.ring.first || isTooSlow(lag, elapsed())) startAnew('too-slow');
  }

  /** The text that comes before anything else; empty when there is none. */
  function openingText(): string {
    judge();
    const greeting = isGreeted ? '' : greetingText(options, next, reset);
    isGreeted = true;
    if (reset === undefined) return greeting;
    const text = messageText('reset', feed.ring.placeBefore(next), JSON.stringify({ reason: reset }));
    reset = undefined;
    return greeting + text;
  }

  /** Empty when there is nothing. */
  function changesText(): string {
    for (;;) {
      const piece = feed.ring.slice(next, PIECE);
      next += piece.length;
      if (piece.length === 0) return '';
      const wanted = piece.filter(({ change }) => concerns(filter, change));
      if (wanted.length > 0) {
        const tellings = tellingsOf(wanted);
        return tellings.map((telling) => tellingText(telling, (subject) => feed.stateOf(subject))).join('');
      }
    }
  }

  return {
    due: (quietMs) => {
      // Together: whoever is judged was offered changes before.
      const text = openingText() + changesText();
      if (text !== '') return text;
      return quietMs >= COMMENT_MS ? commentText(feed.ring.placeBefore(next)) : undefined;
    },
    farewell: (reason) =>
      openingText() + messageText('bye', feed.ring.placeBefore(next), JSON.stringify({ reason })),
    hasWaited: () => {
      lag = { behind: 0, gainedAtMs: elapsed() };
    },
  };
}

function greetingText(
  { clock, retryMs, isResumed, feed }: TellingOptions,
  next: number,
  reset: ResetReason | undefined,
): string {
  const at = new Date(clock()).toISOString();
  const data = JSON.stringify({ at, resumed: isResumed && reset === undefined });
  const position = reset === undefined ? feed.ring.placeBefore(next) : undefined;
  return `retry: ${retryMs}\n${messageText('hello', position, data)}`;
}

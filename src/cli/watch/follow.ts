/** Follows something to its end. The stream says when to look; looks alone say how it stands. */
import type { Query } from '../api-client.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../exit-codes.ts';
import { createBell, type Bell } from './bell.ts';
import { changesOf, type Change } from './told-changes.ts';
import { followStream, type StreamEvent } from './stream.ts';

/** Between two looks, however much happens. */
const LOOK_AT_MOST_EVERY_MS = 1_000;
const WITHOUT_STREAM_MS = 2_000;
/** In spite of a stream: it might be one that a proxy keeps back. */
const WITH_STREAM_MS = 15_000;

/** A stream that has not begun by then is waited for while it is looked. */
const BEGIN_LIMIT_MS = 3_000;
/** The stream is behind what a look finds by as much as the service waits for changes that come together. */
const END_LIMIT_MS = 3_000;

/** The thing that is followed. */
export interface Subject<T> {
  /** For the stream. */
  query: Query;
  look: (signal: AbortSignal) => Promise<T>;
  hasEnded: (thing: T) => boolean;
  /** Whether a change tells of an end, so that a look finds it. */
  isEnd: (change: Change) => boolean;
}

export interface Screen<T> {
  /** Whether numbers are shown that every change makes old. */
  needsLooks: boolean;
  change(change: Change): void;
  /** After a look. `isTold` when its changes came through the stream, too. */
  show(thing: T, isTold: boolean): void;
  away(reason: string): void;
  /** Leaves what stands there. */
  end(): void;
}

export interface Followed<T> {
  /** As it was seen last. */
  thing: T;
  how: 'ended' | 'interrupted' | 'timeout';
}

/** Throws CommandError when the service refuses, or does not answer at the beginning; later breaks are waited for. A look that hangs ends with the timeout. */
export async function follow<T>(
  context: Context,
  subject: Subject<T>,
  screen: Screen<T>,
  timeoutMs?: number,
): Promise<Followed<T>> {
  const { interrupted } = context.surroundings;
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const ended = new AbortController();
  const stop = AbortSignal.any([interrupted, ended.signal, ...(timeout ? [timeout] : [])]);
  const isStopped = (): boolean => stop.aborted;
  const news = hear(context, subject, screen, stop);
  let thing: T | undefined;
  try {
    // Looked at when the stream has begun, so that each change from then on is told.
    await news.begun(stop);
    thing = await look(subject, screen, news, stop);
    while (!subject.hasEnded(thing) && !isStopped()) {
      await news.arrive(stop);
      if (!isStopped()) thing = (await lookAgain(subject, screen, news, stop)) ?? thing;
    }
  } catch (error) {
    if (!isStop(error, timeout)) throw error;
    if (thing === undefined) throw atBeginning(error);
  } finally {
    ended.abort();
    await news.end;
    screen.end();
  }
  if (subject.hasEnded(thing)) return { thing, how: 'ended' };
  return { thing, how: interrupted.aborted ? 'interrupted' : 'timeout' };
}

/** True of an error that ends the watch: Ctrl-C comes as one of the client, the timeout as it is. */
function isStop(error: unknown, timeout: AbortSignal | undefined): boolean {
  if (error instanceof CommandError) return error.ending === 'interrupted';
  return timeout?.aborted === true;
}

function atBeginning(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  return new CommandError('timeout', 'The service has not answered in time.', { cause: error });
}

async function look<T>(subject: Subject<T>, screen: Screen<T>, news: News, stop: AbortSignal): Promise<T> {
  news.isAway = false;
  // Changes that are lost while it looks are found by the next look.
  const isTold = news.isLive && !news.hasLost;
  const { hasEnd } = news;
  news.hasLost = false;
  const thing = await subject.look(stop);
  if (!subject.hasEnded(thing)) {
    // It goes on after the end that was told.
    if (hasEnd) news.hasEnd = false;
    screen.show(thing, isTold);
  } else {
    if (isTold) await news.tellsEnd(stop);
    screen.show(thing, isTold && news.hasEnd);
  }
  return thing;
}

async function lookAgain<T>(
  ...[subject, screen, news, stop]: Parameters<typeof look<T>>
): Promise<T | undefined> {
  try {
    return await look(subject, screen, news, stop);
  } catch (error) {
    if (!(error instanceof CommandError) || error.ending !== 'unavailable') throw error;
    news.isAway = true;
    news.hasLost = true;
    screen.away(error.message);
    return undefined;
  }
}

/** Changes from before the stream, or lost on the way, are found by looking. A stream that goes on where it was has lost nothing. */
function isBreak({ event, data }: StreamEvent): boolean {
  if (event === 'reset') return true;
  return event === 'hello' && !(data as { resumed?: boolean } | null)?.resumed;
}

interface News {
  isLive: boolean;
  /** Whether the last look got no answer, so that the next one is due soon whatever the stream says. */
  isAway: boolean;
  /** Whether changes may have happened that were not told. */
  hasLost: boolean;
  /** Whether a change told of the end. */
  hasEnd: boolean;
  /** Until the stream has begun, or it is clear that it does not at once. */
  begun(stop: AbortSignal): Promise<void>;
  /** Until it is time to look. Throws what the service refuses. */
  arrive(stop: AbortSignal): Promise<void>;
  /** Until a change has told of the end that a look has found, or the stream has had its time for that, or has broken off. */
  tellsEnd(stop: AbortSignal): Promise<void>;
  end: Promise<void>;
}

function hear<T>(
  { api, surroundings: { now } }: Context,
  { query, isEnd }: Subject<T>,
  screen: Screen<T>,
  signal: AbortSignal,
): News {
  const bell = createBell();
  const first = createBell();
  const state: { mustLook: boolean; refusal?: Error } = { mustLook: false };
  const end = createBell();
  let lookedAt = now();
  const onEvent = (event: StreamEvent): void => {
    const changes = changesOf(event);
    for (const change of changes) screen.change(change);
    if (isBreak(event)) news.hasLost = true;
    if (changes.some(isEnd)) {
      news.hasEnd = true;
      end.ring();
    }
    state.mustLook ||= changes.some(isEnd) || news.hasLost || screen.needsLooks;
    if (state.mustLook) bell.ring();
  };
  const onLive = (isLive: boolean): void => {
    news.isLive = isLive;
    for (const each of isLive ? [bell, first] : [bell, first, end]) each.ring();
  };
  const news: News = {
    isLive: false,
    isAway: false,
    hasLost: false,
    hasEnd: false,
    begun: async (stop) => {
      await first.heard(BEGIN_LIMIT_MS, stop);
      state.mustLook = false;
      lookedAt = now();
    },
    tellsEnd: async (stop) => {
      const until = now() + END_LIMIT_MS;
      while (!news.hasEnd && news.isLive && now() < until && !stop.aborted)
        await end.heard(until - now(), stop);
    },
    arrive: async (stop) => {
      await untilDue(
        bell,
        state,
        () => (news.isLive && !news.isAway ? WITH_STREAM_MS : WITHOUT_STREAM_MS) - (now() - lookedAt),
        stop,
      );
      if (state.refusal) throw state.refusal;
      // As much as happens meanwhile is seen by one look.
      if (screen.needsLooks) await createBell().heard(LOOK_AT_MOST_EVERY_MS - (now() - lookedAt), stop);
      state.mustLook = false;
      lookedAt = now();
    },
    end: Promise.resolve(),
  };
  news.end = followStream({ api, query, signal, onEvent, onLive }).catch((error: unknown) => {
    state.refusal = error instanceof Error ? error : new Error(String(error));
    bell.ring();
    first.ring();
  });
  return news;
}

async function untilDue(
  bell: Bell,
  state: { mustLook: boolean; refusal?: Error },
  leftMs: () => number,
  stop: AbortSignal,
): Promise<void> {
  const isDue = (): boolean => state.mustLook || state.refusal !== undefined || leftMs() <= 0;
  while (!isDue() && !stop.aborted) await bell.heard(leftMs(), stop);
}

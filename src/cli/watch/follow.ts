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

/** The thing that is followed. */
export interface Subject<T> {
  /** For the stream. */
  query: Query;
  look: () => Promise<T>;
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

/** Throws CommandError when the service refuses, or does not answer at the beginning; later breaks are waited for. */
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
    thing = await subject.look();
    screen.show(thing, false);
    while (!subject.hasEnded(thing) && !isStopped()) {
      await news.arrive(stop);
      if (!isStopped()) thing = (await lookAgain(subject, screen, news)) ?? thing;
    }
  } catch (error) {
    if (thing === undefined || !(error instanceof CommandError) || error.ending !== 'interrupted')
      throw error;
  } finally {
    ended.abort();
    await news.end;
    screen.end();
  }
  if (subject.hasEnded(thing)) return { thing, how: 'ended' };
  return { thing, how: interrupted.aborted ? 'interrupted' : 'timeout' };
}

async function lookAgain<T>(subject: Subject<T>, screen: Screen<T>, news: News): Promise<T | undefined> {
  // Changes that are lost while it looks are found by the next look.
  const isTold = news.isLive && !news.hasLost;
  news.hasLost = false;
  try {
    const thing = await subject.look();
    screen.show(thing, isTold);
    return thing;
  } catch (error) {
    if (!(error instanceof CommandError) || error.ending !== 'unavailable') throw error;
    news.isLive = false;
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
  /** Whether changes may have happened that were not told. */
  hasLost: boolean;
  /** Until the stream has begun, or it is clear that it does not at once. */
  begun(stop: AbortSignal): Promise<void>;
  /** Until it is time to look. Throws what the service refuses. */
  arrive(stop: AbortSignal): Promise<void>;
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
  let lookedAt = now();
  const onEvent = (event: StreamEvent): void => {
    const changes = changesOf(event);
    for (const change of changes) screen.change(change);
    if (isBreak(event)) news.hasLost = true;
    state.mustLook ||= changes.some(isEnd) || news.hasLost;
    if (state.mustLook || screen.needsLooks) bell.ring();
  };
  const onLive = (isLive: boolean): void => {
    if (news.isLive !== isLive) bell.ring();
    news.isLive = isLive;
    first.ring();
  };
  const news: News = {
    isLive: false,
    hasLost: false,
    begun: async (stop) => {
      await first.heard(BEGIN_LIMIT_MS, stop);
      lookedAt = now();
    },
    arrive: async (stop) => {
      await untilDue(
        bell,
        state,
        () => (news.isLive ? WITH_STREAM_MS : WITHOUT_STREAM_MS) - (now() - lookedAt),
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
  if (!isDue() && !stop.aborted) await bell.heard(leftMs(), stop);
}

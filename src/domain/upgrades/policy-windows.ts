/**
 * The windows of a definition, as instants in ms since the epoch. A window begins when the clock of its zone shows its begin
 * on one of its days, and lasts a length of real time; freezes take parts of it away (ADR 54).
 */
import { WEEKDAYS, type FrozenSpan, type WindowDefinition } from './maintenance-policy.ts';
import { lengthBetween, readCutoff, readTimeOfDay } from './policy-times.ts';
import { NEVER_MS } from './windows.ts';
import { DAY_MS, dayOn, fixedClock, instantOf, zoneClock, type Clock } from './zone-times.ts';

/** A window, or what a freeze has left of one. All in ms since the epoch. */
export interface OpenWindow {
  begin: number;
  /** After begin; nothing starts at this instant or later. */
  latestStart: number;
  /** No part of the window. */
  end: number;
}

/** The next window, and the freezes that took away what there was before it. */
export interface FirstWindow {
  window?: OpenWindow;
  /** Names, in order of their begin. */
  frozenBy: string[];
  /** Of those the one that ends last. */
  heldBy?: FrozenSpan;
  /** The freeze that begins where the window ends. */
  cutBy?: FrozenSpan;
}

interface Span {
  begin: number;
  end: number;
}

interface WindowTimes {
  clock: Clock;
  /** Days of the week, Monday being 0. */
  weekdays: ReadonlySet<number>;
  /** ms since midnight on the clock. */
  beginMs: number;
  lengthMs: number;
  cutoffMs: number;
}

/**
 * The windows that something may still start in after `fromMs` and that begin before `untilMs`, in order of their begin. An
 * open one keeps its begin. Throws RangeError for a definition that can't be read here.
 */
export function* windowsFrom(
  definition: WindowDefinition,
  freezes: readonly FrozenSpan[],
  fromMs: number,
  untilMs: number,
): Generator<OpenWindow, void> {
  const times = readWindow(definition);
  const inOrder = sorted(freezes);
  let waiting: OpenWindow[] = [];
  for (const whole of wholeWindows(times, fromMs, untilMs)) {
    // A day can be shorter than its window: what a freeze leaves of one may begin after the next one has begun.
    const earlier = waiting.filter(({ begin }) => begin <= whole.begin);
    yield* earlier;
    waiting = [
      ...waiting.filter((piece) => !earlier.includes(piece)),
      ...piecesOf(whole, inOrder, times).filter((piece) => isWanted(piece, fromMs, untilMs)),
    ].sort((a, b) => a.begin - b.begin);
  }
  yield* waiting;
}

function isWanted({ begin, latestStart }: OpenWindow, fromMs: number, untilMs: number): boolean {
  return latestStart > fromMs && begin < untilMs;
}

/** The first of `windowsFrom`, and which freezes had a hand in it that there is none, or none earlier. */
export function firstWindow(
  definition: WindowDefinition,
  freezes: readonly FrozenSpan[],
  fromMs: number,
  untilMs: number,
): FirstWindow {
  const [window] = windowsFrom(definition, freezes, fromMs, untilMs);
  if (freezes.length === 0) return { ...(window && { window }), frozenBy: [] };
  const times = readWindow(definition);
  const lost = [...wholeWindows(times, fromMs, window?.begin ?? untilMs)]
    .filter(({ end }) => end - times.cutoffMs > fromMs)
    .map(({ begin, end }) => ({ begin: Math.max(begin, fromMs), end }));
  return firstAmong(window, lost, freezes);
}

/** Before any time that a policy or a request can name, and after it. */
const ALL_TIME: Span = { begin: 0, end: NEVER_MS };

/** As `firstWindow`, where one window is open all the time. */
export function firstOpenTime(freezes: readonly FrozenSpan[], fromMs: number, untilMs: number): FirstWindow {
  const window = piecesOf(ALL_TIME, sorted(freezes), { cutoffMs: 0 }).find((piece) =>
    isWanted(piece, fromMs, untilMs),
  );
  return firstAmong(window, [{ begin: fromMs, end: window?.begin ?? untilMs }], freezes);
}

/** The freezes that have taken what is lost before a window, and what they leave. */
function firstAmong(
  window: OpenWindow | undefined,
  lost: readonly Span[],
  freezes: readonly FrozenSpan[],
): FirstWindow {
  const inTheWay = sorted(freezes).filter(({ fromMs: from, toMs: to }) =>
    lost.some(({ begin, end }) => from < end && to > begin && from < (window?.begin ?? Infinity)),
  );
  const [first, ...others] = inTheWay;
  const heldBy = first && others.reduce((last, one) => (one.toMs > last.toMs ? one : last), first);
  const cutBy = window && freezes.find(({ fromMs }) => fromMs === window.end);
  return {
    ...(window && { window }),
    frozenBy: inTheWay.map(({ name }) => name),
    ...(heldBy && { heldBy }),
    ...(cutBy && { cutBy }),
  };
}

/** Throws RangeError for a definition that can't be read here, such as one in a zone that this machine does not know. */
export function assertReadable(definition: WindowDefinition): void {
  readWindow(definition);
}

/** ms from its begin to its end, and those at its end in which nothing starts; undefined for times that can't be read. */
export function windowLengths(
  definition: Pick<WindowDefinition, 'timeBegin' | 'timeEnd' | 'cutoff'>,
): Pick<WindowTimes, 'lengthMs' | 'cutoffMs'> | undefined {
  const begin = readTimeOfDay(definition.timeBegin);
  const end = readTimeOfDay(definition.timeEnd);
  const cutoffMs = definition.cutoff === undefined ? 0 : readCutoff(definition.cutoff);
  if (!begin || !end || cutoffMs === undefined) return undefined;
  return { lengthMs: lengthBetween(begin, end), cutoffMs };
}

/** Definitions are shared by thousands of runtimes, and reading a zone takes a while. */
const known = new WeakMap<WindowDefinition, WindowTimes>();

function readWindow(definition: WindowDefinition): WindowTimes {
  const times = known.get(definition) ?? readNew(definition);
  known.set(definition, times);
  return times;
}

function readNew(definition: WindowDefinition): WindowTimes {
  const begin = readTimeOfDay(definition.timeBegin);
  const lengths = windowLengths(definition);
  const isLocal = definition.timeZone !== undefined;
  if (!begin || !lengths || isLocal !== (begin.offsetMs === undefined) || definition.days.length === 0) {
    throw new RangeError(`The window ${JSON.stringify(definition)} is unreadable; store the policy again`);
  }
  return {
    ...lengths,
    clock: clockOf(definition),
    weekdays: new Set(definition.days.map((day) => WEEKDAYS.indexOf(day))),
    beginMs: begin.localMs,
  };
}

/** The clock by which a definition means its times. Throws RangeError for a zone that this machine does not know. */
export function clockOf({ timeZone, timeBegin }: Pick<WindowDefinition, 'timeZone' | 'timeBegin'>): Clock {
  return timeZone ? zoneClock(timeZone) : fixedClock(readTimeOfDay(timeBegin)?.offsetMs ?? 0);
}

/** Its name: that of the zone, or the offset as in RFC 3339, like `+01:00`. */
export function clockNameOf({
  timeZone,
  timeBegin,
}: Pick<WindowDefinition, 'timeZone' | 'timeBegin'>): string {
  const offset = `${timeBegin.slice(6, 9)}:${timeBegin.slice(9)}`;
  return timeZone ?? (offset === '-00:00' ? '+00:00' : offset);
}

/** Windows without any freeze that end after `fromMs` and begin before `untilMs`, in order. */
function* wholeWindows(times: WindowTimes, fromMs: number, untilMs: number): Generator<Span, void> {
  // A window may last a day, and a zone that crosses the date line may skip one.
  for (let day = dayOn(times.clock, fromMs) - 2; Number.isFinite(day); day++) {
    // 1970-01-01 was a Thursday.
    if (!times.weekdays.has((((day + 3) % 7) + 7) % 7)) continue;
    const { at, skipped } = instantOf(times.clock, day * DAY_MS + times.beginMs);
    // Also ends where no Date reaches, and there is no number to compare.
    if (!(at < untilMs)) return;
    // A date that the zone leaves out has no window; it would fall on that of the next day.
    if (skipped < DAY_MS && at + times.lengthMs > fromMs) yield { begin: at, end: at + times.lengthMs };
  }
}

/** The rest of a window that freezes leave, without pieces in which nothing could start. */
function piecesOf(
  whole: Span,
  freezes: readonly FrozenSpan[],
  times: Pick<WindowTimes, 'cutoffMs'>,
): OpenWindow[] {
  const pieces: Span[] = [];
  let begin = whole.begin;
  for (const { fromMs, toMs } of freezes) {
    if (fromMs >= whole.end || begin >= whole.end) break;
    if (fromMs > begin) pieces.push({ begin, end: fromMs });
    begin = Math.max(begin, toMs);
  }
  if (begin < whole.end) pieces.push({ begin, end: whole.end });
  return pieces.map((piece) => toOpen(piece, times)).filter((piece) => piece.latestStart > piece.begin);
}

function toOpen({ begin, end }: Span, { cutoffMs }: Pick<WindowTimes, 'cutoffMs'>): OpenWindow {
  return { begin, latestStart: end - cutoffMs, end };
}

function sorted(freezes: readonly FrozenSpan[]): FrozenSpan[] {
  return [...freezes].sort((a, b) => a.fromMs - b.fromMs);
}

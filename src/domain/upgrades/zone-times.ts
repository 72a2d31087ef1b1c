/**
 * Clocks on walls. A wall time is counted like an instant, in ms since 1970-01-01T00:00 on that clock, so that days
 * and times of day are plain arithmetic. Libraries leave open what a time means that a clock shows twice or skips; here
 * it is decided (ADR 54).
 */
import { IANAZone } from 'luxon';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
/** No clock is further from UTC, and none has changed twice within twice that time. */
const FARTHEST_MS = 16 * 60 * MINUTE_MS;
/** Within it no clock has changed twice. */
const CELL_MS = DAY_MS;
/** Of one zone, half a century. */
const MOST_EDGES = 20_000;
const LONGEST_ZONE = 64;
/** Names of the IANA database, of which each part begins with a capital; Intl alone takes them in any case. */
const ZONE_NAME = /^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Z][A-Za-z0-9_+-]*)*$/;

export interface Clock {
  /** ms by which the clock is ahead of UTC at an instant, given in ms since the epoch. */
  offsetAt(ms: number): number;
}

/** When a clock shows a time. */
export interface Shown {
  /** ms since the epoch; NaN beyond the years that a Date can hold. */
  at: number;
  /** ms by which the clock springs over the time that was asked for; 0 when it does show it. */
  skipped: number;
}

/** Clocks remember, so there is one of each zone; more than these are the same zones in other cases. */
const clocks = new Map<string, Clock>();
const MOST_CLOCKS = 1_000;

/** True for a name of the IANA database that this machine knows, like `Europe/Berlin`; false for `local` or `UTC+3`. */
export function isZoneName(text: string): boolean {
  return clockOf(text) !== undefined;
}

/** Throws RangeError for a zone that this machine does not know: a stored one may be newer than its zone data. */
export function zoneClock(name: string): Clock {
  const clock = clockOf(name);
  if (clock) return clock;
  throw new RangeError(`This machine's zone data has no time zone "${name}"`);
}

function clockOf(name: string): Clock | undefined {
  const known = clocks.get(name);
  if (known) return known;
  if (name.length > LONGEST_ZONE || !ZONE_NAME.test(name) || !IANAZone.isValidZone(name)) return undefined;
  if (clocks.size >= MOST_CLOCKS) clocks.clear();
  const zone = IANAZone.create(name);
  const clock = rememberingClock((ms) => zone.offset(ms) * MINUTE_MS);
  clocks.set(name, clock);
  return clock;
}

/**
 * Intl takes some µs for an offset. It is asked at the edges of cells in which no clock changes twice, and within a cell only
 * where the edges differ.
 */
function rememberingClock(ask: (ms: number) => number): Clock {
  const edges = new Map<number, number>();
  const edge = (cell: number): number => {
    const known = edges.get(cell);
    if (known !== undefined) return known;
    if (edges.size >= MOST_EDGES) edges.clear();
    const offset = ask(cell * CELL_MS);
    edges.set(cell, offset);
    return offset;
  };
  const offsetAt = (ms: number): number => {
    const cell = Math.floor(ms / CELL_MS);
    const offset = edge(cell);
    return offset === edge(cell + 1) ? offset : ask(ms);
  };
  return { offsetAt };
}

export function fixedClock(offsetMs: number): Clock {
  return { offsetAt: () => offsetMs };
}

/** Days since 1970-01-01 that the clock shows at an instant, given in ms since the epoch. */
export function dayOn(clock: Clock, ms: number): number {
  return Math.floor((ms + clock.offsetAt(ms)) / DAY_MS);
}

/**
 * The instant at which the clock first shows a wall time. A time that it skips is the instant at which it has sprung
 * forward; of a time that it shows twice the first one counts.
 */
export function instantOf(clock: Clock, wallMs: number): Shown {
  const before = clock.offsetAt(wallMs - FARTHEST_MS);
  const after = clock.offsetAt(wallMs + FARTHEST_MS);
  if (before === after) return { at: wallMs - before, skipped: 0 };
  if (Number.isNaN(before + after)) return { at: NaN, skipped: 0 };
  const change = changeBetween(clock, wallMs - FARTHEST_MS, wallMs + FARTHEST_MS);
  if (wallMs < change + before) return { at: wallMs - before, skipped: 0 };
  if (wallMs >= change + after) return { at: wallMs - after, skipped: 0 };
  return { at: change, skipped: after - before };
}

/** The first ms of the new offset, of a span in which the offset changes once. */
function changeBetween(clock: Clock, from: number, to: number): number {
  const old = clock.offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clock.offsetAt(middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

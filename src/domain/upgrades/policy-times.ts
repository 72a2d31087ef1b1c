/** The times in a maintenance policy, as people write them. */
import { DAY_MS, MINUTE_MS, instantOf, zoneClock } from './zone-times.ts';
import { parseTimeOfDay } from './windows.ts';

const LOCAL_TIME = /^(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$/;
/** Go's notation of hours and minutes; "0s" is how Go writes none, and "1h30m0s" how it writes an hour and a half. */
const CUTOFF = /^(?=\d)(?:(?<h>\d{1,4})h)?(?:(?<m>\d{1,4})m)?(?:0s)?$/;
/** RFC 3339, section 5.6, without leap seconds; seconds may be left out, and a local time has no offset. */
const MOMENT =
  /^(?<date>(?:19[7-9]\d|[2-9]\d{3})-\d\d-\d\d)(?:[Tt](?<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)(?<offset>[Zz]|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?)?$/;

/** A time of day on the clock of its offset, or of a zone that stands beside it. */
export interface TimeOfDay {
  /** ms since midnight. */
  localMs: number;
  /** ms ahead of UTC; undefined for a time without an offset. */
  offsetMs?: number;
}

/** Reads `HHMMSS±ZZZZ` and `HHMMSS`; undefined for anything else. */
export function readTimeOfDay(text: string): TimeOfDay | undefined {
  const [hours, minutes, seconds] = [0, 2, 4].map((at) => Number(text.slice(at, at + 2)));
  const localMs = (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
  if (LOCAL_TIME.test(text)) return { localMs };
  if (parseTimeOfDay(text) === undefined) return undefined;
  const size = (Number(text.slice(7, 9)) * 60 + Number(text.slice(9))) * MINUTE_MS;
  // 0 - 0 rather than -0, which would not equal 0 everywhere.
  return { localMs, offsetMs: text[6] === '-' ? 0 - size : size };
}

/** ms from one time of day to the next time that it is the other: a day when both are the same moment. */
export function lengthBetween(begin: TimeOfDay, end: TimeOfDay): number {
  const apart = end.localMs - (end.offsetMs ?? 0) - (begin.localMs - (begin.offsetMs ?? 0));
  return ((apart % DAY_MS) + DAY_MS) % DAY_MS || DAY_MS;
}

/** ms of a duration like `15m` or `1h30m`; undefined for anything else. */
export function readCutoff(text: string): number | undefined {
  const groups = CUTOFF.exec(text)?.groups;
  if (!groups) return undefined;
  return (Number(groups['h'] ?? 0) * 60 + Number(groups['m'] ?? 0)) * MINUTE_MS;
}

/** A moment as it is written, before a zone says when a local one is. */
export interface WrittenMoment {
  /** ms as a wall time, or since the epoch when there is an offset. */
  ms: number;
  hasOffset: boolean;
}

/**
 * Reads RFC 3339, a local `YYYY-MM-DDTHH:MM[:SS]`, and `YYYY-MM-DD`, which is its first moment, from 1970 on; undefined
 * for anything else.
 */
export function readMoment(text: string): WrittenMoment | undefined {
  const groups = MOMENT.exec(text)?.groups;
  if (!groups) return undefined;
  const { date = '', time = '00:00', offset } = groups;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // The 30th of February is no date; some readers make it the 2nd of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  return {
    ms: Date.parse(`${date}T${time}${(offset ?? 'Z').toUpperCase()}`),
    hasOffset: offset !== undefined,
  };
}

/** ms since the epoch; undefined when it can't be read, or lacks what says where on earth it is meant. */
export function momentMs(text: string, timeZone: string | undefined): number | undefined {
  const written = readMoment(text);
  if (!written || written.hasOffset) return written?.ms;
  return timeZone ? instantOf(zoneClock(timeZone), written.ms).at : undefined;
}

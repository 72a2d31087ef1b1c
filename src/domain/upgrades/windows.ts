/**
 * Daily maintenance windows. All arithmetic is on UTC seconds of a day: a Shoot's window carries a fixed offset, no zone,
 * so there is no daylight saving to follow, and the zone of the machine never matters.
 */
import { FinalError } from '../errors.ts';
import type { DailyWindow } from './runtime.ts';

const DAY_SECONDS = 86_400;
/** No place on earth is further from UTC. */
const LARGEST_OFFSET_SECONDS = 14 * 3600;
/** Gardener's format of a time of day: `HHMMSS±ZZZZ`, for example `220000+0100`. */
const TIME_OF_DAY = /^(?<h>[01]\d|2[0-3])(?<m>[0-5]\d)(?<s>[0-5]\d)(?<sign>[+-])(?<zh>\d\d)(?<zm>[0-5]\d)$/;

/** A daily window in UTC: seconds since midnight of its begin, and how long it is open. */
export interface UtcWindow {
  /** 0 to 86,399. */
  beginSeconds: number;
  /** 1 to 86,399; a window across midnight reaches past the end of the day. */
  lengthSeconds: number;
}

/** A span of time, both ends RFC 3339 UTC; the end is no part of it. */
export interface TimeSpan {
  begin: string;
  end: string;
}

/** Seconds since midnight UTC of a Gardener time of day; undefined for anything that is not one. */
export function parseTimeOfDay(text: string): number | undefined {
  const groups = TIME_OF_DAY.exec(text)?.groups;
  if (!groups) return undefined;
  const offset = Number(groups['zh']) * 3600 + Number(groups['zm']) * 60;
  if (offset > LARGEST_OFFSET_SECONDS) return undefined;
  const local = Number(groups['h']) * 3600 + Number(groups['m']) * 60 + Number(groups['s']);
  return wrap(groups['sign'] === '-' ? local + offset : local - offset);
}

/** Undefined when an end is unreadable, or when both are the same moment: such a window says nothing. */
export function parseDailyWindow(window: DailyWindow): UtcWindow | undefined {
  const begin = parseTimeOfDay(window.begin);
  const end = parseTimeOfDay(window.end);
  if (begin === undefined || end === undefined || begin === end) return undefined;
  return { beginSeconds: begin, lengthSeconds: wrap(end - begin) };
}

/**
 * The window as times of day on 0000-01-01 in UTC (A55): an end earlier than its begin means a window across midnight.
 * Throws FinalError UNEXPECTED_ANSWER for an unreadable window; the inventory leaves such a Shoot out.
 */
export function dailyWindowAsTimestamps(window: DailyWindow): TimeSpan {
  const { beginSeconds, lengthSeconds } = readable(window);
  return { begin: onDayZero(beginSeconds), end: onDayZero(wrap(beginSeconds + lengthSeconds)) };
}

/** The end of what has none: later than any time that can be given. */
export const NEVER = '9999-12-31T23:59:59.999Z';
/** In ms since the epoch. */
export const NEVER_MS = Date.parse(NEVER);

/** True for a time, RFC 3339, that stands for none. */
export function isNever(time: string): boolean {
  return Date.parse(time) >= NEVER_MS;
}

/** For people: `22:00–02:00 UTC of 2026-01-02`, the day on which it begins, or `from 2026-01-02T22:00Z on`. */
export function describeSpan({ begin, end }: TimeSpan): string {
  if (isNever(end)) return `from ${minuteOf(begin)} on`;
  return `${hoursAndMinutes(begin)}–${hoursAndMinutes(end)} UTC of ${new Date(begin).toISOString().slice(0, 10)}`;
}

/** RFC 3339 to the minute, or to the second where that counts: `2026-11-28T22:00Z`. Takes RFC 3339 or ms since the epoch. */
export function minuteOf(time: string | number): string {
  const text = new Date(time).toISOString();
  return `${text.slice(0, text.slice(17, 19) === '00' ? 16 : 19)}Z`;
}

function readable(window: DailyWindow): UtcWindow {
  const parsed = parseDailyWindow(window);
  if (parsed) return parsed;
  throw new FinalError(
    'UNEXPECTED_ANSWER',
    `The maintenance window "${window.begin}" to "${window.end}" is unreadable; set spec.maintenance.timeWindow of the Shoot to two different times like 220000+0000`,
  );
}

function wrap(seconds: number): number {
  return ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
}

function onDayZero(seconds: number): string {
  return `0000-01-01T${new Date(seconds * 1000).toISOString().slice(11, 19)}Z`;
}

function hoursAndMinutes(timestamp: string): string {
  return new Date(timestamp).toISOString().slice(11, 16);
}

/** How far an orchestration has come beside how far it was planned to have come, as lines of a picture and rows of a table. Pure. */
import type { components } from '../rest-types.ts';
import { numberOf } from './times.ts';

type BurnUp = components['schemas']['BurnUp'];
type Line = BurnUp['planned'];

export interface BurnUpPicture {
  /** Both ends of the axis of time, in ms since the epoch. */
  from: number;
  to: number;
  /** Points of lines in a square of 100 by 100, its origin at the top left: `0,100 50,20`. */
  planned: string;
  actual: string;
  /** Where the present is, from 0 to 100; undefined when all of them had ended before. */
  now: number | undefined;
}

/** A share of all, and when it was to be reached and was; null for never or not yet. */
export interface BurnUpRow {
  count: number;
  planned: string | null;
  actual: string | null;
}

const ROWS = 10;

/** Undefined while there is nothing to draw. `now` in ms since the epoch. */
export function pictureOf(burnUp: BurnUp, now: number): BurnUpPicture | undefined {
  const { planned, actual, total } = burnUp;
  const [begin] = [...planned.slice(0, 1), ...actual.slice(0, 1)].map(({ at }) => Date.parse(at));
  if (!total || begin === undefined) return undefined;
  const from = Math.min(begin, timeOf(actual[0], begin));
  const isOver = settledOf(burnUp) >= total;
  const last = Math.max(timeOf(planned.at(-1), from), timeOf(actual.at(-1), from));
  // The present of the page is some seconds old: the last end may be after it.
  const present = Math.max(now, timeOf(actual.at(-1), now));
  const to = Math.max(last, isOver ? from : now, from + 1);
  const x = (at: number): number => rounded((100 * (at - from)) / (to - from));
  const point = (at: number, count: number): string => `${x(at)},${rounded(100 - (100 * count) / total)}`;
  // A step up at each point: between two of them nothing is known to end.
  const stepsOf = (line: Line, begin: number): string[] =>
    line.flatMap(({ at, count }, index) => [
      point(Date.parse(at), line[index - 1]?.count ?? begin),
      point(Date.parse(at), count),
    ]);
  return {
    from,
    to,
    planned: stepsOf(planned, planned[0]?.count ?? 0).join(' '),
    actual: [
      point(from, 0),
      ...stepsOf(actual, 0),
      ...(isOver ? [] : [point(present, endedOf(actual))]),
    ].join(' '),
    now: isOver ? undefined : x(now),
  };
}

/**
 * `412 of 1,000 have ended; 530 were to have ended by now`; without the latter once none is left to end, or nothing is known of it. What was
 * stopped or skipped before it began is told apart: `127 of 1,000 have ended; 873 never began`.
 */
export function burnUpWords(burnUp: BurnUp, now: number): string {
  const { planned, actual, total, neverBegan } = burnUp;
  const ended = endedOf(actual);
  const has = `${numberOf(ended)} of ${numberOf(total ?? 0)} ${ended === 1 ? 'has' : 'have'} ended`;
  const words = neverBegan > 0 ? `${has}; ${numberOf(neverBegan)} never began` : has;
  if (planned.length === 0 || settledOf(burnUp) >= (total ?? 0)) return words;
  const due = planned.findLast(({ at }) => Date.parse(at) <= now)?.count ?? 0;
  return `${words}; ${numberOf(due)} ${due === 1 ? 'was' : 'were'} to have ended by now`;
}

/** Tenths of all, the last one is all of them. */
export function burnUpRows({ planned, actual, total }: BurnUp): BurnUpRow[] {
  const all = total ?? 0;
  const counts = Array.from({ length: ROWS }, (_, index) => Math.ceil(((index + 1) * all) / ROWS));
  const reached = (line: Line, count: number): string | null =>
    line.find((point) => point.count >= count)?.at ?? null;
  return [...new Set(counts)].map((count) => ({
    count,
    planned: reached(planned, count),
    actual: reached(actual, count),
  }));
}

/** All that nothing more is expected of, which the headline of the orchestration counts as done. */
export function settledOf({ actual, neverBegan }: Pick<BurnUp, 'actual' | 'neverBegan'>): number {
  return endedOf(actual) + neverBegan;
}

function endedOf(actual: Line): number {
  return actual.at(-1)?.count ?? 0;
}

function timeOf(point: Line[number] | undefined, otherwise: number): number {
  return point ? Date.parse(point.at) : otherwise;
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100;
}

/** How many operations of an orchestration have ended by when: the planned line beside the actual one. */
import type { ProjectedSpan } from './projection-of-plans.ts';

/** So many operations have ended at `at`, RFC 3339 UTC. */
export interface EndedBy {
  at: string;
  count: number;
}

/** Points of a line behind its first one: whoever looks sees no more of 100,000 operations. */
export const BURN_UP_POINTS = 100;

/**
 * The planned line, in the order of time. It begins at `at` with the `ended` ones, and leaves out what finds no window in time:
 * then it stays below all operations.
 */
export function plannedBurnUp(
  spans: readonly (ProjectedSpan | undefined)[],
  { at, ended }: { at: string; ended: number },
): EndedBy[] {
  const ends = spans.flatMap((span) => (span ? [span.end] : [])).sort();
  const points = Math.min(ends.length, BURN_UP_POINTS);
  const line = Array.from({ length: points }, (_, index) => {
    const count = Math.ceil(((index + 1) * ends.length) / points);
    return { at: ends[count - 1] ?? at, count: ended + count };
  });
  return lastOfEachInstant([{ at, count: ended }, ...line]);
}

/** Of several points at one instant the last one says all. */
export function lastOfEachInstant(line: readonly EndedBy[]): EndedBy[] {
  return line.filter(({ at }, index) => at !== line[index + 1]?.at);
}

/** When nothing of an orchestration will be in progress any more, while nothing more begins: after a stop, and while it is paused. */
import type { ProjectionBasis } from './projection-of-plans.ts';

/** The operations of an orchestration that are in progress: at least one. */
export interface InFlight {
  /** Those to which nothing was sent yet: a stop cancels them, and a pause gives them back. */
  unsent: number;
  /** The others; absent when there are none. */
  sent?: SentInFlight;
}

/** Those that come to their end whatever is wanted of their orchestration: at least one. Times here and below are RFC 3339 UTC. */
export interface SentInFlight {
  /** The begin of the one that is under way for the longest. */
  since: string;
  /** The begin of the one that began last. */
  lastBegunAt: string;
  /** Those that began before `overdueBefore`. */
  overdue: number;
}

export interface Drain {
  /** When the last one ends, if it takes as long as the median of earlier ones. */
  earliest: string;
  /** Likewise, if it takes as long as the slowest tenth of them. */
  latest: string;
  /** Those that take longer than that already: nobody knows when they end. */
  overdue: number;
  from: ProjectionBasis;
}

/** An operation that began before then, and is in progress at an instant in ms since the epoch, takes longer than usual. */
export function overdueBefore(from: ProjectionBasis, nowMs: number): string {
  return new Date(nowMs - secondsOf(from).slow * 1_000).toISOString();
}

/** Both times are those of the operation that began last. They have passed when all are overdue. */
export function drainOf({ lastBegunAt, overdue }: SentInFlight, from: ProjectionBasis): Drain {
  const { usual, slow } = secondsOf(from);
  const after = (seconds: number): string =>
    new Date(Date.parse(lastBegunAt) + seconds * 1_000).toISOString();
  return { earliest: after(usual), latest: after(slow), overdue, from };
}

function secondsOf(from: ProjectionBasis): { usual: number; slow: number } {
  switch (from.kind) {
    case 'earlier operations':
      return { usual: from.medianSeconds, slow: from.p90Seconds };
    case 'assumed':
      return { usual: from.seconds, slow: from.seconds };
  }
}

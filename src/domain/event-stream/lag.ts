/** When a client is too slow to be told of each change. */

/** Changes that a client may be behind for as long as it likes. */
export const MOST_BEHIND = 1_000;

/** Longer than that nobody is further behind without gaining who takes what is sent: thousands of changes may be committed at once. */
export const MOST_BEHIND_MS = 2_000;

/** How far behind a client was when it last asked, and since when it has not gained. */
export interface Lag {
  /** Changes since the last one that it was sent. */
  behind: number;
  /** ms of a clock that never goes back: when it last was behind by less than before, or by little. */
  gainedAtMs: number;
}

/** A client that resumes far behind over a slow line is let alone as long as it gains. */
export function lagAfter(before: Lag, behind: number, nowMs: number): Lag {
  const hasGained = behind <= MOST_BEHIND || behind < before.behind;
  return { behind, gainedAtMs: hasGained ? nowMs : before.gainedAtMs };
}

/** The client is told to read everything anew instead. */
export function isTooSlow({ behind, gainedAtMs }: Lag, nowMs: number): boolean {
  return behind > MOST_BEHIND && nowMs - gainedAtMs > MOST_BEHIND_MS;
}

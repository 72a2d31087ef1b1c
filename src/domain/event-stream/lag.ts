/** When a client is too slow to be told of each change. */

/** Changes that a client may be behind for as long as it likes. */
export const MOST_BEHIND = 1_000;

/** Longer than that nobody is further behind who takes what is sent: thousands of changes may be committed at once. */
export const MOST_BEHIND_MS = 2_000;

export interface Standing {
  /** Changes since the last one that it was sent. */
  behind: number;
  /** ms since it was sent everything that there was. */
  behindForMs: number;
  /** The next one is not kept any more. */
  isLost: boolean;
}

/** It is told to read everything anew instead. */
export function isTooSlow({ behind, behindForMs, isLost }: Standing): boolean {
  return isLost || (behind > MOST_BEHIND && behindForMs > MOST_BEHIND_MS);
}

/** Runtimes of which the look at a wave can't tell yet whether they are healthy: when they are read again, and when that has an end. */

/** Gardener looks at conditions about once a minute. */
const LONGEST_PAUSE_MS = 60_000;
/** Times that they are read when there are fewer minutes than that. */
const FEWEST_LOOKS = 10;

/** The ways of a look through its wave, as the row has them; RFC 3339 UTC. */
export interface LookTimes {
  /** Null on the first one, which reads all. */
  looksAgainAt: string | null;
  looksUntil: string | null;
}

/**
 * The next way through, when one ends at `nowMs` and some are uncertain. They have `timeoutMs` from the end of the first one: in a wave of
 * thousands that takes a while, and the last ones have as much time as the first ones.
 */
export function nextLook(
  { looksUntil }: LookTimes,
  timeoutMs: number,
  nowMs: number,
): { at: string; until: string } {
  const untilMs = looksUntil === null ? nowMs + timeoutMs : Date.parse(looksUntil);
  const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.ceil(timeoutMs / FEWEST_LOOKS));
  const atMs = Math.min(nowMs + pauseMs, untilMs);
  return { at: new Date(atMs).toISOString(), until: new Date(untilMs).toISOString() };
}

/** Nothing is uncertain any more on the last way through: all of the time is over. */
export function isLastLook({ looksAgainAt, looksUntil }: LookTimes): boolean {
  return looksAgainAt !== null && looksUntil !== null && Date.parse(looksAgainAt) >= Date.parse(looksUntil);
}

/** Why the look goes on, as a sentence without a full stop. */
export function describeUncertain({
  count,
  first,
}: {
  count: number;
  first: readonly { shootName: string; said: string }[];
}): string {
  const runtimes = count === 1 ? '1 runtime is' : `${count.toLocaleString('en-US')} runtimes are`;
  const named = first.map(({ shootName, said }) => `${shootName} (${said})`).join(', ');
  return `${runtimes} read again: ${named}${count > first.length ? ' and others' : ''}`;
}

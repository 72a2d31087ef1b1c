/** The times of attempts at a delivery, those that Standard Webhooks 1.0 recommends. */
import { textHash } from '../text-hash.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds that come before each attempt, after the one before. */
const DELAYS = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;
export const MOST_ATTEMPTS = DELAYS.length;

/** Each delay is up to a tenth shorter or longer, so that what failed together is not tried again together. */
const SPREAD = 0.1;
const MOST_HASH = 2 ** 32;

/**
 * Milliseconds between the end of the last attempt and the next one; undefined after the last one. The same for the same delivery: nothing is drawn.
 * `made` is the number of attempts that have failed.
 */
export function delayBeforeNext(deliveryID: string, made: number): number | undefined {
  const seconds = DELAYS[made];
  if (seconds === undefined) return undefined;
  const chance = textHash(`${deliveryID} ${made}`) / MOST_HASH;
  return Math.round(seconds * 1_000 * (1 - SPREAD + 2 * SPREAD * chance));
}

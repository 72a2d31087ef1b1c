/** About when those in line get the turn of their lane. Pure. */
import type { components } from '../rest-types.ts';
import { assumedWords, titleOf } from './rollout-words.ts';
import { clockOf, distanceOf, numberOf } from './times.ts';

type Queue = components['schemas']['Queue'];

/** Of the first one in line. */
export function turnWords(
  { holder }: Pick<components['schemas']['Lane'], 'holder'>,
  paused: Queue['paused'],
  now: number,
  zone: string,
): string {
  if (paused) return 'not known while everything is paused';
  if (!holder) return 'within moments: the lane is free';
  const title = titleOf(holder);
  if (holder.state === 'canceling') return `as soon as what is in progress of ${title} has finished`;
  if (holder.pauses.length > 0) return `not known while ${title} is paused`;
  const { earliest, latest, from: basis } = holder.eta ?? {};
  if (!earliest || !latest || !basis) return `not known: ${title} has no estimated end`;
  const [from, to] = [Date.parse(earliest), Date.parse(latest)];
  if (to < now) return `not known: ${title} takes longer than estimated`;
  const isOne = to - from < 60_000 || from < now;
  const time = isOne
    ? `about ${clockOf(to, now, zone)}, ${distanceOf(to, now)}`
    : `between ${clockOf(from, now, zone)} and ${clockOf(to, now, zone)}`;
  return `${time}, when ${title} ends${assumedWords(basis)}`;
}

/**
 * Of one behind the first: a bound by the end of the holder, and no more. Those that wait between have no plan before their turn, so nobody knows how long
 * they take.
 */
export function laterTurnWords(
  { holder }: Pick<components['schemas']['Lane'], 'holder'>,
  position: number,
  paused: Queue['paused'],
  now: number,
  zone: string,
): string {
  const after = position === 2 ? 'after the one before it' : `after the ${numberOf(position - 1)} before it`;
  const ends = Date.parse(holder?.eta?.earliest ?? '');
  const isKnown = !paused && holder?.pauses.length === 0 && ends > now;
  return isKnown ? `${after}, not before about ${clockOf(ends, now, zone)}` : after;
}

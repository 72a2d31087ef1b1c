/** About when the first one in line gets the turn of its lane. Pure. */
import type { components } from '../rest-types.ts';
import { assumedWords, titleOf } from './rollout-words.ts';
import { clockOf, distanceOf } from './times.ts';

type Queue = components['schemas']['Queue'];

/** Only of the first one: how long the others before a later one take, nobody has worked out. */
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

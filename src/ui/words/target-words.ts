/** How many runtimes targets select, as it is said below them. Pure. */
import type { components } from '../rest-types.ts';
import { countOf, distanceOf, numberOf } from './times.ts';

/** `Selects 3 of 40 runtimes: c-1, c-2, c-3. The inventory was read 12 s ago.` `now` in ms since the epoch. */
export function targetCountWords(
  { selected, excluded, total, shoots, asOf }: components['schemas']['TargetCount'],
  now: number,
): string {
  const others = selected - shoots.length;
  const names = [...shoots, ...(others > 0 ? [`${numberOf(others)} more`] : [])].join(', ');
  const all =
    selected === total && total > 0
      ? `all ${countOf(total, 'runtime')}`
      : `${numberOf(selected)} of ${countOf(total, 'runtime')}`;
  const except = excluded > 0 ? `, ${numberOf(excluded)} excepted` : '';
  return `Selects ${all}${except}${names ? `: ${names}` : ''}. The inventory was read ${distanceOf(Date.parse(asOf), now)}.`;
}

import type { Context } from '../context.ts';
import { isJSON } from '../output.ts';
import { plain } from '../terminal-texts.ts';
import type { Screen } from './follow.ts';
import { changeRow } from './told-changes.ts';

/**
 * A line for each change, and one for how the thing stands when that is new and no change has told of it. `standing` answers its
 * columns, of which the first one is the time.
 */
export function lineScreen<T>(
  { surroundings: { stdout }, format, say }: Context,
  name: 'orchestration' | 'stack',
  standing: (thing: T) => string[],
): Screen<T> {
  const write = (asJSON: object, row: string): void => {
    stdout.write(`${isJSON(format) ? JSON.stringify(asJSON) : row}\n`);
  };
  let last = '';
  let isAway = false;
  return {
    needsLooks: false,
    change: (change) => {
      const { event, what, row } = change;
      write({ event, what, change: row }, changeRow(change));
    },
    show: (thing, isTold) => {
      if (isAway) say('The service answers again.');
      isAway = false;
      const [at = '', ...columns] = standing(thing).map(plain);
      const line = columns.join('\t');
      const isNew = line !== last;
      last = line;
      if (!isTold && isNew) write({ event: 'standing', [name]: thing }, `${at}\t${line}`);
    },
    away: (reason) => {
      if (!isAway) say(`${reason}; it is asked again until it answers.`);
      isAway = true;
    },
    end: () => undefined,
  };
}

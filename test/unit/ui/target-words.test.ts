import { expect, it } from 'vitest';
import { targetCountWords } from '../../../src/ui/words/target-words.ts';

const NOW = Date.parse('2026-11-29T22:00:00Z');
const counted = {
  selected: 12,
  excluded: 0,
  total: 40,
  shoots: ['c-1', 'c-2'],
  asOf: '2026-11-29T21:59:18Z',
};

it.each([
  [{}, 'Selects 12 of 40 runtimes: c-1, c-2, 10 more. The inventory was read 42 s ago.'],
  [
    { selected: 2, excluded: 3 },
    'Selects 2 of 40 runtimes, 3 excepted: c-1, c-2. The inventory was read 42 s ago.',
  ],
  [{ selected: 40 }, 'Selects all 40 runtimes: c-1, c-2, 38 more. The inventory was read 42 s ago.'],
  [{ selected: 0, shoots: [] }, 'Selects 0 of 40 runtimes. The inventory was read 42 s ago.'],
  [{ selected: 0, total: 0, shoots: [] }, 'Selects 0 of 0 runtimes. The inventory was read 42 s ago.'],
])('the count of targets %o is said', (changes, words) => {
  expect(targetCountWords({ ...counted, ...changes }, NOW)).toBe(words);
});

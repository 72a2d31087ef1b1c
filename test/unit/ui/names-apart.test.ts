import { expect, it } from 'vitest';
import { namesApart, type Named } from '../../../src/ui/words/names-apart.ts';

const NOW = Date.parse('2026-11-29T06:00:00Z');

function one(id: string, createdBy: string, createdAt: string, version = '2.20.5'): Named {
  const parameters = { kyma: { version }, dryRun: false };
  return { orchestrationID: `${id}-0000`, type: 'upgradeKyma', createdBy, createdAt, parameters };
}

it('orchestrations of one title are told apart by who created them and when, others are not', () => {
  const all = [
    one('d9c69b83', 'bea', '2026-11-29T05:12:00Z'),
    one('07089b96', 'jo', '2026-11-28T22:00:00Z'),
    one('c4aa1f4b', 'jo', '2026-11-28T22:00:59Z'),
    one('edf6b5be', 'bea', '2026-11-29T05:12:00Z', '2.21.0'),
  ];
  expect(all.map(namesApart(all, NOW, 'UTC'))).toEqual([
    'Kyma 2.20.5 of bea, 05:12 UTC',
    'Kyma 2.20.5 of jo, Sat 28 Nov 22:00 UTC (07089b96)',
    'Kyma 2.20.5 of jo, Sat 28 Nov 22:00 UTC (c4aa1f4b)',
    'Kyma 2.21.0',
  ]);
});

it('one that stands in a list twice is no other one', () => {
  const bea = one('d9c69b83', 'bea', '2026-11-29T05:12:00Z');
  expect(namesApart([bea, { ...bea }], NOW, 'UTC')(bea)).toBe('Kyma 2.20.5');
});

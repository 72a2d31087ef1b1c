import { expect, it } from 'vitest';
import { laterTurnWords, turnWords } from '../../../src/ui/words/turn-words.ts';

const NOW = Date.parse('2026-11-29T21:30:00Z');
const FROM = { kind: 'earlier operations' as const, count: 9, medianSeconds: 600, p90Seconds: 1_200 };
type Holder = NonNullable<Parameters<typeof turnWords>[0]['holder']>;

const HOLDER: Holder = {
  ...{ orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804', type: 'upgradeKyma', createdBy: 'jo' },
  parameters: { kyma: { version: '2.20.5' }, dryRun: false },
  ...{ state: 'in progress', since: '2026-11-29T20:00:00Z', pauses: [] },
  eta: { earliest: '2026-11-29T22:00:00Z', latest: '2026-11-29T22:20:00Z', from: FROM },
};
const PAUSE: Holder['pauses'][number] = {
  ...{ code: 'person', by: 'jo', reason: 'disk alerts', since: '2026-11-29T21:00:00Z' },
};
const endsAt = (earliest: string | null, latest = earliest): Partial<Holder> => ({
  eta: { earliest, latest, from: FROM },
});

it.each<[string, Partial<Holder>]>([
  ['between 22:00 UTC and 22:20 UTC, when Kyma 2.20.5 ends', {}],
  ['about 22:00 UTC, in 30 min, when Kyma 2.20.5 ends', endsAt('2026-11-29T22:00:00Z')],
  [
    'about 22:00 UTC, in 30 min, when Kyma 2.20.5 ends',
    endsAt('2026-11-29T21:00:00Z', '2026-11-29T22:00:00Z'),
  ],
  [
    'about 22:00 UTC, in 30 min, when Kyma 2.20.5 ends (assuming 45 min each)',
    {
      eta: {
        ...{ earliest: '2026-11-29T22:00:00Z', latest: '2026-11-29T22:00:00Z' },
        from: { kind: 'assumed', seconds: 2_700 },
      },
    },
  ],
  ['not known: Kyma 2.20.5 takes longer than estimated', endsAt('2026-11-29T21:00:00Z')],
  ['not known: Kyma 2.20.5 has no estimated end', { eta: null }],
  ['not known: Kyma 2.20.5 has no estimated end', endsAt(null)],
  ['not known while Kyma 2.20.5 is paused', { pauses: [PAUSE], eta: null }],
  ['as soon as what is in progress of Kyma 2.20.5 has finished', { state: 'canceling', eta: null }],
])('the next one gets its turn %s', (words, changes) => {
  expect(turnWords({ holder: { ...HOLDER, ...changes } }, null, NOW, 'UTC')).toBe(words);
});

it('nobody knows while everything is paused, and a free lane is given away at once', () => {
  const paused = { by: 'jo', reason: 'storm', since: '2026-11-29T21:00:00Z' };
  expect(turnWords({ holder: HOLDER }, paused, NOW, 'UTC')).toBe('not known while everything is paused');
  expect(turnWords({ holder: null }, null, NOW, 'UTC')).toBe('within moments: the lane is free');
});

it('a later one gets its turn after those before it, and not before the holder ends where that is known', () => {
  const later = (position: number, changes: Partial<Holder> = {}) =>
    laterTurnWords({ holder: { ...HOLDER, ...changes } }, position, null, NOW, 'UTC');
  expect(later(2)).toBe('after the one before it, not before about 22:00 UTC');
  expect(later(1_201)).toBe('after the 1,200 before it, not before about 22:00 UTC');
  const alone = 'after the 2 before it';
  expect(later(3, endsAt('2026-11-29T21:30:00Z', '2026-11-29T22:20:00Z'))).toBe(alone);
  for (const changes of [{ pauses: [PAUSE] }, { eta: null }, endsAt(null)])
    expect(later(3, changes)).toBe(alone);
  const paused = { by: 'jo', reason: 'storm', since: '2026-11-29T21:00:00Z' };
  expect(laterTurnWords({ holder: HOLDER }, 3, paused, NOW, 'UTC')).toBe(alone);
  expect(laterTurnWords({ holder: null }, 3, null, NOW, 'UTC')).toBe(alone);
});

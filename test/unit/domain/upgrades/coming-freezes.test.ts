import { expect, it } from 'vitest';
import { comingFreezes } from '../../../../src/domain/upgrades/coming-freezes.ts';

const NOW = Date.UTC(2027, 0, 1);
const freeze = (name: string, from: string, to: string, timeZone?: string) => ({
  ...{ name, reason: `why ${name}`, from, to },
  ...(timeZone !== undefined && { timeZone }),
});
const over = freeze('over', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z');
const far = freeze('far', '2027-01-31T00:00:00Z', '2027-02-01T00:00:00Z');
const soon = freeze('soon', '2027-01-30T23:59:59Z', '2027-02-01T00:00:00Z');
const holds = freeze('holds', '2026-12-20', '2027-01-02', 'Europe/Berlin');

it('names those that hold or begin within the horizon, with how many they touch', () => {
  expect(comingFreezes({ freezes: [over, far, soon, holds] }, [1, 2, 3, 4], NOW)).toEqual([
    {
      ...{ index: 3, name: 'holds', reason: 'why holds', runtimes: 4 },
      ...{ fromMs: Date.UTC(2026, 11, 19, 23), toMs: Date.UTC(2027, 0, 1, 23) },
    },
    {
      ...{ index: 2, name: 'soon', reason: 'why soon', runtimes: 3 },
      ...{ fromMs: Date.UTC(2027, 0, 30, 23, 59, 59), toMs: Date.UTC(2027, 1, 1) },
    },
  ]);
});

it('says nothing of a number before anybody has counted, and nothing at all by a clock that is unknown here', () => {
  expect(comingFreezes({ freezes: [soon] }, undefined, NOW)?.[0]).not.toHaveProperty('runtimes');
  const unknown = freeze('unknown', '2026-12-20', '2027-01-02', 'Moon/Tycho');
  expect(comingFreezes({ freezes: [holds, unknown] }, undefined, NOW)).toBeUndefined();
});

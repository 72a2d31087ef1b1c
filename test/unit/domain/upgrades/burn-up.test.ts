import { describe, expect, it } from 'vitest';
import { BURN_UP_POINTS, plannedBurnUp } from '../../../../src/domain/upgrades/burn-up.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 2, 2) + second * 1000).toISOString();
const ending = (second: number) => ({ begin: at(0), end: at(second) });

describe('the planned line', () => {
  it('counts what is to have ended by each end, after what has ended already', () => {
    const spans = [ending(30), ending(20), undefined, ending(10), ending(20)];
    expect(plannedBurnUp(spans, { at: at(0), ended: 2 })).toEqual([
      { at: at(0), count: 2 },
      { at: at(10), count: 3 },
      { at: at(20), count: 5 },
      { at: at(30), count: 6 },
    ]);
  });

  it('has only its begin when nothing is left, or nothing finds a window', () => {
    expect(plannedBurnUp([], { at: at(0), ended: 7 })).toEqual([{ at: at(0), count: 7 }]);
    expect(plannedBurnUp([undefined], { at: at(0), ended: 0 })).toEqual([{ at: at(0), count: 0 }]);
  });

  it('of 100,001 operations has so many points that nobody sees the difference, and ends with the last one', () => {
    const spans = Array.from({ length: 100_001 }, (_, index) => ending(100_001 - index));
    const line = plannedBurnUp(spans, { at: at(0), ended: 0 });
    expect(line).toHaveLength(BURN_UP_POINTS + 1);
    expect(line.at(-1)).toEqual({ at: at(100_001), count: 100_001 });
    for (const { at: time, count } of line) expect(time).toBe(at(count));
    const steps = line.slice(1).map(({ count }, index) => count - (line[index]?.count ?? 0));
    expect([Math.min(...steps), Math.max(...steps)]).toEqual([1_000, 1_001]);
  });
});

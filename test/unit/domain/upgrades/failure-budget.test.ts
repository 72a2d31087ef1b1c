import { describe, expect, it } from 'vitest';
import { isExceeded, resolveBudget, workersWithin } from '../../../../src/domain/upgrades/failure-budget.ts';
import { dice } from '../../../support/dice.ts';

describe('a failure budget', () => {
  it.each([
    [{ max: 3 }, 10, 3],
    [{ max: 0 }, 10, 0],
    [{ max: 20 }, 10, 20],
    [{ percent: 1 }, 1_000, 10],
    [{ percent: 1 }, 199, 1],
    [{ percent: 1 }, 99, 0],
    [{ percent: 0 }, 1_000, 0],
    [{ percent: 100 }, 7, 7],
    [{ percent: 5 }, 0, 0],
  ])('of %j, for %i runtimes, bears %i failures', (given, total, max) => {
    expect(resolveBudget(given, total)).toBe(max);
  });

  it('is exceeded by one failure more than it bears', () => {
    expect([0, 1, 2, 3].map((failed) => isExceeded({ max: 2 }, failed))).toEqual([false, false, false, true]);
    expect([0, 1].map((failed) => isExceeded({ max: 0 }, failed))).toEqual([false, true]);
  });

  it('says nothing of what may start, unless it is strict', () => {
    const budget = { max: 0, strict: false };
    expect(workersWithin(budget, 5)).toBe(Infinity);
  });

  it.each([
    [2, 0, 3],
    [2, 1, 2],
    [2, 2, 1],
    [2, 3, 0],
    [2, 9, 0],
    [0, 0, 1],
    [0, 1, 0],
  ])('that is strict and bears %i lets, after %i failures, %i be in flight', (max, failed, workers) => {
    const budget = { max, strict: true };
    expect(workersWithin(budget, failed)).toBe(workers);
  });

  it('that is strict is exceeded by one at the most, and starts all while nothing fails', () => {
    const roll = dice(11);
    for (let round = 0; round < 500; round++) {
      const budget = { max: roll(6), strict: true };
      const failsFrom = roll(60);
      const use = { failed: 0, inFlight: 0 };
      let waiting = 50;
      for (let step = 0; waiting + use.inFlight > 0; step++) {
        const starts = waiting > 0 && use.inFlight < workersWithin(budget, use.failed);
        if (!starts && use.inFlight === 0) break;
        if (starts && roll(3) > 0) {
          waiting -= 1;
          use.inFlight += 1;
        } else if (use.inFlight > 0) {
          use.inFlight -= 1;
          if (step >= failsFrom) use.failed += 1;
        }
        expect(use.failed).toBeLessThanOrEqual(budget.max + 1);
      }
      expect(waiting === 0 || isExceeded(budget, use.failed)).toBe(true);
    }
  });
});

import { describe, expect, it } from 'vitest';
import {
  budgetInForce,
  exceededReason,
  failedAtPause,
  isExceeded,
  isExceededReason,
  resolveBudget,
  workersAsked,
  workersWithin,
} from '../../../../src/domain/upgrades/failure-budget.ts';
import { aRequest } from '../../../support/rows.ts';
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

describe('the budget that holds now', () => {
  const budget = { max: 9, onExceeded: 'pause', strict: true } as const;
  const of = (scope: 'all' | 'wave' | undefined, budgetMax: number | null) => {
    const { parameters } = aRequest();
    const strategy = { ...parameters.strategy, ...(scope && { failureBudget: { ...budget, scope } }) };
    return { parameters: { ...parameters, strategy }, workers: null, budgetMax };
  };
  const wave = { number: 2, workers: null, budgetMax: 1 };

  it('is that of all, whatever wave is open', () => {
    const inForce = { max: 3, strict: true, onExceeded: 'pause' };
    expect(budgetInForce(of('all', 3), wave)).toEqual(inForce);
    expect(budgetInForce(of('all', 3), undefined)).toEqual(inForce);
  });

  it('is that of the open wave where each has its own', () => {
    expect(budgetInForce(of('wave', null), wave)).toEqual({
      ...{ max: 1, strict: true, onExceeded: 'pause' },
      wave: 2,
    });
    expect(budgetInForce(of('wave', 3), undefined)).toBeUndefined();
  });

  it('bears nothing where its percent has become 0', () => {
    expect(budgetInForce(of('all', 0), undefined)).toMatchObject({ max: 0 });
  });

  it('is none without one in the request, and before the plan is complete', () => {
    expect(budgetInForce(of(undefined, null), wave)).toBeUndefined();
    expect(budgetInForce(of(undefined, 3), wave)).toBeUndefined();
    expect(budgetInForce(of('all', null), wave)).toBeUndefined();
    expect(budgetInForce(of('wave', 3), { ...wave, budgetMax: null })).toBeUndefined();
  });

  it.each([
    [null, null, 5],
    [2, null, 2],
    [8, null, 8],
    [null, 3, 3],
    [null, 7, 5],
    [2, 3, 2],
  ])('lets, by a command for %s workers and a wave of %s, %i be in flight', (command, ofWave, workers) => {
    const { parameters } = aRequest();
    const strategy = { ...parameters.strategy, parallel: { workers: 5 } };
    const asked = { parameters: { strategy }, workers: command };
    expect(workersAsked(asked, { number: 0, workers: ofWave, budgetMax: null })).toBe(workers);
    if (ofWave === null) expect(workersAsked(asked, undefined)).toBe(workers);
  });
});

it.each([
  [{ max: 3 }, 4, false, '4 operations had failed, and at most 3 may'],
  [{ max: 0, wave: 1 }, 12, false, '12 operations had failed in this wave, and at most 0 may'],
  [{ max: 3 }, 4, true, '4 operations had failed or were unhealthy, and at most 3 may'],
])(
  'the reason of a pause by the budget %o tells how many had failed',
  (budget, failed, checksHealth, words) => {
    const reason = exceededReason(budget, failed, checksHealth);
    expect(reason).toBe(words);
    expect(isExceededReason(reason)).toBe(true);
    expect(
      failedAtPause([
        { code: 'person', reason },
        { code: 'budget', reason },
      ]),
    ).toBe(failed);
  },
);

it('reads the reason of a pause by an earlier version', () => {
  const reason = '4 operations have failed or are unhealthy in this wave, and at most 3 may';
  expect([isExceededReason(reason), failedAtPause([{ code: 'budget', reason }])]).toEqual([true, 4]);
});

it('other reasons tell of no failures', () => {
  const reason = '4 operations had failed, and at most 3 may';
  for (const other of ['disk alerts', `so: ${reason}`, `${reason}, they say`, 'have failed'])
    expect([isExceededReason(other), failedAtPause([{ code: 'budget', reason: other }])]).toEqual([
      false,
      undefined,
    ]);
  expect(failedAtPause([{ code: 'person', reason }])).toBeUndefined();
  expect(failedAtPause([])).toBeUndefined();
});

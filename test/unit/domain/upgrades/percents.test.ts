import { describe, expect, it } from 'vitest';
import { percentOf } from '../../../../src/domain/upgrades/percents.ts';
import { dice } from '../../../support/dice.ts';
import { seeds } from '../../../support/seeds.ts';

describe('a percent of a number', () => {
  it.each([
    [1_000, 10, 100, 100],
    [1_000, 14.3, 143, 143],
    [10_000, 0.57, 57, 57],
    [7, 50, 4, 3],
    [3, 1, 1, 0],
    [100_000, 0.001, 1, 1],
    [100_000, 1e-12, 1, 0],
    [3, 100 / 3, 1, 1],
    [0, 50, 0, 0],
    [5, 0, 0, 0],
    [5, 100, 5, 5],
  ])('of %i, %d %%, is %i rounded up and %i rounded down', (total, percent, up, down) => {
    expect([percentOf(total, percent, 'up'), percentOf(total, percent, 'down')]).toEqual([up, down]);
  });

  it('is that of whole numbers, for any thousandths of a percent', () => {
    const roll = dice(3);
    for (let round = 0; round < seeds(50_000); round++) {
      const [total, thousandths] = [roll(100_001), roll(100_001)];
      const exact = BigInt(total) * BigInt(thousandths);
      expect(percentOf(total, thousandths / 1_000, 'down')).toBe(Number(exact / 100_000n));
      expect(percentOf(total, thousandths / 1_000, 'up')).toBe(Number((exact + 99_999n) / 100_000n));
    }
  });
});

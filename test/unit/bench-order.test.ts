import { describe, expect, it } from 'vitest';
import { compareOrders, describeOrders } from '../../src/bin/bench/order.ts';

describe('the comparison of orders', () => {
  it('is the same each time, below its bound, and for the order of the loop', () => {
    const comparison = compareOrders(1_500);
    expect(compareOrders(1_500)).toEqual(comparison);
    const { boundHours, results } = comparison;
    const [loop, other] = results;
    expect(loop?.order).toBe('latest start');
    expect(loop?.workerHours).toBeLessThanOrEqual(boundHours);
    expect(loop?.workerHours).toBeGreaterThan(0.95 * boundHours);
    expect(other?.workerHours).toBeLessThan(0.9 * boundHours);
    expect(describeOrders(comparison)).toContain('by latest start');
  });

  it('reaches the bound where there are workers enough', () => {
    const { boundHours, results } = compareOrders(1);
    for (const { workerHours, firstNight } of results) {
      expect(workerHours).toBeCloseTo(boundHours, 6);
      expect(firstNight).toBe(1);
    }
  });
});

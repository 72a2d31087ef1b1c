/** Rounding errors of a product and a quotient of doubles stay below, relative to the result. */
const ROUNDING = 4 * Number.EPSILON;

/**
 * How many of `total` a percent is, rounded up or down as a person would: 14.3 % of 1,000 are 143, although doubles make a little more
 * of it.
 */
export function percentOf(total: number, percent: number, rounding: 'up' | 'down'): number {
  const exact = (total * percent) / 100;
  const nearest = Math.round(exact);
  if (Math.abs(exact - nearest) <= exact * ROUNDING) return nearest;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** How many failures an orchestration, or a wave of it, bears, and what follows for what may start. */
import type { FailureBudget } from './orchestration-parameters.ts';
import { percentOf } from './percents.ts';

/** A budget as far as it says what may start, its percent resolved. */
export interface ResolvedBudget extends Pick<FailureBudget, 'strict'> {
  /** Failures that are borne. */
  max: number;
}

/**
 * The number of failures that are borne, of `total` runtimes in the scope of the budget. A percent is rounded down, so that it may become 0:
 * then the first failure exceeds it.
 */
export function resolveBudget(
  { max, percent }: Pick<FailureBudget, 'max' | 'percent'>,
  total: number,
): number {
  return max ?? percentOf(total, percent ?? 0, 'down');
}

/** True when more have failed than are borne. */
export function isExceeded({ max }: Pick<ResolvedBudget, 'max'>, failed: number): boolean {
  return failed > max;
}

/**
 * The operations that may be in flight at once: with a strict budget so few that it is exceeded by one failure at the most when all of them
 * fail, and none when it is exceeded; without, any number (Infinity). What is in flight already may be more.
 */
export function workersWithin({ max, strict }: ResolvedBudget, failed: number): number {
  return strict ? Math.max(0, max - failed + 1) : Infinity;
}

/** How many failures an orchestration, or a wave of it, bears, and what follows for what may start. */
import type { FailureBudget, OrchestrationParameters } from './orchestration-parameters.ts';
import { percentOf } from './percents.ts';

/** A budget as far as it says what may start, its percent resolved. */
export interface ResolvedBudget extends Pick<FailureBudget, 'strict'> {
  /** Failures that are borne. */
  max: number;
}

/** A budget that holds now, of the whole orchestration or of its open wave. */
export interface BudgetInForce extends ResolvedBudget, Pick<FailureBudget, 'onExceeded'> {
  /** Number of the wave whose failures alone count; absent when all do. */
  wave?: number;
}

/** An orchestration as far as its budget and its workers count; `budgetMax` is null without a budget for all of it, and before its plan is complete. */
export interface Budgeted {
  parameters: Pick<OrchestrationParameters, 'strategy'>;
  /** Set by a command, in place of what the request said. */
  workers: number | null;
  budgetMax: number | null;
}

/** The open wave, likewise. */
export interface BudgetedWave {
  number: number;
  workers: number | null;
  budgetMax: number | null;
}

/** Undefined without a budget, and while nobody knows what a percent is. */
export function budgetInForce(
  { parameters: { strategy }, budgetMax }: Budgeted,
  openWave: BudgetedWave | undefined,
): BudgetInForce | undefined {
  if (!strategy.failureBudget) return undefined;
  const { scope, strict, onExceeded } = strategy.failureBudget;
  const wave = scope === 'wave' ? openWave : undefined;
  const max = scope === 'wave' ? wave?.budgetMax : budgetMax;
  if (max === null || max === undefined) return undefined;
  return { max, strict, onExceeded, ...(wave && { wave: wave.number }) };
}

/** The smallest of what the request or a command, and the open wave say; a strict budget may leave fewer. */
export function workersAsked(
  { parameters, workers }: Omit<Budgeted, 'budgetMax'>,
  wave: BudgetedWave | undefined,
): number {
  return Math.min(workers ?? parameters.strategy.parallel.workers, wave?.workers ?? Infinity);
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

/**
 * Why a budget is exceeded, for the event log and the pause that follows, in words that stay true when failures are taken back. `checksHealth` says that
 * runtimes that are not healthy count, too.
 */
export function exceededReason(
  { max, wave }: Pick<BudgetInForce, 'max' | 'wave'>,
  failed: number,
  checksHealth: boolean,
): string {
  const what = checksHealth ? 'had failed or were unhealthy' : 'had failed';
  return `${failed} operations ${what}${wave === undefined ? '' : ' in this wave'}, and at most ${max} may`;
}

/** Those of earlier versions say `have failed`. */
const EXCEEDED = /^(?<failed>\d+) operations ha(?:d|ve) failed.*, and at most \d+ may$/;

/** True for a reason of the event log that is one of these. */
export function isExceededReason(reason: string): boolean {
  return EXCEEDED.test(reason);
}

/** The failures that counted when a budget paused something, by the reason of that pause; undefined without such a pause. */
export function failedAtPause(pauses: readonly { code: string; reason: string }[]): number | undefined {
  const pause = pauses.find(({ code }) => code === 'budget');
  const failed = pause && EXCEEDED.exec(pause.reason)?.groups?.['failed'];
  return failed === undefined ? undefined : Number(failed);
}

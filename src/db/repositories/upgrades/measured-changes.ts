/** Tells the meter of changes of operations and orchestrations. Dry runs are left out: nothing of a runtime changes by them. */
import { secondsBetween, type Meter } from '../../../domain/measures.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';

/** Operations of one orchestration that a statement has changed. */
export interface ManyChanged {
  count: number;
  /** Null when there are none. */
  type: string | null;
  isDryRun: boolean | null;
}

export const NONE_CHANGED: ManyChanged = { count: 0, type: null, isDryRun: null };

/** A row that has come to its end just now. */
export function measureEnd(meter: Meter, row: OperationRow): void {
  if (row.dryRun) return;
  const labels = { type: row.type, outcome: row.state };
  meter.operationsFinished({ ...labels, code: row.failureCode ?? '' });
  if (row.startedAt !== null && row.finishedAt !== null)
    meter.operationDuration(labels, secondsBetween(row.startedAt, row.finishedAt));
}

/** The same of many to which nothing was sent, without how long they took. */
export function measureEnds(
  meter: Meter,
  { count, type, isDryRun }: ManyChanged,
  outcome: OperationState,
  code = '',
): void {
  if (count > 0 && type !== null && isDryRun !== true)
    meter.operationsFinished({ type, outcome, code }, count);
}

/** An operation that was claimed just now, for the first time in this dispatch; another try is not the begin of its window. */
export function measureStart(meter: Meter, row: OperationRow): void {
  if (row.dryRun || row.attempt > 1 || row.windowBegin === null || row.startedAt === null) return;
  const since = Date.parse(row.windowBegin) > Date.parse(row.createdAt) ? row.windowBegin : row.createdAt;
  meter.windowStartDelay({ type: row.type }, secondsBetween(since, row.startedAt));
}

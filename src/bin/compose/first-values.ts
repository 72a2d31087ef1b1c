/** Series that begin at 0: of one that begins at 1, Prometheus sees no increase. */
import { REPAIRS } from '../../activities/reconciliation.ts';
import { FAILURE_CODES } from '../../domain/errors.ts';
import type { Meter } from '../../domain/measures.ts';
import { ORCHESTRATION_TYPES } from '../../domain/upgrades/orchestration-parameters.ts';

/** Codes of objects of stacks, which no operation has. */
const OF_STACKS = /^OBJECT_/;

/** Tells a meter of nothing, for each series of its counters that is known beforehand. */
export function tellZeros({ operationsFinished, windowMissed, reconcileRepairs }: Meter): void {
  const codes = FAILURE_CODES.filter((code) => !OF_STACKS.test(code));
  for (const type of ORCHESTRATION_TYPES) {
    operationsFinished({ type, outcome: 'succeeded', code: '' }, 0);
    operationsFinished({ type, outcome: 'canceled', code: '' }, 0);
    for (const code of codes) operationsFinished({ type, outcome: 'failed', code }, 0);
    windowMissed({ type }, 0);
  }
  for (const kind of REPAIRS) reconcileRepairs({ kind }, 0);
}

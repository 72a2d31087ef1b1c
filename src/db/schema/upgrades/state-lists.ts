import { sql, type SQL } from 'drizzle-orm';
import { ERROR_STATES, SILENT_STATES } from '../../../domain/upgrades/runtime-state.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';

/** States of operations as a list in SQL: text, not parameters, so that the planner sees that a partial index covers a query. */
function listOf(states: readonly OperationState[]): SQL {
  return sql.raw(`(${states.map((state) => `'${state}'`).join(', ')})`);
}

/** In `error` is a runtime whose last upgrade is in one of these. */
export const ERROR_LIST = listOf(ERROR_STATES);
/** Nothing was done to the runtime. */
export const SILENT_LIST = listOf(SILENT_STATES);

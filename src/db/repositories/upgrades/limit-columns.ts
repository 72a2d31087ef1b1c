/** The columns of operations by which their number is limited, and by which they are placed into windows. */
import type { LimitKind } from '../../../domain/upgrades/limits.ts';
import { operations } from '../../schema/index.ts';

/** A selection of all of them. */
export const LIMITED = {
  region: operations.region,
  servicePlanName: operations.servicePlanName,
  globalAccountID: operations.globalAccountID,
};

/** A selection of the runtime of an operation, as the maintenance policy sees it, and of its window. */
export const PLACED = {
  ...LIMITED,
  runtimeID: operations.runtimeID,
  dailyWindow: operations.dailyWindow,
  windowBegin: operations.windowBegin,
  latestStart: operations.latestStart,
  windowEnd: operations.windowEnd,
};

const COLUMNS = {
  region: LIMITED.region,
  plan: LIMITED.servicePlanName,
  account: LIMITED.globalAccountID,
};

/** The column that holds the keys of a kind. */
export function columnOf(kind: LimitKind): (typeof COLUMNS)[LimitKind] {
  return COLUMNS[kind];
}

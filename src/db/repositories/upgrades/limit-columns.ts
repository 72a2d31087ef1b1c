/** The columns of operations by which their number is limited. */
import type { LimitKind } from '../../../domain/upgrades/limits.ts';
import { operations } from '../../schema/index.ts';

/** A selection of all of them. */
export const LIMITED = {
  region: operations.region,
  servicePlanName: operations.servicePlanName,
  globalAccountID: operations.globalAccountID,
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

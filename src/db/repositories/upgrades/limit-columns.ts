import type { LimitKind } from '../../../domain/upgrades/limits.ts';
import { operations } from '../../schema/index.ts';

const COLUMNS = {
  region: operations.region,
  plan: operations.servicePlanName,
  account: operations.globalAccountID,
};

/** The column of operations that holds the keys of a kind. */
export function columnOf(kind: LimitKind): (typeof COLUMNS)[LimitKind] {
  return COLUMNS[kind];
}

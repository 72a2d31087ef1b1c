/** Why a runtime is in a plan, or not in it. */
import type { ExcludedShoot } from './runtime.ts';

/** A runtime ID by the rows of one plan. */
export interface FoundInPlan<Operation> {
  operation?: Operation | undefined;
  leftOut?: ExcludedShoot | undefined;
  isUnselected: boolean;
}

export type PlanExplanation<Operation> =
  | { kind: 'in the plan'; operation: Operation }
  /** Something about it, or the maintenance policy, keeps it out. */
  | { kind: 'left out'; leftOut: ExcludedShoot }
  /** An include entry of the request matches, and an exclude entry, too. */
  | { kind: 'excluded by targets'; leftOut: ExcludedShoot }
  /** No include entry of the request matches. */
  | { kind: 'not selected' }
  /** No Shoot of the inventory had that runtime ID when the plan was made. */
  | { kind: 'unknown' };

/** Several Shoots may carry one runtime ID: the one that is upgraded counts, then the others in this order. */
export function explainPlan<Operation>({
  operation,
  leftOut,
  isUnselected,
}: FoundInPlan<Operation>): PlanExplanation<Operation> {
  if (operation !== undefined) return { kind: 'in the plan', operation };
  if (leftOut?.reason === 'excluded by targets') return { kind: 'excluded by targets', leftOut };
  const isAnotherShoot = leftOut?.reason === 'runtime ID of another Shoot';
  if (isUnselected && (!leftOut || isAnotherShoot)) return { kind: 'not selected' };
  return leftOut ? { kind: 'left out', leftOut } : { kind: 'unknown' };
}

/** The object plans of a stack in the order of a start. Pure. */
import type { components } from '../rest-types.ts';

type Stack = components['schemas']['Stack'];

export interface OrderedPlan {
  plan: Stack['oplans'][number];
  /** Labels of those that have to be there first. */
  after: string[];
}

/** Parts that depend on others come after them, otherwise the order is that of the definition. */
export function inOrder({ oplans }: Pick<Stack, 'oplans'>): OrderedPlan[] {
  const waiting = oplans.map((plan) => ({ plan, after: plan.info.needs }));
  const ordered: OrderedPlan[] = [];
  while (waiting.length > 0) {
    const isThere = (label: string): boolean => !waiting.some(({ plan }) => plan.label === label);
    const next = waiting.findIndex(({ after }) => after.every(isThere));
    // The service takes no cycle; should one come, its plans are shown all the same.
    ordered.push(...waiting.splice(Math.max(0, next), 1));
  }
  return ordered;
}

/** The operations of an orchestration, counted by what they have in common. */
import { windowDefinitionFor, type CompiledPolicy } from './compiled-policy.ts';
import type { DailyWindow } from './runtime.ts';
import { clockNameOf } from './policy-windows.ts';
import type { OperationState } from './states.ts';

export const GROUPED_BY = ['wave', 'zone', 'plan', 'region', 'hour'] as const;
export type GroupedBy = (typeof GROUPED_BY)[number];

export type CountsByState = Partial<Record<OperationState, number>>;

export interface OperationGroup {
  /** Null for those that have nothing of the kind. */
  key: string | null;
  states: CountsByState;
}

/** Operations that no maintenance policy tells apart. */
export interface AlikeOperations {
  region: string;
  servicePlanName: string;
  globalAccountID: string;
  dailyWindow: DailyWindow | null;
  state: OperationState;
  count: number;
}

/** By the zone, or offset, of the windows of their runtimes, in alphabetical order; null for those that have none. */
export function groupByZone(policy: CompiledPolicy, alike: readonly AlikeOperations[]): OperationGroup[] {
  const groups = new Map<string | null, CountsByState>();
  for (const { dailyWindow, state, count, ...runtime } of alike) {
    // An opt-out names runtimes, and says nothing of their zone.
    const found = windowDefinitionFor(policy, {
      ...runtime,
      runtimeID: '',
      maintenanceWindow: dailyWindow ?? undefined,
    });
    const zone = found ? clockNameOf(found.definition) : null;
    const states = groups.get(zone) ?? {};
    states[state] = (states[state] ?? 0) + count;
    groups.set(zone, states);
  }
  return [...groups].map(([key, states]) => ({ key, states })).sort(byKey);
}

function byKey({ key: one }: OperationGroup, { key: other }: OperationGroup): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one < other ? -1 : 1;
}

/** Groups beyond `most` are counted in one number. */
export function firstGroups(
  groups: readonly OperationGroup[],
  most: number,
): { groups: OperationGroup[]; others: number } {
  const others = groups.slice(most).reduce((sum, { states }) => sum + totalOf(states), 0);
  return { groups: groups.slice(0, most), others };
}

export function totalOf(states: CountsByState): number {
  return Object.values(states).reduce((sum, count) => sum + count, 0);
}

/** A plan in numbers, for whoever is to approve it. */
import type { WindowSource } from './maintenance-policy.ts';
import { clockNameOf } from './policy-windows.ts';
import type { Projection } from './projection-of-plans.ts';
import { readDefinition, type Fleet, type RolloutOperation, type RolloutPlan } from './rollout-plan.ts';
import type { ExcludedShoot, ExclusionReason } from './runtime.ts';
import type { PlannedWave } from './wave-assignment.ts';

/** Operations that have something in common. */
export interface CountedKey {
  key: string;
  count: number;
}

/** The largest groups, and what the others have together. */
export interface Counted<T extends CountedKey = CountedKey> {
  /** Largest first, at most 200. */
  entries: T[];
  /** Operations in groups that are not among the entries. */
  rest: number;
}

/** Windows by one clock from one source. The key is the IANA name of the zone, or an offset like `+01:00`. */
export interface CountedZone extends CountedKey {
  source: WindowSource;
}

export interface RolloutSummary {
  /** Operations. */
  total: number;
  byPlan: Counted;
  byRegion: Counted;
  /** Without operations that begin at once. */
  byZone: Counted<CountedZone>;
  /** In their order, the last one is the rest; empty for a request without waves. */
  byWave: PlannedWave[];
  /** Shoots that were left out, by reason. */
  leftOut: Partial<Record<ExclusionReason, number>>;
  /** Runtimes that no include entry of the request matches. */
  notSelected: number;
  /** Runtimes of the inventory, without Shoots that are none. */
  runtimesRead: number;
  /** Null when none was made. */
  projection: Projection | null;
}

/** Groups of one kind that are told. */
const MOST_ENTRIES = 200;

/** Counts a plan of that fleet; without a projection. */
export function summarize(fleet: Pick<Fleet, 'runtimes' | 'excluded'>, plan: RolloutPlan): RolloutSummary {
  const { operations, leftOut, notSelected, waves } = plan;
  return {
    total: operations.length,
    byPlan: counted(operations, ({ runtime }) => ({ key: runtime.servicePlanName })),
    byRegion: counted(operations, ({ runtime }) => ({ key: runtime.region })),
    byZone: counted(operations, zoneOf()),
    byWave: waves,
    leftOut: countReasons(leftOut),
    notSelected: notSelected.length,
    runtimesRead: fleet.runtimes.length,
    projection: null,
  };
}

/** How many Shoots were left out for each reason. */
export function countReasons(leftOut: readonly ExcludedShoot[]): RolloutSummary['leftOut'] {
  const counts: RolloutSummary['leftOut'] = {};
  for (const { reason } of leftOut) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Reads each definition once: thousands of operations share it. */
function zoneOf(): (operation: RolloutOperation) => Omit<CountedZone, 'count'> | undefined {
  const clocks = new Map<string, string>();
  return ({ definition, source }) => {
    const read = clocks.has(definition) ? undefined : readDefinition(definition);
    if (read) clocks.set(definition, clockNameOf(read));
    const key = clocks.get(definition);
    return key !== undefined && source ? { key, source } : undefined;
  };
}

function counted<T extends { key: string }>(
  operations: readonly RolloutOperation[],
  groupOf: (operation: RolloutOperation) => T | undefined,
): Counted<T & CountedKey> {
  const groups = new Map<string, T & CountedKey>();
  for (const operation of operations) {
    const group = groupOf(operation);
    if (!group) continue;
    const id = JSON.stringify(group);
    const known = groups.get(id);
    if (known) known.count += 1;
    else groups.set(id, { ...group, count: 1 });
  }
  const all = [...groups.values()].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  const rest = all.slice(MOST_ENTRIES).reduce((sum, { count }) => sum + count, 0);
  return { entries: all.slice(0, MOST_ENTRIES), rest };
}

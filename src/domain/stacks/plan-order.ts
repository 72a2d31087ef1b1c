/** In which order the plans of a stack come into being and go again (A60, A62). Runs inside workflows: pure. */
import type { PlannedOplan } from './definition.ts';

/** A user and what it needs: `['web', 'db']` when web depends on db. */
export type Need = readonly [string, string];

/**
 * The plans in an order in which each one comes after everything that it needs (A61); plans that do not depend on each
 * other keep their order. What is needed but not among the plans is passed over. Throws RangeError for a cycle, which no
 * definition that was accepted has.
 */
export function inCreationOrder(oplans: readonly PlannedOplan[]): PlannedOplan[] {
  const waiting = [...oplans];
  const missing = new Set(oplans.map(({ label }) => label));
  const ordered: PlannedOplan[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) => !needs.some((label) => missing.has(label)));
    const [oplan] = next < 0 ? [] : waiting.splice(next, 1);
    if (!oplan) {
      const cycle = findCycle(needsOf(waiting)) ?? [];
      throw new RangeError(`object plans depend on each other: ${cycle.join(' -> ')}`);
    }
    missing.delete(oplan.label);
    ordered.push(oplan);
  }
  return ordered;
}

/**
 * The plans in the order of destruction, which is the reverse of that of creation (A62); each one's `needs` are now the
 * plans that must be gone before it.
 */
export function reversed(oplans: readonly PlannedOplan[]): PlannedOplan[] {
  const dependants = dependantsOf(oplans);
  return inCreationOrder(oplans)
    .reverse()
    .map((oplan) => ({ ...oplan, needs: dependants.get(oplan.label) ?? [] }));
}

/** For every plan the labels of those that need it directly, in the order of the plans. */
export function dependantsOf(oplans: readonly PlannedOplan[]): Map<string, string[]> {
  const dependants = new Map<string, string[]>(oplans.map(({ label }) => [label, []]));
  for (const [label, needed] of needsOf(oplans)) dependants.get(needed)?.push(label);
  return dependants;
}

/** A cycle, closed like `['web', 'db', 'web']`, from whoever comes first among the needs; undefined when there is none. */
export function findCycle(needs: readonly Need[]): string[] | undefined {
  const open = withoutEnds(needs);
  const [start] = open.keys();
  if (start === undefined) return undefined;
  // Each of those left needs another one of them, so that a walk comes back to where it was.
  const walk: string[] = [];
  const places = new Map<string, number>();
  let here = start;
  while (!places.has(here)) {
    places.set(here, walk.length);
    walk.push(here);
    here = open.get(here)?.values().next().value ?? here;
  }
  const cycle = walk.slice(places.get(here));
  const members = new Set(cycle);
  const first = cycle.indexOf([...open.keys()].find((label) => members.has(label)) ?? here);
  const rotated = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...rotated, ...rotated.slice(0, 1)];
}

/** The needs of everyone, without those who, in the end, need nothing of a cycle. */
function withoutEnds(needs: readonly Need[]): Map<string, Set<string>> {
  const open = new Map<string, Set<string>>();
  const neededBy = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, key: string, value: string): void => {
    map.set(key, (map.get(key) ?? new Set()).add(value));
  };
  for (const [label, needed] of needs) {
    add(open, label, needed);
    add(neededBy, needed, label);
  }
  const ends = [...neededBy.keys()].filter((label) => !open.has(label));
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    for (const label of neededBy.get(end) ?? []) {
      const rest = open.get(label);
      rest?.delete(end);
      if (rest?.size !== 0) continue;
      open.delete(label);
      ends.push(label);
    }
  }
  return open;
}

function needsOf(oplans: readonly PlannedOplan[]): Need[] {
  return oplans.flatMap(({ label, needs }) => needs.map((needed): Need => [label, needed]));
}

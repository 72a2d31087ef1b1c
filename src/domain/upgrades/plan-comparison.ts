/** Changes from a plan that somebody has looked at to the one that is carried out. */

/** An operation as far as plans are compared by it. */
export interface ComparedOperation {
  runtimeID: string;
  shootName: string;
  /** As that of `RolloutOperation`, like the wave. */
  definition: string;
  wave: number;
}

/** Runtimes of one kind of change: how many, and the first 100 in the order of their plan. */
export interface ChangedRuntimes {
  count: number;
  first: { shootName: string; runtimeID: string }[];
}

export interface PlanChanges {
  /** In the plan now, and not in the earlier one. */
  added: ChangedRuntimes;
  /** In the earlier plan only. */
  gone: ChangedRuntimes;
  /** In both, with another definition of the window. */
  moved: ChangedRuntimes;
  /** In both, in another wave, whether or not they are moved, too; absent when there are none. */
  inOtherWaves?: ChangedRuntimes;
  /** The rules of the maintenance policy are others, whether or not that has moved a runtime. */
  rulesChanged: boolean;
  /** The earlier plan is not kept any more: how the fleet differs from it can't be told, and nothing is counted. */
  isUnknown?: true;
}

/** Names of one kind of change that are kept. */
const MOST_NAMED = 100;

/** Compares two plans by their operations, in which each runtime stands once. */
export function comparePlans(
  earlier: readonly ComparedOperation[],
  now: readonly ComparedOperation[],
): Pick<PlanChanges, 'added' | 'gone' | 'moved' | 'inOtherWaves'> {
  const before = new Map(earlier.map((operation) => [operation.runtimeID, operation]));
  const present = new Set(now.map(({ runtimeID }) => runtimeID));
  const elsewhere = now.filter((one) => (before.get(one.runtimeID) ?? one).wave !== one.wave);
  return {
    added: changed(now.filter(({ runtimeID }) => !before.has(runtimeID))),
    gone: changed(earlier.filter(({ runtimeID }) => !present.has(runtimeID))),
    moved: changed(now.filter((one) => (before.get(one.runtimeID) ?? one).definition !== one.definition)),
    ...(elsewhere.length > 0 && { inOtherWaves: changed(elsewhere) }),
  };
}

function changed(operations: readonly ComparedOperation[]): ChangedRuntimes {
  const first = operations.slice(0, MOST_NAMED).map(({ shootName, runtimeID }) => ({ shootName, runtimeID }));
  return { count: operations.length, first };
}

/** The changes in words, without a full stop. */
export function describeChanges({
  added,
  gone,
  moved,
  inOtherWaves,
  rulesChanged,
  isUnknown,
}: PlanChanges): string {
  if (isUnknown)
    return 'the plan is not kept any more, so what has changed cannot be told; the plan that was made at the turn has another hash';
  const parts = [
    ...(added.count > 0 ? [`${added.count} added`] : []),
    ...(gone.count > 0 ? [`${gone.count} gone`] : []),
    ...(moved.count > 0 ? [`${moved.count} in other windows`] : []),
    ...(inOtherWaves ? [`${inOtherWaves.count} in other waves`] : []),
    ...(rulesChanged ? ['other rules of the maintenance policy'] : []),
  ];
  return parts.join(', ');
}

/** Lines of the plan that were read and wait for their slots and keys. */
import type { PlanLine } from '../../activities/upgrades/activity-types.ts';

/** Lines that were read, most of which wait for keys: beyond these a page is short. */
const MOST_LINES = 1_000;
const SHORT_PAGE = 10;

/**
 * With limits, a key that gets room again has its next lines read while others wait for theirs: short pages keep them few, and no page is
 * so short that it is read for each operation.
 */
export function pageLimit(size: number, lines: number): number {
  return Math.min(size, Math.max(MOST_LINES - lines, SHORT_PAGE));
}

/** In the order of the plan. */
export function merged(kept: readonly PlanLine[], read: readonly PlanLine[]): PlanLine[] {
  if (kept.length === 0) return [...read];
  const known = new Set(read.map(({ operationID }) => operationID));
  return [...kept.filter(({ operationID }) => !known.has(operationID)), ...read].sort(inPlanOrder);
}

/** As the database has them: times are texts of one form. */
function inPlanOrder(a: PlanLine, b: PlanLine): number {
  if (a.wave !== b.wave) return a.wave - b.wave;
  if (a.orderAt !== b.orderAt) return a.orderAt < b.orderAt ? -1 : 1;
  return b.missed - a.missed || a.position - b.position;
}

/** In ms since the epoch; undefined when none of them has a window. */
export function firstLatestStart(lines: readonly PlanLine[]): number | undefined {
  const first = lines.reduce<string | undefined>(
    (least, { window }) =>
      window && (least === undefined || window.latestStart < least) ? window.latestStart : least,
    undefined,
  );
  return first === undefined ? undefined : Date.parse(first);
}

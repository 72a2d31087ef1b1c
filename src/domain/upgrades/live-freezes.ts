/**
 * Operations that wait while freezes and opt-outs change: what becomes of each. All that a new version of the maintenance policy does not
 * touch stays as it is.
 */
import { DESCRIPTION_BEGINS } from './descriptions.ts';
import type { FrozenSpan } from './maintenance-policy.ts';
import type { FrozenBy, Placement, PlannedWindow } from './placement.ts';
import { describeSpan, minuteOf, NEVER } from './windows.ts';

/** The row of an operation that waits, as far as it counts. Times are RFC 3339 UTC; all are null without a window. */
export interface PlacedRow {
  windowBegin: string | null;
  latestStart: string | null;
  windowEnd: string | null;
  description: string;
}

/** The fate of an operation that waits. */
export type Replacement =
  /** With a description where the words for its wait have changed. */
  | { kind: 'stays'; description?: string }
  /** Into another window, or to begin at once. The reason is for the event log. */
  | { kind: 'moves'; window?: PlannedWindow; description: string; reason: string }
  /** There is no window in time any more. */
  | { kind: 'ends'; reason: string };

/** Where an operation is put at an instant, in ms since the epoch: in the words of its description. */
export function describePlace(
  { window, heldBy }: FrozenBy & { window?: PlannedWindow | undefined },
  nowMs: number,
): string {
  if (!window || Date.parse(window.begin) <= nowMs) return 'Waits for its turn in the plan';
  if (!heldBy) return `Waits for its window ${describeSpan(window)}`;
  const isThen = Date.parse(window.begin) === heldBy.toMs;
  const then = isThen ? '' : `, and then for its window ${describeSpan(window)}`;
  return `${DESCRIPTION_BEGINS.frozen}${named(heldBy)} ${minuteOf(heldBy.toMs)}${then}`;
}

/**
 * Compares where an operation stands with where the freezes and opt-outs of a version put it at an instant, in ms since the epoch. Begins
 * that have passed are alike.
 */
export function replaced(
  row: PlacedRow,
  placed: Placement,
  { version, nowMs, windowsUntil }: { version: number; nowMs: number; windowsUntil: string },
): Replacement {
  const by = `By version ${version} of the maintenance policy`;
  if (placed.leftOut !== undefined) {
    const why = placed.heldBy
      ? `${theNamed(placed.heldBy)} until ${minuteOf(placed.heldBy.toMs)}`
      : placed.leftOut;
    return { kind: 'ends', reason: `${by} it has no window that begins before ${windowsUntil}: ${why}` };
  }
  const { window } = placed;
  const description = describePlace(placed, nowMs);
  if (isSame(row, window, nowMs)) {
    const isOutdated =
      row.description.startsWith(DESCRIPTION_BEGINS.frozen) && row.description !== description;
    return { kind: 'stays', ...(isOutdated && { description }) };
  }
  return { kind: 'moves', ...(window && { window }), description, reason: `${by} ${whyMoved(placed)}` };
}

function isSame(row: PlacedRow, window: PlannedWindow | undefined, nowMs: number): boolean {
  const open = (begin: string | null | undefined): number =>
    Math.max(begin === null || begin === undefined ? 0 : Date.parse(begin), nowMs);
  const end = (time: string | null | undefined): number => Date.parse(time ?? NEVER);
  return (
    open(row.windowBegin) === open(window?.begin) &&
    end(row.latestStart) === end(window?.latestStart) &&
    end(row.windowEnd) === end(window?.end)
  );
}

function whyMoved({ heldBy, cutBy }: FrozenBy): string {
  const held = heldBy && `it waits for the end of ${theNamed(heldBy)} ${minuteOf(heldBy.toMs)}`;
  const cut = cutBy && `its window ends where ${theNamed(cutBy)} begins, ${minuteOf(cutBy.fromMs)}`;
  const why = [held, cut].filter((one) => one !== undefined);
  return why.length > 0 ? why.join('; ') : 'no freeze is in its way any more, and no opt-out';
}

function theNamed(freeze: FrozenSpan): string {
  return `the ${named(freeze)}`;
}

function named({ name, reason, isOptOut }: FrozenSpan): string {
  return `${isOptOut ? 'opt-out' : `freeze "${name}"`} (${reason})`;
}

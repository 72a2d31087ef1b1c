/** Where a maintenance policy puts a runtime: into its next window, or out of the plan. */
import {
  asFreeze,
  freezesOf,
  optOutOf,
  windowDefinitionFor,
  type CompiledPolicy,
  type PolicyRuntime,
} from './compiled-policy.ts';
import { firstWindows } from './first-windows.ts';
import type { FrozenSpan, HeldOptOut, RuntimeWindow } from './maintenance-policy.ts';
import type { OrchestrationParameters } from './orchestration-parameters.ts';
import { firstOpenTime, type FirstWindow, type OpenWindow } from './policy-windows.ts';
import { isNever, NEVER } from './windows.ts';
import { DAY_MS } from './zone-times.ts';
import type { ExclusionReason } from './runtime.ts';

/** How far ahead windows are looked for, unless a request says otherwise: a runtime without one until then is named. */
export const HORIZON_MS = 30 * DAY_MS;

/** By every clock, also that of a worker that is behind. */
const LONG_AGO = '1970-01-01T00:00:00.000Z';

/** A window of one operation. RFC 3339 UTC. */
export interface PlannedWindow {
  begin: string;
  /** Nothing is sent at this instant or later. */
  latestStart: string;
  /** No part of the window. */
  end: string;
}

/** The freezes, or opt-outs, that have a hand in where a runtime is put. */
export interface FrozenBy {
  /** It takes what there would be earlier. */
  heldBy?: FrozenSpan;
  /** It begins where the window ends. */
  cutBy?: FrozenSpan;
}

/** The window with what it comes from; both are undefined for what begins at once. */
export type Placement = FrozenBy &
  (
    | { window?: PlannedWindow; from?: RuntimeWindow; leftOut?: undefined }
    | { window?: undefined; leftOut: ExclusionReason }
  );

/** Places one runtime after the other. */
export interface Placements {
  /**
   * The next window of a runtime in which something may still start, one that is open included (A35). Without any it is left out;
   * one that is opted out gets none before that ends.
   */
  inWindow(runtime: PolicyRuntime): Placement;
  /**
   * Likewise for one that is not scheduled into a window: as ever, its Shoot must have a readable one. It may begin all the time but in
   * freezes and before the end of an opt-out, and has a window only where these are in the way, now or later.
   */
  atOnce(runtime: PolicyRuntime): Placement;
}

/**
 * Windows are those in which something may still start after `fromMs`, and that begin before `untilMs`; both in ms since the
 * epoch.
 */
export function placements(policy: CompiledPolicy, fromMs: number, untilMs: number): Placements {
  const firstOf = firstWindows(untilMs);
  const withOptOut = freezesWithOptOuts();
  const openTimes = new WeakMap<readonly FrozenSpan[], FirstWindow>();
  const openTime = (freezes: readonly FrozenSpan[]): FirstWindow => {
    const first = openTimes.get(freezes) ?? firstOpenTime(freezes, fromMs, untilMs);
    openTimes.set(freezes, first);
    return first;
  };
  const place = (
    runtime: PolicyRuntime,
    from: RuntimeWindow | undefined,
    first: (freezes: readonly FrozenSpan[]) => FirstWindow,
  ): Placement => {
    const optOut = optOutOf(policy, runtime, fromMs);
    const { window, frozenBy, heldBy, cutBy } = first(withOptOut(freezesOf(policy, runtime), optOut));
    const by = { ...(heldBy && { heldBy }), ...(cutBy && { cutBy }) };
    if (window) return { window: written(window), ...(from && { from }), ...by };
    if (optOut) return { leftOut: 'opted out', ...by };
    return { leftOut: frozenBy.length > 0 ? 'frozen' : 'no maintenance window', ...by };
  };
  const inWindow = (runtime: PolicyRuntime): Placement => {
    const from = windowDefinitionFor(policy, runtime);
    if (!from) return { leftOut: 'unreadable maintenance window' };
    return place(runtime, from, (freezes) => firstOf(from.definition, freezes, fromMs));
  };
  const atOnce = (runtime: PolicyRuntime): Placement => {
    const placed = place(runtime, undefined, openTime);
    if (placed.leftOut !== undefined) return placed;
    if (!runtime.maintenanceWindow) return { leftOut: 'unreadable maintenance window' };
    const { window, ...others } = placed;
    const isAnyTime = !window || (Date.parse(window.begin) <= fromMs && isNever(window.end));
    return isAnyTime ? others : placed;
  };
  return { inWindow, atOnce };
}

/** The way in which the runtimes of a request are placed. */
export function placeBy(
  schedule: OrchestrationParameters['strategy']['schedule'],
  { inWindow, atOnce }: Placements,
): (runtime: PolicyRuntime) => Placement {
  return schedule === 'maintenanceWindow' ? inWindow : atOnce;
}

/** When an operation with such a window is due, and its place among what is due. RFC 3339 UTC. */
export function orderOf(window: PlannedWindow | undefined): { dueAt: string; orderAt: string } {
  return { dueAt: window?.begin ?? LONG_AGO, orderAt: window?.latestStart ?? NEVER };
}

/** Thousands of runtimes may share freezes and opt-out: those that do get the same object. */
function freezesWithOptOuts(): (
  freezes: readonly FrozenSpan[],
  optOut: HeldOptOut | undefined,
) => readonly FrozenSpan[] {
  const known = new WeakMap<HeldOptOut, WeakMap<readonly FrozenSpan[], readonly FrozenSpan[]>>();
  return (freezes, optOut) => {
    if (!optOut) return freezes;
    const ofOptOut = known.get(optOut) ?? new WeakMap<readonly FrozenSpan[], readonly FrozenSpan[]>();
    const both = ofOptOut.get(freezes) ?? [...freezes, asFreeze(optOut)];
    known.set(optOut, ofOptOut.set(freezes, both));
    return both;
  };
}

function written(window: OpenWindow): PlannedWindow {
  const { begin, latestStart, end } = window;
  return { begin: rfc3339(begin), latestStart: rfc3339(latestStart), end: rfc3339(end) };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

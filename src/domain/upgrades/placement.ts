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
import type { RuntimeWindow } from './maintenance-policy.ts';
import { DAY_MS } from './zone-times.ts';
import type { ExclusionReason } from './runtime.ts';

/** How far ahead windows are looked for, unless a request says otherwise: a runtime without one until then is named. */
export const HORIZON_MS = 30 * DAY_MS;

/** A window of one operation. RFC 3339 UTC. */
export interface PlannedWindow {
  begin: string;
  /** Nothing is sent at this instant or later. */
  latestStart: string;
  /** No part of the window. */
  end: string;
}

/** The window with what it comes from; both are undefined for what begins at once. */
export type Placement =
  | { window?: PlannedWindow; from?: RuntimeWindow; leftOut?: undefined }
  | { window?: undefined; leftOut: ExclusionReason };

/** Places one runtime after the other. */
export interface Placements {
  /**
   * The next window of a runtime in which something may still start, one that is open included (A35). Without any it is left out;
   * one that is opted out gets none before that ends.
   */
  inWindow(runtime: PolicyRuntime): Placement;
  /** Likewise for one that is not scheduled into a window: as ever, its Shoot must have a readable one. */
  atOnce(runtime: PolicyRuntime): Placement;
}

/**
 * Windows are those in which something may still start after `fromMs`, and that begin before `untilMs`; both in ms since the
 * epoch.
 */
export function placements(policy: CompiledPolicy, fromMs: number, untilMs: number): Placements {
  const firstOf = firstWindows(untilMs);
  const inWindow = (runtime: PolicyRuntime): Placement => {
    const from = windowDefinitionFor(policy, runtime);
    if (!from) return { leftOut: 'unreadable maintenance window' };
    const optOut = optOutOf(policy, runtime, fromMs);
    const always = freezesOf(policy, runtime);
    const freezes = optOut ? [...always, asFreeze(optOut)] : always;
    const { window, frozenBy } = firstOf(from.definition, freezes, fromMs);
    if (window) return { window: written(window), from };
    if (optOut) return { leftOut: 'opted out' };
    return { leftOut: frozenBy.length > 0 ? 'frozen' : 'no maintenance window' };
  };
  const atOnce = (runtime: PolicyRuntime): Placement => {
    if (optOutOf(policy, runtime, fromMs)) return { leftOut: 'opted out' };
    return runtime.maintenanceWindow ? {} : { leftOut: 'unreadable maintenance window' };
  };
  return { inWindow, atOnce };
}

/** The window of one runtime, see `placements`. */
export function placeInWindow(
  policy: CompiledPolicy,
  runtime: PolicyRuntime,
  fromMs: number,
  untilMs: number,
): Placement {
  return placements(policy, fromMs, untilMs).inWindow(runtime);
}

function written(window: Record<keyof PlannedWindow, number>): PlannedWindow {
  const { begin, latestStart, end } = window;
  return { begin: rfc3339(begin), latestStart: rfc3339(latestStart), end: rfc3339(end) };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

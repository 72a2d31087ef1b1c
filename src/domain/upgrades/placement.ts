/** Where a maintenance policy puts a runtime: into its next window, or out of the plan. */
import {
  asFreeze,
  freezesOf,
  optOutOf,
  windowDefinitionFor,
  type CompiledPolicy,
  type PolicyRuntime,
} from './compiled-policy.ts';
import { firstWindow } from './policy-windows.ts';
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

/** `window` is undefined for what begins at once. */
export type Placement =
  { window?: PlannedWindow; leftOut?: undefined } | { window?: undefined; leftOut: ExclusionReason };

/**
 * The next window of a runtime in which something may still start after `fromMs`, one that is open included (A35), and that
 * begins before `untilMs`; both in ms since the epoch. Without any it is left out; one that is opted out gets none before that ends.
 */
export function placeInWindow(
  policy: CompiledPolicy,
  runtime: PolicyRuntime,
  fromMs: number,
  untilMs: number,
): Placement {
  const found = windowDefinitionFor(policy, runtime);
  if (!found) return { leftOut: 'unreadable maintenance window' };
  const optOut = optOutOf(policy, runtime, fromMs);
  const freezes = [...freezesOf(policy, runtime), ...(optOut ? [asFreeze(optOut)] : [])];
  const { window, frozenBy } = firstWindow(found.definition, freezes, fromMs, untilMs);
  if (window) return { window: written(window) };
  if (optOut) return { leftOut: 'opted out' };
  return { leftOut: frozenBy.length > 0 ? 'frozen' : 'no maintenance window' };
}

/** Likewise for one that is not scheduled into a window: as ever, its Shoot must have a readable one. */
export function placeAtOnce(policy: CompiledPolicy, runtime: PolicyRuntime, nowMs: number): Placement {
  if (optOutOf(policy, runtime, nowMs)) return { leftOut: 'opted out' };
  return runtime.maintenanceWindow ? {} : { leftOut: 'unreadable maintenance window' };
}

function written(window: Record<keyof PlannedWindow, number>): PlannedWindow {
  const { begin, latestStart, end } = window;
  return { begin: rfc3339(begin), latestStart: rfc3339(latestStart), end: rfc3339(end) };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** The freezes of a policy that people have to know of: those that hold, and those that begin soon. */
import type { MaintenancePolicy } from './maintenance-policy.ts';
import { HORIZON_MS } from './placement.ts';
import { momentMs } from './policy-times.ts';
import { isZoneName } from './zone-times.ts';

export interface ComingFreeze {
  /** In the policy's list. */
  index: number;
  name: string;
  reason: string;
  /** ms since the epoch. */
  fromMs: number;
  /** ms since the epoch; no part of the freeze. */
  toMs: number;
  /** How many runtimes it touches; undefined while nobody has counted them. */
  runtimes?: number;
}

/**
 * Those that end after `nowMs` and begin within the horizon, in order of their begin. `touched` counts runtimes in the order of the policy.
 * Undefined for a policy with a time that can't be read here, such as one in a zone that this machine does not know.
 */
export function comingFreezes(
  { freezes }: Pick<MaintenancePolicy, 'freezes'>,
  touched: readonly number[] | undefined,
  nowMs: number,
): ComingFreeze[] | undefined {
  const coming: ComingFreeze[] = [];
  for (const [index, { name, reason, from, to, timeZone }] of freezes.entries()) {
    if (timeZone !== undefined && !isZoneName(timeZone)) return undefined;
    const [fromMs, toMs] = [momentMs(from, timeZone), momentMs(to, timeZone)];
    if (fromMs === undefined || toMs === undefined) return undefined;
    if (toMs <= nowMs || fromMs >= nowMs + HORIZON_MS) continue;
    const runtimes = touched?.[index];
    coming.push({ index, name, reason, fromMs, toMs, ...(runtimes !== undefined && { runtimes }) });
  }
  return coming.sort((a, b) => a.fromMs - b.fromMs || a.index - b.index);
}

import type { Tuning } from './contract.ts';

/** Operations read from the plan at once. */
export function pageSize(tuning: Tuning | undefined): number {
  return tuning?.pageSize ?? 200;
}

/** Milliseconds between two looks at detached children. */
export function sweepIntervalMs(tuning: Tuning | undefined): number {
  return (tuning?.sweepSeconds ?? 120) * 1000;
}

/** Seconds that an operation may execute. */
export function operationTimeoutSeconds(tuning: Tuning | undefined): number {
  return tuning?.operationTimeoutSeconds ?? 10_800;
}

/** Milliseconds without a heartbeat after which a long activity counts as dead. */
export function heartbeatTimeoutMs(tuning: Tuning | undefined): number {
  return (tuning?.heartbeatSeconds ?? 30) * 1000;
}

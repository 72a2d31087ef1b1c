import { workflowInfo } from '@temporalio/workflow';
import type { OrchestrationParameters } from '../domain/upgrades/orchestration-parameters.ts';
import { healthTimeoutMs } from '../domain/upgrades/upgrade-checks.ts';
import type { Tuning } from './contract/engine.ts';

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

/** Likewise, as an orchestration says for its own ones; the check after the upgrade comes on top. */
export function askedTimeoutSeconds(
  { strategy: { operationTimeoutMinutes } }: OrchestrationParameters,
  tuning: Tuning | undefined,
): number {
  if (operationTimeoutMinutes === undefined) return operationTimeoutSeconds(tuning);
  return Math.ceil(operationTimeoutMinutes * 60);
}

/** The tuning of the operations of an orchestration. */
export function operationTuning(
  parameters: OrchestrationParameters,
  tuning: Tuning | undefined,
): Tuning | undefined {
  const checkSeconds = Math.ceil(healthTimeoutMs(parameters) / 1000);
  const seconds = askedTimeoutSeconds(parameters, tuning) + checkSeconds;
  return seconds === operationTimeoutSeconds(tuning)
    ? tuning
    : { ...tuning, operationTimeoutSeconds: seconds };
}

/** Milliseconds without a heartbeat after which a long activity counts as dead. */
export function heartbeatTimeoutMs(tuning: Tuning | undefined): number {
  return (tuning?.heartbeatSeconds ?? 30) * 1000;
}

/** Attempts at making a plan to look at: with the pauses between them some three minutes. */
export function planAttempts(tuning: Tuning | undefined): number {
  return tuning?.planAttempts ?? 10;
}

/** Objects of one stack that something happens to at the same time. */
export function objectsAtOnce(tuning: Tuning | undefined): number {
  return tuning?.objectsAtOnce ?? 10;
}

/** Seconds that something may take to happen to one object of a stack. */
export function objectTimeoutSeconds(tuning: Tuning | undefined): number {
  return tuning?.objectTimeoutSeconds ?? 1_800;
}

/** Seconds between two looks at the instances of all stacks. */
export function monitorSeconds(tuning: Tuning | undefined): number {
  return tuning?.monitorSeconds ?? 10;
}

/** True when a run should make room for the next one; earlier than Temporal suggests it where the tuning says so. */
export function continueAsNewIsDue(tuning: Tuning | undefined): boolean {
  const info = workflowInfo();
  const limit = tuning?.continueAsNewAfterEvents;
  return info.continueAsNewSuggested || (limit !== undefined && info.historyLength >= limit);
}

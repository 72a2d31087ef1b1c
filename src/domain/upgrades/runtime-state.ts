/** The state of a runtime, in the words of Kyma's Environment Broker. */
import type { ShootStanding } from './inventory-shoot.ts';
import type { OperationState } from './states.ts';

/** The states that Drydock tells apart. */
export const RUNTIME_STATES = [
  'succeeded',
  'error',
  'upgrading',
  'provisioning',
  'failed',
  'suspended',
  'deprovisioning',
  'deprovisioned',
] as const;
export type RuntimeState = (typeof RUNTIME_STATES)[number];

/** States that a list may be asked for; no runtime is in one of the states of the broker that are not among those above. */
export const ASKED_RUNTIME_STATES = [...RUNTIME_STATES, 'updating', 'deprovisionincomplete', 'all'] as const;
export type AskedRuntimeState = (typeof ASKED_RUNTIME_STATES)[number];

/** States of operations that say nothing of their runtime: nothing was done to it. */
export const SILENT_STATES = ['pending', 'canceled'] as const satisfies readonly OperationState[];
/** The last upgrade has failed; `retrying` is a failure that waits to be tried again. */
export const ERROR_STATES = ['failed', 'retrying'] as const satisfies readonly OperationState[];

export interface UpgradedRuntime {
  standing: ShootStanding;
  /** Null while the inventory has it. */
  removedAt: string | null;
  /** An upgrade that is no dry run is in progress. */
  isUpgrading: boolean;
  /** The state of its last upgrade that is no dry run and not in a silent state; undefined where there was none. */
  last: OperationState | undefined;
}

/** The state of a Shoot goes before what upgrades have done to it. */
export function runtimeStateOf({ standing, removedAt, isUpgrading, last }: UpgradedRuntime): RuntimeState {
  if (removedAt !== null) return 'deprovisioned';
  if (standing !== 'active' && standing !== 'stray') return standing;
  if (isUpgrading) return 'upgrading';
  return ERROR_STATES.some((state) => state === last) ? 'error' : 'succeeded';
}

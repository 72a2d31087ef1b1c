import type { PauseCode } from '../../../domain/upgrades/rollout-control.ts';
import type { OperationState, OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { OrchestrationRow } from './orchestration-repositories.ts';

/** Upgrades as they stand at one moment. Orchestrations that have ended are left out, with their operations: there are more of them each day. */
export interface UpgradeCounts {
  orchestrations: { type: string; state: OrchestrationState; count: number }[];
  operations: { type: string; state: OperationState; count: number }[];
  /** Orchestrations in progress that are paused, by the reasons in their rows. */
  paused: { code: PauseCode; count: number }[];
  /** Everything is paused. */
  isPaused: boolean;
  /** Operations in progress, by lane. */
  executing: { lane: string; count: number }[];
  /** Orchestrations that wait for a turn, by lane. */
  waiting: ReadonlyMap<string, number>;
  /** Operations that wait in orchestrations that are to be retried, and wait for a turn. */
  retrying: { isPaused: boolean; count: number }[];
  /** Questions that nobody has answered yet. */
  questions: { count: number; firstAskedAt: string | null };
  /** Orchestrations whose workflows have not read what is wanted of them; 1,000 at the most. */
  unobserved: number;
  /** The time that the inventory in the table is of; null before the first read. */
  inventoryAsOf: string | null;
  /** Those that have the turn, at most 100: one in a lane, but for moments. A canceled one keeps it until what executes has ended. */
  holders: OrchestrationRow[];
}

export interface StateCountRepository {
  /** Throws UnavailableError('database') when one of its statements takes longer than two seconds. */
  upgrades(): Promise<UpgradeCounts>;
}

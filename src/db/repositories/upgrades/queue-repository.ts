import type { Pause } from '../../../domain/upgrades/rollout-control.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { QueueControlRow } from '../../schema/upgrades/queue-control.ts';
import type { StateChange } from '../repository-types.ts';
import type { OrchestrationRow } from './orchestration-repositories.ts';

export type { QueueControlRow };

/** An orchestration that may have the turn of its lane. */
export type Begun = Pick<
  OrchestrationRow,
  'id' | 'lane' | 'type' | 'parameters' | 'createdBy' | 'turnAt' | 'pauses' | 'estimate'
> & {
  state: OrchestrationState;
};

/** The lanes as the rows have them. */
export interface LaneRows {
  /** In progress, or canceling: one in a lane, but for moments, and after the loss of a workflow. */
  begun: Begun[];
  /** How many wait, by lane; none where nobody does. */
  waiting: Map<string, number>;
  /** The first ones of each lane that wait, lane by lane, in the order in which turns are given. */
  first: OrchestrationRow[];
}

/** The lanes as a whole, and the pause of everything. */
export interface QueueRepository {
  /** The change of the control of everything that holds; undefined before the first one. */
  latest(): Promise<QueueControlRow | undefined>;
  /** The pause of everything as a reason to pause; undefined while there is none. */
  pause(): Promise<Pause | undefined>;
  /**
   * Pauses everything, or lets it go on: from now on no claim of an operation succeeds, or they do again. Changes nothing when it is so already.
   * Answers what holds.
   */
  change(isPaused: boolean, change: StateChange): Promise<{ changed: boolean; row?: QueueControlRow }>;
  /** All lanes; of each at most `limit` that wait. */
  lanes(limit: number): Promise<LaneRows>;
}

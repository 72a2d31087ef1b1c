/**
 * The database of upgrades as the rest of the service sees it. Every write may run twice and only moves forward: an UPDATE
 * names the states it may leave, so a late or repeated write changes nothing. Every change of a state also writes its
 * event in the same statement or transaction. Times are RFC 3339 UTC strings with microseconds. `now` comes from the caller.
 */
import type { ConfigEntry } from '../../../domain/upgrades/operation-config.ts';
import type { OrchestrationState } from '../../../domain/upgrades/states.ts';
import type { OrchestrationRequest } from '../../../workflows/contract/upgrades.ts';
import type { EventRow } from '../../schema/upgrades/events.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { OrchestrationRow } from '../../schema/upgrades/orchestrations.ts';
import type { WaveRow } from '../../schema/upgrades/waves.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';
import type { CompletedPlan } from './plan-repository.ts';

export type { ConfigEntry, EventRow, OperationRow, OrchestrationRow };
export * from './operation-repository.ts';

/** A place in the line for the turn of a lane. */
export type InLine = Pick<OrchestrationRow, 'id' | 'rank' | 'queuedAt' | 'seq' | 'lookAt'>;

/** The request that an orchestration was created with. */
export function requestOf(row: OrchestrationRow): OrchestrationRequest {
  return {
    orchestrationID: row.id,
    type: row.type,
    parameters: row.parameters,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    idempotencyKey: row.idempotencyKey ?? undefined,
    requestHash: row.requestHash ?? undefined,
    lane: row.lane,
    ...(row.reason !== '' && { reason: row.reason }),
    ...(row.planID !== null && { planID: row.planID }),
  };
}

/** A change of state with its event. One that is `isWanted` is yet to be heard of by the workflow, and counts the revision up. */
export type Transition = StateChange & { description?: string; isWanted?: boolean };

/** A wave as it was planned. */
export type WaveOfPlan = Pick<
  WaveRow,
  'number' | 'name' | 'size' | 'workers' | 'soakMinutes' | 'approval' | 'budgetMax'
>;

/** All that are given have to match. */
export interface OrchestrationFilter {
  states?: OrchestrationState[];
  /** Those that have ended since then with failures, canceled ones too. */
  failedSince?: string;
}

export interface OrchestrationRepository {
  /**
   * Inserts the row as `pending` with its `created` event; does nothing when it exists. Answers the row that stands. The
   * workflow of a new row is yet to be started: `lookAt` says so.
   */
  record(request: OrchestrationRequest): Promise<OrchestrationRow>;
  /**
   * The workflow has begun; the row is inserted when it is missing, as in a restored database. Answers the row that stands.
   */
  begun(request: OrchestrationRequest): Promise<OrchestrationRow>;
  find(id: string): Promise<OrchestrationRow | undefined>;
  /** Newest first. */
  list(filter: OrchestrationFilter, paging: Paging): Promise<Page<OrchestrationRow>>;
  /**
   * Sets state and description when the table of transitions allows it; `undefined` when nothing changed. One that is
   * `isWanted`, and that the workflow has yet to hear of, counts the revision up.
   */
  transition(id: string, to: OrchestrationState, change: Transition): Promise<OrchestrationRow | undefined>;
  /**
   * Likewise to an end that was reached: nothing changes while an operation waits or executes, as after a retry, nor when it is canceled by
   * then.
   */
  close(id: string, to: 'succeeded' | 'failed', change: Transition): Promise<OrchestrationRow | undefined>;
  /**
   * Its workflow was lost: it fails, and what waits is canceled, all at once. Answers how many that were; undefined, and nothing changes, when it
   * has ended, or something else has become wanted of it since it was seen, such as a retry.
   */
  lose(id: string, seen: Pick<OrchestrationRow, 'revision'>, change: Transition): Promise<number | undefined>;
  /** Cancels what waits of one that has ended. Answers how many; none of them when it was retried since it was seen. */
  cancelLeft(id: string, seen: Pick<OrchestrationRow, 'revision'>, change: StateChange): Promise<number>;
  /** Sets the description of an orchestration that has not ended; no event. */
  describe(id: string, description: string, now: string): Promise<void>;
  /**
   * The plan is complete: how many operations, what was left out. False, and nothing changes, when the orchestration is not
   * in progress, has its plan already, or the operations and Shoots written are not exactly those that were counted, at the
   * positions from 0. Differences from the plan that it was created with are stored, and pause it when that is asked for.
   */
  planned(id: string, plan: CompletedPlan): Promise<boolean>;
  /** By which rules, and until when, its operations are put into windows; undefined while it has no plan. */
  schedulingOf(
    id: string,
  ): Promise<
    (Pick<OrchestrationRow, 'parameters'> & { policyVersion: number; windowsUntil: string }) | undefined
  >;
  /** How many wait for a turn; `most` when there are more. */
  countWaiting(most: number): Promise<number>;
  /** The first ones that wait for a turn, at most `limit` of each lane, lane by lane. */
  listWaiting(limit: number): Promise<Pick<OrchestrationRow, 'id' | 'lane' | 'queuedAt'>[]>;
  /** The lanes in which anybody stands who may be given the turn. */
  listLanes(): Promise<string[]>;
  /**
   * Those to which the turn of a lane may be given when nobody has it, by keyset in the order in which turns are given: what waits,
   * and what was in progress when its workflow was lost.
   */
  listInLine(lane: string, after: InLine | undefined, limit: number): Promise<InLine[]>;
  /** IDs of those whose workflow should have been started before an instant, oldest first. */
  listUnstarted(before: string, limit: number): Promise<string[]>;
  /** Rows that have not ended, oldest first, in pages by keyset on (createdAt, seq). */
  listOpen(after: { createdAt: string; seq: number } | undefined, limit: number): Promise<OrchestrationRow[]>;
}

/** The cancel of an orchestration: by whom, when and why. */
export interface Canceled {
  by: string;
  /** RFC 3339 UTC. */
  at: string;
  reason: string;
}

export interface EventFilter {
  operationID?: string;
  /** Only what is about the orchestration itself. */
  isOwn?: boolean;
  /** The newest first, in place of the oldest. */
  isNewestFirst?: boolean;
}

/** An event with the Shoot of the operation that it is about; null for the orchestration itself. */
export type NamedEvent = EventRow & { shootName: string | null };

export interface EventRepository {
  /** The last time that it was canceled; undefined when it never was. */
  canceled(orchestrationID: string): Promise<Canceled | undefined>;
  list(orchestrationID: string, filter: EventFilter, paging: Paging): Promise<Page<NamedEvent>>;
}

/** The operations of orchestrations in the database; what is said of all writes in orchestration-repositories.ts holds here, too. */
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { FullKeys } from '../../../domain/upgrades/limits.ts';
import type { WaitingCode } from '../../../domain/upgrades/waiting-codes.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';
import type { ExecutionRepository } from './execution-repository.ts';
import type { OperationPlanRepository } from './operation-plan-repository.ts';

export * from './execution-repository.ts';
export * from './operation-plan-repository.ts';

export type OperationStats = Partial<Record<OperationState, number>>;

/** The conditions on rows of an orchestration that wait for some codes. */
export interface WaitingRows {
  /** IDs of operations in progress that do. */
  executing: string[];
  /** Those that wait to be dispatched: all of them, none, or by what their rows say. */
  waiting: 'all' | 'none' | WaitingByRow;
}

/** The rows of an orchestration in progress, in the words of `waitingInPlan`: whatever a pause keeps them from. */
export interface WaitingByRow {
  codes: readonly WaitingCode[];
  /** RFC 3339 UTC. */
  now: string;
  /** Those of later waves wait for their wave; absent without waves. */
  openWave?: number;
  /** When those of later waves begin at the earliest, RFC 3339 UTC: what they wait for then counts as well. Absent without waves, and where it does not. */
  opensAfter?: string;
  /** Keys without room, while workers are free. */
  full: FullKeys;
  /** Those that could begin count by what kept their runtimes busy at the last look, as `stillAfterPause` has it. */
  isPaused?: boolean;
}

export interface OperationFilter {
  states?: OperationState[];
  /** Part of a name, an ID, a region or a plan, in capitals or not. */
  search?: string;
  waiting?: WaitingRows;
  /** Of a wave with one of these names. */
  waves?: readonly string[];
  /** Failed for this cause, by its key. */
  cause?: string;
}

export interface OperationRepository extends OperationPlanRepository, ExecutionRepository {
  find(orchestrationID: string, operationID: string): Promise<OperationRow | undefined>;
  findMany(operationIDs: string[]): Promise<OperationRow[]>;
  /** In order of position. */
  list(orchestrationID: string, filter: OperationFilter, paging: Paging): Promise<Page<OperationRow>>;
  /** Runtime IDs of operations that have failed or were canceled. */
  listUnfinished(orchestrationID: string): Promise<string[]>;
  stats(orchestrationIDs: string[]): Promise<Map<string, OperationStats>>;
  /**
   * How long the latest upgrades of the type that have succeeded took, in seconds: at most 1,000, of the newest
   * orchestrations that have ended, without dry runs and what was there already.
   */
  earlierDurations(type: OrchestrationType): Promise<number[]>;
  /** In progress operations of one orchestration, by keyset on position (−1 to begin with). */
  listExecuting(orchestrationID: string, afterPosition: number, limit: number): Promise<OperationRow[]>;
  /** In progress operations of orchestrations that have ended themselves, by keyset on operation ID ('' to begin with). */
  listExecutingOfEnded(afterID: string, limit: number): Promise<OperationRow[]>;
  /** IDs of orchestrations that have ended, and of which something waits, by keyset ('' to begin with). */
  listEndedWithWaiting(afterID: string, limit: number): Promise<string[]>;
  /** How many operations that wait have each code; without `by` the key is `''` for all of them. Reads each row that waits. */
  countWaits(
    orchestrationID: string,
    by?: Omit<WaitingByRow, 'codes'>,
  ): Promise<Map<WaitingCode | '', number>>;
  /** Descriptions of those in progress. */
  describeExecuting(orchestrationID: string, limit: number): Promise<string[]>;
  /** Fails what waits although its runtime has got a newer operation meanwhile. Answers how many. */
  failOvertaken(orchestrationID: string, change: StateChange): Promise<number>;
}

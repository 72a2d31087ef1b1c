/** The operations of orchestrations in the database; what is said of all writes in orchestration-repositories.ts holds here, too. */
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';
import type { OperationState } from '../../../domain/upgrades/states.ts';
import type { OperationRow } from '../../schema/upgrades/operations.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';
import type { ExecutionRepository } from './execution-repository.ts';
import type { OperationPlanRepository } from './operation-plan-repository.ts';

export * from './execution-repository.ts';
export * from './operation-plan-repository.ts';

export type OperationStats = Partial<Record<OperationState, number>>;

export interface RetrySelection {
  retry: string[];
  old: string[];
  invalid: string[];
}

export interface OperationRepository extends OperationPlanRepository, ExecutionRepository {
  find(orchestrationID: string, operationID: string): Promise<OperationRow | undefined>;
  findMany(operationIDs: string[]): Promise<OperationRow[]>;
  /** In order of position. */
  list(
    orchestrationID: string,
    filter: { states?: OperationState[] },
    paging: Paging,
  ): Promise<Page<OperationRow>>;
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
  /**
   * Sorts the wanted operations (null: all failed ones, and those whose next try waits for its time) into those to retry, those whose runtime has a newer operation of
   * the same type that is not canceled (of which a dry run counts for a dry run only), and those that can't be retried
   * (unknown, or not failed).
   */
  selectForRetry(orchestrationID: string, operationIDs: string[] | null): Promise<RetrySelection>;
  /**
   * failed → retrying with the attempt counted up and a new round of tries begun; the wait of a next try is over. Once per retry request: one that
   * has a row of its own marks it in the same transaction, and changes nothing when it was marked before. Answers how many had failed.
   */
  retry(
    orchestrationID: string,
    operationIDs: string[],
    requestID: string,
    change: StateChange,
  ): Promise<number>;
  /** Fails what waits although its runtime has got a newer operation meanwhile. Answers how many. */
  failOvertaken(orchestrationID: string, change: StateChange): Promise<number>;
}

/** How an orchestration goes, counted over all of its operations. */
import type { FailureCode } from '../../../domain/errors.ts';
import type { EndedBy } from '../../../domain/upgrades/burn-up.ts';
import type { AlikeOperations, GroupedBy, OperationGroup } from '../../../domain/upgrades/rollout-groups.ts';
import type { Page, Paging } from '../repository-types.ts';

export interface FailedOperation {
  operationID: string;
  runtimeID: string;
  shootName: string;
}

/** Operations that have failed for the same cause. */
export interface FailureGroup {
  /** Stands for code and message; the operations can be listed by it. */
  cause: string;
  code: FailureCode | null;
  /** Without names, IDs, times and numbers. */
  message: string;
  /** As one of them has it. */
  example: string;
  count: number;
  /** When the first and the last of them have failed. */
  first: string;
  last: string;
  /** The first few of them, in plan order. */
  operations: FailedOperation[];
}

export interface FailurePage extends Page<FailureGroup> {
  /** Failures of too many different kinds to be told apart. */
  others: number;
}

/** When its operations have ended, in the order of time. */
export interface BurnUp {
  /** Operations of the plan; null until that is complete. */
  total: number | null;
  /** As the first estimate had it; empty before that. */
  planned: EndedBy[];
  actual: EndedBy[];
  /** Those that were canceled before they began: they are not in the actual line. */
  neverBegan: number;
}

export interface RolloutRepository {
  /** By the number of the wave, by plan, by region, or by the hour in which they have ended, or, of those that wait for one, their window begins. */
  group(orchestrationID: string, by: Exclude<GroupedBy, 'zone'>): Promise<OperationGroup[]>;
  /** Operations that a maintenance policy does not tell apart, counted together. */
  alike(orchestrationID: string): Promise<AlikeOperations[]>;
  /** Causes of what has failed and is not tried again, the most frequent first. */
  failures(orchestrationID: string, paging: Paging): Promise<FailurePage>;
  /** At most 100 points of what has ended, and those that were planned. */
  burnUp(orchestrationID: string): Promise<BurnUp>;
}

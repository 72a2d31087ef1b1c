import type { ComparedOperation, PlanChanges } from '../../../domain/upgrades/plan-comparison.ts';
import type { RolloutOperation, RolloutPlan } from '../../../domain/upgrades/rollout-plan.ts';
import type { RolloutSummary } from '../../../domain/upgrades/rollout-summary.ts';
import type { ExcludedShoot, ExclusionReason } from '../../../domain/upgrades/runtime.ts';
import type { LeftOutShootRow } from '../../schema/upgrades/left-out-shoots.ts';
import type { RolloutPlanOperationRow } from '../../schema/upgrades/rollout-plan-operations.ts';
import type { RolloutPlanRow, RolloutPlanState } from '../../schema/upgrades/rollout-plans.ts';
import type { Page, Paging } from '../repository-types.ts';
import type { WaveOfPlan } from './orchestration-repositories.ts';

export type { LeftOutShootRow, RolloutPlanOperationRow, RolloutPlanRow, RolloutPlanState };

/** Plans that are kept, the newest ones; more only while orchestrations wait with older ones. */
export const PLANS_KEPT = 20;

/** An operation, with the span in which it would be carried out. */
export interface ProjectedOperation extends RolloutOperation {
  /** RFC 3339 UTC; undefined without a projection, or when it found no place. */
  projected?: { begin: string; end: string };
}

/** All of a plan that is complete. */
export interface MadePlan extends Pick<RolloutPlan, 'leftOut' | 'notSelected'> {
  operations: readonly ProjectedOperation[];
  /** SHA-256, hex. */
  planHash: string;
  /** SHA-256, hex. */
  rulesHash: string;
  policyVersion: number;
  /** RFC 3339 UTC. */
  windowsUntil: string;
  summary: RolloutSummary;
  /** When the fleet was planned. RFC 3339 UTC. */
  madeAt: string;
}

/** The plan as it stands in the row of its orchestration. */
export interface CompletedPlan {
  /** Operations. */
  count: number;
  /** Shoots that were left out, by reason. */
  leftOut: Partial<Record<ExclusionReason, number>>;
  /** Runtimes that the request does not ask for. */
  notSelected: number;
  policyVersion: number;
  windowsUntil: string;
  /** In their order, the rest last; empty without waves. */
  waves: WaveOfPlan[];
  /** Failures that are borne in all of it; null without a budget for all of it. */
  budgetMax: number | null;
  /** How it differs from the plan that it was created with, in a sentence too, and whether that pauses it. */
  changed?: { changes: PlanChanges; reason: string; pauses: boolean };
  now: string;
}

/** Plans that were made to be looked at, and what planning has left out of them and of orchestrations. */
export interface PlanRepository {
  /**
   * Inserts the row as `making`; does nothing when it exists. Answers the row that stands. Of older plans, those beyond the 20
   * newest go, but for what is being made or what an orchestration without a plan of its own was created with.
   */
  record(
    plan: Pick<RolloutPlanRow, 'id' | 'type' | 'parameters' | 'createdBy' | 'createdAt'>,
  ): Promise<RolloutPlanRow>;
  find(id: string): Promise<RolloutPlanRow | undefined>;
  /** Newest first. */
  list(paging: Paging): Promise<Page<RolloutPlanRow>>;
  /** The newest complete one with that hash. */
  findByHash(planHash: string): Promise<RolloutPlanRow | undefined>;
  /** making → made, with all of it in one transaction; false, and nothing is written, when it is not `making`. */
  complete(id: string, made: MadePlan): Promise<boolean>;
  /** making → failed; false when it is not `making`. */
  fail(id: string, failure: string): Promise<boolean>;
  /** In order of position. */
  listOperations(planID: string, paging: Paging): Promise<Page<RolloutPlanOperationRow>>;
  findOperation(planID: string, runtimeID: string): Promise<RolloutPlanOperationRow | undefined>;
  /** All operations as far as plans are compared by them, in order of position. */
  readCompared(planID: string): Promise<ComparedOperation[]>;
  /**
   * In order of position; the owner is a plan or an orchestration, here and below. `search` is a part of a name or of a runtime ID, in capitals or not;
   * those of which it is the whole go first.
   */
  listLeftOut(
    ownerID: string,
    filter: { reason?: ExclusionReason; search?: string },
    paging: Paging,
  ): Promise<Page<LeftOutShootRow>>;
  /** The Shoot with that runtime ID that was left out, if any; one that has the ID of another Shoot only if it is alone. */
  findLeftOut(ownerID: string, runtimeID: string): Promise<ExcludedShoot | undefined>;
  /** True for a runtime of the inventory that the request did not ask for. */
  isUnselected(ownerID: string, runtimeID: string): Promise<boolean>;
  countLeftOut(ownerID: string): Promise<Partial<Record<ExclusionReason, number>>>;
}

/** When orchestrations under way are expected to end. */
import type { EndedBy } from '../../../domain/upgrades/burn-up.ts';
import type { Estimate, OrchestrationLeft } from '../../../domain/upgrades/estimate.ts';
import type { OrchestrationType } from '../../../domain/upgrades/orchestration-parameters.ts';

/** An orchestration in progress that has its plan, with all of it that is left. */
export interface LeftOfOrchestration extends OrchestrationLeft {
  type: OrchestrationType;
  /** Version of the maintenance policy that it was planned with; 0 for none. */
  policyVersion: number;
  /** How long its own upgrades have taken that have succeeded, in seconds: at most 1,000 of them, the last ones of the plan. None that was there already. */
  ownSeconds: number[];
  /** Operations of the plan that are not left. */
  ended: number;
  /** No line of planned ends has been kept of it yet. */
  isFirst: boolean;
}

export interface EstimateRepository {
  /** IDs of orchestrations in progress that have their plan, whoever has paused them: one for each turn. */
  listEstimated(): Promise<string[]>;
  /** Undefined for one that is not in progress, or has no plan yet. */
  readLeft(orchestrationID: string): Promise<LeftOfOrchestration | undefined>;
  /** Keeps an estimate while the orchestration is in progress; one made earlier than that in the row changes nothing. */
  keep(orchestrationID: string, estimate: Estimate): Promise<void>;
  /** Keeps when its operations are planned to end, unless that was kept before. */
  keepPlanned(orchestrationID: string, line: EndedBy[]): Promise<void>;
}

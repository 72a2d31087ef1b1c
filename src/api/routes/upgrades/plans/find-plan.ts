import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { RolloutPlanRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { ProblemError } from '../../../problem.ts';
import { findOrchestration } from '../orchestrations/find-orchestration.ts';

/** Throws ProblemError not-found. */
export async function findPlan(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  planID: string,
): Promise<RolloutPlanRow> {
  const row = await repositories.plans.find(planID);
  if (row) return row;
  throw unknownID('/plans');
}

/** A plan that is complete. Throws ProblemError not-found and conflict. */
export async function findMadePlan(
  deps: Pick<AppDependencies, 'repositories'>,
  planID: string,
): Promise<RolloutPlanRow> {
  const row = await findPlan(deps, planID);
  switch (row.state) {
    case 'made':
      return row;
    case 'making':
      throw new ProblemError(
        'conflict',
        `The plan is still being made; GET /plans/${planID} says when it is`,
      );
    case 'failed':
      throw new ProblemError('conflict', `The plan could not be made: ${row.failure ?? 'nobody knows why'}`);
  }
}

/** An orchestration that has planned. Throws ProblemError not-found and conflict. */
export async function findPlannedOrchestration(
  deps: Pick<AppDependencies, 'repositories'>,
  id: string,
): Promise<OrchestrationRow> {
  const row = await findOrchestration(deps, id);
  if (row.plannedCount !== null) return row;
  throw new ProblemError(
    'conflict',
    isFinalOrchestrationState(row.state)
      ? `The orchestration has ended before it had a plan: ${row.description}`
      : 'The orchestration has no plan yet: it plans when it gets the turn. POST /upgrade/kyma/plan or /upgrade/cluster/plan shows what it would be',
  );
}

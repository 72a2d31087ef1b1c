import { ActivityFailure, proxyActivities, rootCause } from '@temporalio/workflow';
import type { PlanActivities, PlanProjectionActivities } from '../../activities/upgrades/activity-types.ts';
import { PLANS_TASK_QUEUE } from '../contract/engine.ts';
import type { RolloutPlanInput } from '../contract/upgrades.ts';
import { projectionActivities, UNLESS_REFUSED } from '../projections.ts';
import { heartbeatTimeoutMs, planAttempts } from '../tuning.ts';

/**
 * Makes a plan that somebody wants to look at. An inventory that is away is asked again for some minutes; then the plan has failed,
 * with the reason in its row.
 */
export async function rolloutPlanWorkflow({ planID, tuning }: RolloutPlanInput): Promise<void> {
  const { makePlan } = proxyActivities<PlanActivities>({
    taskQueue: PLANS_TASK_QUEUE,
    startToCloseTimeout: '1h',
    heartbeatTimeout: heartbeatTimeoutMs(tuning),
    retry: {
      initialInterval: 2_000,
      backoffCoefficient: 2,
      maximumInterval: 30_000,
      maximumAttempts: planAttempts(tuning),
      ...UNLESS_REFUSED,
    },
    summary: 'reads the fleet and plans what would happen to it',
  });
  const { failPlan } = projectionActivities<PlanProjectionActivities>('records that the plan cannot be made');
  try {
    await makePlan({ planID });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await failPlan({ planID, message: rootCause(error) ?? error.message });
  }
}

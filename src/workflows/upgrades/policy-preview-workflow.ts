import { proxyActivities } from '@temporalio/workflow';
import type { PolicyActivities } from '../../activities/upgrades/activity-types.ts';
import type { PolicyPreviewAnswer, PolicyPreviewRequest } from '../contract/upgrades.ts';

/**
 * Says what a maintenance policy would mean for the fleet. Whoever asks waits for it, so it is tried twice and no longer than
 * they wait; it changes nothing.
 */
export async function policyPreviewWorkflow(request: PolicyPreviewRequest): Promise<PolicyPreviewAnswer> {
  const { previewPolicy } = proxyActivities<PolicyActivities>({
    scheduleToCloseTimeout: '20s',
    heartbeatTimeout: '10s',
    summary: 'reads the fleet and asks the policy',
    retry: { maximumAttempts: 2 },
  });
  return await previewPolicy(request);
}

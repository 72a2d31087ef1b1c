import { proxyLocalActivities } from '@temporalio/workflow';
import { DATABASE_REFUSED } from '../../domain/errors.ts';
import type { ProjectionActivities } from '../../activities/upgrades/activity-types.ts';

/**
 * Writes to the database as local activities: they cost the history no state transition of their own. A database that
 * is away is waited for, without limit; the summary tells the operator what is being waited for. What it refuses for good
 * fails at once, and the workflow with it unless that is caught: its end is settled like any other loss.
 */
export function projection(summary: string): ProjectionActivities {
  return proxyLocalActivities<ProjectionActivities>({
    summary,
    startToCloseTimeout: '30s',
    // Longer waits are timers of the server: a worker that shuts down would wait for them to the end otherwise.
    localRetryThreshold: '2s',
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 10_000,
      nonRetryableErrorTypes: [DATABASE_REFUSED],
    },
  });
}

import { proxyActivities } from '@temporalio/workflow';
import type { ReconcileActivities } from '../activities/reconciliation.ts';

/** Run by a Temporal Schedule every few minutes; changes nothing when nothing is wrong. */
export async function reconcileWorkflow(): Promise<{ checked: number; changed: string[] }> {
  const { reconcile } = proxyActivities<ReconcileActivities>({
    startToCloseTimeout: '10m',
    heartbeatTimeout: '1m',
    summary: 'compares the database with Temporal',
    retry: { maximumAttempts: 3 },
  });
  return await reconcile();
}

import { proxyActivities } from '@temporalio/workflow';
import type { FleetActivities, FleetReadOutcome } from '../../activities/upgrades/activity-types.ts';
import type { FleetReadRequest } from '../contract/upgrades.ts';

/** Run by a Temporal Schedule: keeps the fleet in the database as the inventory has it. Writes nothing when nothing has changed. */
export async function fleetWorkflow(request: FleetReadRequest): Promise<FleetReadOutcome> {
  const { readFleet } = proxyActivities<FleetActivities>({
    startToCloseTimeout: '30m',
    heartbeatTimeout: '1m',
    summary: 'reads the inventory into the database',
    retry: { maximumAttempts: 3 },
  });
  return await readFleet(request);
}

import { proxyActivities } from '@temporalio/workflow';
import type { FleetActivities, FleetReadOutcome } from '../../activities/upgrades/activity-types.ts';
import type { FleetReadRequest } from '../contract/upgrades.ts';
import { UNLESS_REFUSED } from '../projections.ts';

/** Run by a Temporal Schedule: keeps the fleet in the database as the inventory has it. Writes nothing when nothing has changed. */
export async function fleetWorkflow(request: FleetReadRequest): Promise<FleetReadOutcome> {
  const { readFleet } = proxyActivities<FleetActivities>({
    // An inventory that comes back is read soon, not only when the next read is due: those are left out while this one goes on.
    scheduleToCloseTimeout: '2h',
    startToCloseTimeout: '30m',
    heartbeatTimeout: '1m',
    summary: 'reads the inventory into the database',
    retry: { maximumInterval: '30s', ...UNLESS_REFUSED },
  });
  return await readFleet(request);
}

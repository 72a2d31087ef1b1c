/** Histories of reads of the fleet; recorded by hand as those of record.ts are. */
import { it } from 'vitest';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../src/workflows/contract/engine.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { record } from './history.ts';

it('records a read of the fleet', async () => {
  const rig = await Rig.start({ fleet: new FleetInMemory(3) });
  const workflowID = 'fleet-read';
  await rig.client.workflow.execute(WORKFLOW_TYPES.fleet, {
    workflowId: workflowID,
    taskQueue: TASK_QUEUE,
    args: [{ everySeconds: 300 }],
  });
  await record(rig, 'fleet', {
    workflowID,
    path: ['readFleet begins', 'readFleet answers {"kind":"read","shoots":3', 'run ends'],
  });
});

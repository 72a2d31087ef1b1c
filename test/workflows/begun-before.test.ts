/** Runs that a worker of 0.3.0 has begun. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createShortActivities } from '../../src/activities/index.ts';
import { TASK_QUEUE } from '../../src/workflows/contract/engine.ts';
import { takes } from '../replay/history.ts';
import { temporalOf } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

const LOCAL_ACTIVITY = 'core_local_activity';

async function markersOf(rig: Rig, workflowID: string): Promise<(string | null | undefined)[]> {
  const { events } = await rig.client.workflow.getHandle(workflowID).fetchHistory();
  return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) =>
    marker ? [marker.markerName] : [],
  );
}

it('go on with local activities when a worker of today takes them over, and later runs make normal ones', async () => {
  const fleet = new FleetInMemory(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const { namespace } = rig;
  await rig.stopWorkers();
  const connection = await NativeConnection.connect({ address: temporalOf(namespace) });
  const bundle = await workflowBundle();
  const before = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities: createShortActivities(rig.dependencies()),
    // To the code of today no patch is active for it, as to that of then.
    patchActivationCallback: () => false,
  });
  const id = await before.runUntil(async () => {
    const begun = await rig.request();
    await takes(rig, begun, ['child is started']);
    return begun;
  });
  await connection.close();
  await rig.startWorkers();
  await rig.underWay(1);
  fleet.autoEnd = true;
  fleet.endAll();
  expect(await rig.ends(id)).toBe('succeeded');

  expect(new Set(await markersOf(rig, id))).toEqual(new Set([LOCAL_ACTIVITY]));
  const later = await rig.request({ dryRun: true });
  await rig.ends(later);
  expect(await markersOf(rig, later)).toEqual(['core_patch']);
  const history = await rig.client.workflow.getHandle(id).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, id);
});

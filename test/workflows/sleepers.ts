import { expect } from 'vitest';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';

/** An orchestration of two runtimes whose children sleep before their windows. */
export interface Asleep {
  rig: Rig;
  fleet: FleetInMemory;
  id: string;
  /** Until each of them sleeps for this time: 1 is the first one. */
  sleepFor: (time: number) => Promise<void>;
  /** Until each of them has given its runtime back. */
  areReleased: () => Promise<void>;
}

export async function twoAsleep(): Promise<Asleep> {
  const fleet = new FleetInMemory(2, () => ({ maintenanceWindow: windowFromNow(SOON, 3600) }));
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
  const children = fleet.runtimes.map(({ runtimeID }) => operationWorkflowID(runtimeID));
  const sleepFor = async (time: number): Promise<void> => {
    for (const child of children)
      await until(async () => (await rig.runs(child)).length === time, {
        what: `a child sleeps, for time ${time}`,
      });
  };
  const areReleased = async (): Promise<void> => {
    for (const child of children)
      expect(await rig.client.workflow.getHandle(child).result()).toEqual({ kind: 'released' });
  };
  await sleepFor(1);
  return { rig, fleet, id, sleepFor, areReleased };
}

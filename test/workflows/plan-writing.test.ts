/** A plan is written in batches: what breaks off between them. */
import { expect, it } from 'vitest';
import { FleetInMemory } from '../support/fleet.ts';
import { firstPositions, PlanGate } from '../support/plan-gate.ts';
import { Rig } from '../support/rig.ts';
import { aRuntime } from '../support/rows.ts';

const FLEET = 30;
const BATCH = 10;

it('A5: a connection cut in the second batch: the plan is that of the fleet as it is then, whole, and nothing is upgraded twice', async () => {
  const fleet = new FleetInMemory(FLEET);
  const rig = await Rig.start({ fleet, planBatch: BATCH });
  const gate = await PlanGate.before(BATCH + BATCH / 2, rig.databaseURL);
  const id = await rig.request({ workers: 10 });
  await gate.holds('gate');
  expect(await gate.positions(id)).toEqual(firstPositions(BATCH));
  expect((await rig.repositories.orchestrations.find(id))?.plannedCount).toBeNull();
  expect(fleet.upgrades).toEqual([]);

  // A runtime that the first batch has planned goes, and another one comes.
  fleet.runtimes.splice(0, 1, aRuntime({ shootName: 'c-new' }));
  await gate.cut();
  await gate.open();
  expect(await rig.ends(id)).toBe('succeeded');
  expect(await gate.positions(id)).toEqual(firstPositions(FLEET));
  const runtimes = fleet.runtimes.map(({ runtimeID }) => runtimeID).sort();
  expect((await rig.operations(id)).map(({ runtimeID }) => runtimeID).sort()).toEqual(runtimes);
  expect(fleet.upgrades.map(({ runtimeID }) => runtimeID).sort()).toEqual(runtimes);
  expect(await rig.statesOf(id)).toEqual({ succeeded: FLEET });
  expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
    plannedCount: FLEET,
    description: `Scheduled ${FLEET} operations`,
  });
  expect((await rig.log(id)).filter((kind) => kind === 'planned')).toHaveLength(1);
});

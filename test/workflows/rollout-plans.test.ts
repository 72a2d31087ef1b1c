import { describe, expect, it } from 'vitest';
import { createPlanActivities } from '../../src/activities/index.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { rolloutPlanWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig, windowFromNow, type RequestChanges } from '../support/rig.ts';
import { aPlanRequest, AT } from '../support/rows.ts';

const PAGE = { page: 1, pageSize: 100 };
const LATER: RequestChanges = { schedule: 'maintenanceWindow' };

/** Windows that are hours away, of several kinds, so that nothing begins while a test looks. */
function aFleet(): FleetInMemory {
  const fleet = new FleetInMemory(6, (index) => ({ region: index === 5 ? 'moon' : `region-${index % 2}` }));
  fleet.runtimes.forEach((_, index) => fleet.setWindow(index, windowFromNow(7_200 + 600 * index, 3_600)));
  fleet.setWindow(4, undefined);
  return fleet;
}

describe('a plan to look at', () => {
  it('is what an orchestration with the same request does: who is in it, in which window, and who is not', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const { plans, operations } = rig.repositories;
    const changes = {
      ...LATER,
      targets: {
        include: [{ region: 'region-' }],
        exclude: [{ runtimeID: fleet.runtimes[1]?.runtimeID ?? '' }],
      },
    };
    const plan = await rig.plan(changes);
    expect(plan).toMatchObject({ state: 'made', policyVersion: 0, failure: null });
    expect(plan.summary).toMatchObject({ total: 3, notSelected: 1, runtimesRead: 6 });
    expect(fleet.upgrades).toEqual([]);

    const approved = { planID: plan.id, planHash: plan.planHash ?? '', onPlanChange: 'pause' } as const;
    const id = await rig.request({ ...changes, ...approved });
    await until(async () => (await rig.repositories.orchestrations.find(id))?.plannedCount === 3, {
      what: 'the plan of the orchestration',
    });
    const run = await operations.list(id, {}, PAGE);
    const seen = await plans.listOperations(plan.id, PAGE);
    const keys = ['position', 'runtimeID', 'windowBegin', 'windowEnd', 'latestStart'] as const;
    const asPlanned = (row: (typeof run.rows)[number] | (typeof seen.rows)[number]) =>
      Object.fromEntries(keys.map((key) => [key, row[key]]));
    expect(seen.total).toBe(3);
    expect(run.rows.map(asPlanned)).toEqual(seen.rows.map(asPlanned));
    expect(seen.rows.map(({ source }) => source)).toEqual([
      { kind: 'shoot' },
      { kind: 'shoot' },
      { kind: 'shoot' },
    ]);
    const leftOut = async (owner: string) =>
      (await plans.listLeftOut(owner, {}, PAGE)).rows.map(({ ownerID: _, ...shoot }) => shoot);
    expect(await leftOut(id)).toEqual(await leftOut(plan.id));
    expect(await leftOut(id)).toMatchObject([
      { shootName: 'c-0001', reason: 'excluded by targets' },
      { shootName: 'c-0004', reason: 'unreadable maintenance window' },
    ]);
    const spared = fleet.runtimes[5]?.runtimeID ?? '';
    expect([await plans.isUnselected(id, spared), await plans.isUnselected(plan.id, spared)]).toEqual([
      true,
      true,
    ]);
    const row = await rig.repositories.orchestrations.find(id);
    expect(row).toMatchObject({ planID: plan.id, planChanges: null, pauses: [], revision: 0 });
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('has the same hash as one that is made again, from an inventory in another order', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const first = await rig.plan(LATER);
    fleet.runtimes.reverse();
    const second = await rig.plan(LATER);
    // Within a minute both are made of one reading of the inventory; another worker has its own.
    await rig.stopWorkers();
    await rig.startWorkers();
    const third = await rig.plan(LATER);
    expect([second.planHash, third.planHash]).toEqual([first.planHash, first.planHash]);
    expect(fleet.pagesRead).toBe(2);
    expect((await rig.repositories.plans.findByHash(first.planHash ?? ''))?.id).toBe(third.id);
    expect((await rig.plan()).planHash).not.toBe(first.planHash);
  });

  it('is written once by two executions that end at the same time', async () => {
    const rig = await Rig.start({ fleet: aFleet() });
    const { plans } = rig.repositories;
    const plan = await plans.record(aPlanRequest());
    const completing = gate(plans, 'complete', 'before');
    const executions = [1, 2].map(() =>
      executeActivity(() => createPlanActivities(rig.dependencies()).makePlan({ planID: plan.id })),
    );
    await until(() => completing.arrived() === 2, { what: 'both have a plan' });
    completing.open();
    await Promise.all(executions);
    const { state, summary } = (await plans.find(plan.id)) ?? {};
    expect([state, summary?.total]).toEqual(['made', 5]);
    expect((await plans.listOperations(plan.id, PAGE)).total).toBe(5);
    expect((await plans.listLeftOut(plan.id, {}, PAGE)).total).toBe(1);
  });

  it('is made by the next worker when one ends in the middle, and by the next call when its workflow was terminated', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet, workerLimitMs: 1_000 });
    const { plans } = rig.repositories;
    const reading = gateInventory(fleet);
    const plan = await rig.plan(LATER);
    expect(plan.state).toBe('making');
    await until(() => reading.arrived() === 1, { what: 'the inventory is read' });
    await rig.stopWorkers();
    reading.open();
    await rig.startWorkers();
    const made = async (id: string): Promise<boolean> => (await plans.find(id))?.state === 'made';
    await until(() => made(plan.id), { what: 'the plan is made' });
    expect((await plans.listOperations(plan.id, PAGE)).total).toBe(5);

    await rig.stopWorkers();
    const second = await rig.plan(LATER);
    expect(second.state).toBe('making');
    await rig.client.workflow.getHandle(rolloutPlanWorkflowID(second.id)).terminate('by hand');
    await rig.startWorkers();
    // As whoever reads it does: it is only started.
    expect(await rig.gateway.makePlan(second.id, { wait: false })).toBe('under way');
    await until(() => made(second.id), { what: 'the second plan is made' });
    // Asking once more changes nothing.
    const before = await plans.find(second.id);
    await rig.gateway.makePlan(second.id);
    expect(await plans.find(second.id)).toEqual(before);
  });

  it('has failed when the inventory stays away, with the reason', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet, tuning: { planAttempts: 2 } });
    fleet.down.inventory = true;
    const plan = await rig.plan(LATER);
    expect(plan).toMatchObject({ state: 'failed', failure: 'The inventory does not answer', planHash: null });
    fleet.down.inventory = false;
    expect(await rig.plan(LATER)).toMatchObject({ state: 'made' });
  });

  it('waits for an inventory that comes back', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const { pages } = fleet.inventory;
    let readings = 0;
    fleet.inventory.pages = (options) => {
      readings += 1;
      fleet.down.inventory = readings === 1;
      return pages(options);
    };
    expect(await rig.plan(LATER)).toMatchObject({ state: 'made' });
    expect(readings).toBe(2);
  });

  it('has failed at once when the maintenance policy cannot be used here', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const window = { timeBegin: '010000', timeEnd: '020000', timeZone: 'Mars/Base' };
    const policy = { ...EMPTY_POLICY, default: { days: ['Mon' as const], ...window } };
    await rig.repositories.policies.add(policy, { after: 0, changedBy: 'alice', reason: '', now: AT });
    const plan = await rig.plan(LATER);
    expect(plan.state).toBe('failed');
    expect(plan.failure).toMatch(/no time zone "Mars\/Base"/);
    expect(fleet.pagesRead).toBe(0);
  });
});

/** Holds the inventory before its first page. */
function gateInventory(fleet: FleetInMemory): { arrived(): number; open(): void } {
  const door = { read: () => Promise.resolve() };
  const held = gate(door, 'read', 'before');
  const { pages } = fleet.inventory;
  fleet.inventory.pages = async function* (options) {
    await door.read();
    yield* pages(options);
  };
  return held;
}

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OrchestrationRow, RolloutPlanRow } from '../../src/db/repositories/index.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, windowFromNow, type RequestChanges } from '../support/rig.ts';
import { aRuntime, AT } from '../support/rows.ts';

const IN_WINDOWS: RequestChanges = { schedule: 'maintenanceWindow', workers: 10 };
const NONE = { count: 0, first: [] };

/** Windows that are open, so that everything begins that may. */
function aFleet(): FleetInMemory {
  const fleet = new FleetInMemory(4);
  fleet.runtimes.forEach((_, index) => fleet.setWindow(index, windowFromNow(-600, 7_200)));
  return fleet;
}

/** One more, one less, and one in another window that is open, too; answers what a plan from before says of it. */
function change(fleet: FleetInMemory): Record<string, unknown> {
  const added = { runtimeID: randomUUID(), shootName: 'c-new' };
  const [, gone, moved] = fleet.runtimes;
  const changes = { added: one(added), gone: one(gone), moved: one(moved), rulesChanged: false };
  fleet.runtimes.splice(1, 1);
  fleet.setWindow(1, windowFromNow(-1_200, 7_200));
  fleet.runtimes.push(aRuntime({ ...added, maintenanceWindow: windowFromNow(-600, 7_200) }));
  return changes;
}

/** One runtime of which something is said. */
function one(runtime: Pick<Runtime, 'runtimeID' | 'shootName'> | undefined): Record<string, unknown> {
  return { count: 1, first: [{ shootName: runtime?.shootName, runtimeID: runtime?.runtimeID }] };
}

function approved(plan: RolloutPlanRow, onPlanChange: 'pause' | 'continue' = 'pause'): RequestChanges {
  return { ...IN_WINDOWS, planID: plan.id, planHash: plan.planHash ?? '', onPlanChange };
}

/** Once its workflow has read that it is paused. */
async function paused(rig: Rig, id: string): Promise<OrchestrationRow> {
  let row: OrchestrationRow | undefined;
  await until(
    async () => {
      row = await rig.repositories.orchestrations.find(id);
      return row !== undefined && row.plannedCount !== null && row.observedRevision === 1;
    },
    { what: 'it is planned and has read that it is paused' },
  );
  if (!row) throw new Error('There is no row');
  return row;
}

async function resume(rig: Rig, id: string): Promise<void> {
  const command = { command: 'resume' as const, acknowledge: false, by: 'jane', reason: 'seen' };
  await rig.repositories.control.command(id, command, new Date().toISOString());
  await rig.gateway.look(id);
}

describe('an orchestration that was created with the hash of a plan', () => {
  it('begins nothing when the fleet has changed until its turn, names who, and carries out its own plan once resumed', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const plan = await rig.plan(IN_WINDOWS);
    const changes = change(fleet);
    const id = await rig.request(approved(plan));
    const row = await paused(rig, id);
    expect(row.planChanges).toEqual(changes);
    expect(row.pauses).toMatchObject([
      { code: 'plan-changed', by: 'drydock', reason: '1 added, 1 gone, 1 in other windows' },
    ]);
    expect(await rig.log(id)).toEqual([
      'created',
      'pending>in progress',
      'planned',
      'plan-changed',
      'paused',
    ]);
    expect(await rig.statesOf(id)).toEqual({ pending: 4 });
    expect(fleet.upgrades).toEqual([]);
    await resume(rig, id);
    expect(await rig.ends(id)).toBe('succeeded');
    expect([...fleet.order].sort()).toEqual(['c-0000', 'c-0002', 'c-0003', 'c-new']);
  });

  it('goes on with its own plan when that was asked for, and keeps what has changed', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const plan = await rig.plan(IN_WINDOWS);
    const changes = change(fleet);
    const id = await rig.request(approved(plan, 'continue'));
    expect(await rig.ends(id)).toBe('succeeded');
    const row = await rig.repositories.orchestrations.find(id);
    expect(row).toMatchObject({ planChanges: changes, pauses: [], revision: 0 });
    expect(await rig.log(id)).toContain('plan-changed');
    expect(fleet.order).toContain('c-new');
  });

  it('is carried out without a word when nothing has changed', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const plan = await rig.plan(IN_WINDOWS);
    const id = await rig.request(approved(plan));
    expect(await rig.ends(id)).toBe('succeeded');
    expect((await rig.repositories.orchestrations.find(id))?.planChanges).toBeNull();
    expect(await rig.log(id)).not.toContain('plan-changed');
  });

  it('is paused, too, when a runtime would be upgraded in another wave', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const waves = [{ name: 'moon', targets: { include: [{ region: 'moon' }] } }];
    const plan = await rig.plan({ ...IN_WINDOWS, waves });
    expect(plan.summary?.byWave).toEqual([
      { name: 'moon', size: 0, matched: 0 },
      { name: 'rest', size: 4, matched: 4 },
    ]);
    fleet.runtimes.splice(2, 1, ...fleet.runtimes.slice(2, 3).map((one) => ({ ...one, region: 'moon' })));
    const id = await rig.request({ ...approved(plan), waves });
    const row = await paused(rig, id);
    expect(row.planChanges).toEqual({
      added: NONE,
      gone: NONE,
      moved: NONE,
      inOtherWaves: one(fleet.runtimes[2]),
      rulesChanged: false,
    });
    expect(row.pauses[0]?.reason).toBe('1 in other waves');
    await rig.gateway.cancel(id, 'test');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('is paused, too, when rules were changed that move nobody, and when its plan is gone and the fleet differs', async () => {
    const fleet = aFleet();
    const rig = await Rig.start({ fleet });
    const plan = await rig.plan(IN_WINDOWS);
    const rule: MaintenancePolicy['rules'][number] = {
      match: { plan: 'nobody' },
      days: ['Mon'],
      timeBegin: '010000+0000',
      timeEnd: '020000+0000',
    };
    const by = { after: 0, changedBy: 'alice', reason: '', now: AT };
    await rig.repositories.policies.add({ ...EMPTY_POLICY, rules: [rule] }, by);
    const first = await rig.request(approved(plan));
    expect((await paused(rig, first)).planChanges).toEqual({
      added: NONE,
      gone: NONE,
      moved: NONE,
      rulesChanged: true,
    });
    await resume(rig, first);
    expect(await rig.ends(first)).toBe('succeeded');

    const gone = { ...approved(plan), planID: '00000000-0000-4000-8000-000000000000' };
    const second = await rig.request(gone);
    const row = await paused(rig, second);
    expect(row.planChanges).toEqual({
      added: NONE,
      gone: NONE,
      moved: NONE,
      rulesChanged: false,
      isUnknown: true,
    });
    expect(row.pauses[0]?.reason).toMatch(/is not kept any more/);
    await rig.gateway.cancel(second, 'test');
    expect(await rig.ends(second)).toBe('canceled');
  });
});

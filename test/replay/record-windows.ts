/** Histories of freezes that are put while an orchestration runs, and of windows that are over; recorded by hand as those of record.ts are. */
import { it } from 'vitest';
import type { MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { HOUR, store } from '../support/policy-rules.ts';
import { Rig, windowFromNow } from '../support/rig.ts';
import { twoAsleep } from '../workflows/sleepers.ts';
import { childOf, record, takes } from './history.ts';

/** Seconds in which an orchestration is planned and its first children have begun, many times over. */
const LEAD = 10;
/** The read that finds freezes changed, and the one that has put what waits into other windows. */
const IS_BEHIND = /^readControl answers .*"isBehind":true/;
const NEXT_WINDOWS = 'timer (until the next windows begin)';
const HAS_ROLLED = /^readPlan answers .*"hasRolled":true/;

async function changeFreezes(rig: Rig, id: string, freezes: MaintenancePolicy['freezes']): Promise<void> {
  await store(rig, { freezes });
  for (const one of await rig.repositories.control.listUnobserved('', 10)) await rig.gateway.look(one);
  await until(async () => (await rig.repositories.operations.listBehind(id, 1)) === undefined, {
    what: 'all that waits heeds the freezes',
  });
}

function freezeOfNow(hours: number): MaintenancePolicy['freezes'] {
  const at = (fromNow: number): string => new Date(Date.now() + fromNow * HOUR).toISOString();
  return [{ name: 'fair', reason: 'trade fair', from: at(-1), to: at(hours) }];
}

it('records a freeze that is put while upgrades are under way, and lifted', async () => {
  const fleet = new FleetInMemory(4);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2 });
  await rig.underWay(2);
  await changeFreezes(rig, id, freezeOfNow(1));
  await takes(rig, id, [HAS_ROLLED, `${NEXT_WINDOWS} begins`]);
  fleet.endAll();
  await takes(rig, id, ['child answers', 'child answers']);
  await changeFreezes(rig, id, []);
  await rig.underWay(2);
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-frozen', {
    workflowID: id,
    path: [
      ...['child begins', 'look comes in', IS_BEHIND, HAS_ROLLED, `${NEXT_WINDOWS} begins`, 'child answers'],
      ...['look comes in', IS_BEHIND, HAS_ROLLED, 'child begins', 'child answers', 'run ends "succeeded"'],
    ],
  });
});

it('records a freeze that wakes children which sleep before their windows, and is lifted', async () => {
  const { rig, id, sleepFor, areReleased } = await twoAsleep();
  await changeFreezes(rig, id, freezeOfNow(6));
  await areReleased();
  const gaveBack = [
    'child answers {"kind":"released"}',
    'giveBackOperation',
    'giveBackOperation',
    'readPlan',
  ];
  await takes(rig, id, gaveBack);
  await changeFreezes(rig, id, []);
  await sleepFor(2);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  await record(rig, 'orchestration-frozen-asleep', {
    workflowID: id,
    path: [
      ...['look comes in', IS_BEHIND, 'release is sent', 'release is sent', HAS_ROLLED],
      ...[...gaveBack, 'look comes in', IS_BEHIND, HAS_ROLLED],
      ...['child begins', 'cancel comes in', 'release is sent', 'run ends "canceled"'],
    ],
  });
});

it('records a window that is over when its child wakes up, and is followed by the next one', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet });
  fleet.setWindow(0, windowFromNow(LEAD, 1));
  const id = await rig.request({ schedule: 'maintenanceWindow' });
  const sleeper = childOf(fleet, 0);
  await takes(rig, sleeper, [/^timer .* begins/]);
  await rig.stopWorkers();
  const [before] = await rig.operations(id);
  await until(() => Date.now() > Date.parse(before?.windowEnd ?? ''), { what: 'the window is over' });
  await rig.startWorkers();
  await until(async () => (await rig.operations(id))[0]?.windowBegin !== before?.windowBegin, {
    what: 'it is put into the next window',
  });
  const waits = ['rescheduleOperation answers', `${NEXT_WINDOWS} begins`];
  await takes(rig, id, waits);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  await record(rig, 'operation-missed', {
    workflowID: sleeper,
    path: [/^timer \(waits for its window .* begins/, /^timer .* fires/, 'run ends {"kind":"missed"}'],
  });
  await record(rig, 'orchestration-missed', {
    workflowID: id,
    path: [
      ...['child answers {"kind":"missed"}', ...waits, 'cancel comes in', `${NEXT_WINDOWS} is canceled`],
      'run ends "canceled"',
    ],
  });
});

it('records a window that is over before its operation gets a key', async () => {
  const fleet = new FleetInMemory(2);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  for (const index of [0, 1]) fleet.setWindow(index, windowFromNow(-60, 60 + LEAD));
  const id = await rig.request({ schedule: 'maintenanceWindow', workers: 2, limits: { perRegion: 1 } });
  await rig.underWay(1);
  const [first, second] = await rig.operations(id);
  await until(() => Date.now() > Date.parse(second?.windowEnd ?? ''), { what: 'the windows are over' });
  fleet.endAll();
  await until(async () => (await rig.operations(id))[1]?.windowBegin !== first?.windowBegin, {
    what: 'it is put into the next window',
  });
  await takes(rig, id, [HAS_ROLLED, 'readPlan answers {"items":[]']);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  await record(rig, 'orchestration-missed-for-a-key', {
    workflowID: id,
    path: [
      ...['readPlan answers {"items":[{', 'child begins', 'child answers {"kind":"succeeded"}', HAS_ROLLED],
      ...['readPlan answers {"items":[]', 'cancel comes in', 'run ends "canceled"'],
    ],
  });
});

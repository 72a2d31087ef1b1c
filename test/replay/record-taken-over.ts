/** Histories of runs that find what others have left: after a reset, a termination, or a lost memory; recorded by hand as those of record.ts are. */
import { it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/workflows/contract/upgrades.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { continuedTwice, reset } from '../support/resets.ts';
import { until } from '../support/environment.ts';
import { Rig } from '../support/rig.ts';
import { twoAsleep } from '../workflows/sleepers.ts';
import { childOf, record, takes } from './history.ts';

function waiting(count: number): FleetInMemory {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
}

it('records a reset that takes children over, of which one is lost', async () => {
  const fleet = waiting(3);
  const rig = await Rig.start({ fleet, tuning: { sweepSeconds: 1, pageSize: 1 } });
  const id = await rig.request({ workers: 2 });
  await rig.underWay(2);
  await reset(rig, id, 'first');
  await takes(rig, id, [
    'findExecuting answers',
    'detach is delivered',
    'detach is delivered',
    'sweepChildren',
  ]);
  await rig.client.workflow.getHandle(childOf(fleet, 0)).terminate('by hand');
  const findsLost = [/^sweepChildren answers \[\{.*"code":"OPERATION_LOST"/, 'child begins'];
  await takes(rig, id, findsLost);
  fleet.autoEnd = true;
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-reset', {
    workflowID: id,
    path: [
      ...['findExecuting answers {"children":[{', 'detach is sent', 'detach is delivered'],
      ...['findExecuting answers {"children":[{', 'detach is sent', 'detach is delivered'],
      ...[...findsLost, 'outcome comes in', 'run ends'],
    ],
  });
});

it('records a reset that meets its own children asleep', async () => {
  const { rig, id } = await twoAsleep();
  await reset(rig, id, 'first');
  const adopts = [
    'child is refused',
    'settleBusy answers {"kind":"own"',
    'detach is sent',
    'detach is delivered',
  ];
  await takes(rig, id, [...adopts, 'detach is delivered']);
  await rig.gateway.cancel(id, 'bob');
  await rig.ends(id);
  await record(rig, 'orchestration-reset-asleep', {
    workflowID: id,
    path: [...adopts, 'cancel comes in', 'release is sent', 'outcome comes in', 'run ends "canceled"'],
  });
});

it('records a child whose parent is gone when it reports', async () => {
  const fleet = waiting(4);
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 60 } });
  const id = await rig.request();
  await rig.underWay(1);
  await continuedTwice(rig, id);
  await rig.client.workflow.getHandle(id).terminate('by hand');
  await rig.reaches(id, 'failed');
  fleet.endAll();
  const child = childOf(fleet, 0);
  const path = [
    'detach comes in',
    'upgradeRuntime answers',
    'outcome is refused',
    'run ends {"kind":"succeeded"}',
  ];
  await takes(rig, child, path);
  await record(rig, 'operation-orphaned', { workflowID: child, path });
});

it('records children that nobody has begun to execute in time, of which one is released', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
  const { operations } = rig.repositories;
  const { claim } = operations;
  const child = childOf(fleet, 0);
  const notInTime = ['upgradeRuntime begins', /^upgradeRuntime (fails|times out)/];
  for (const isReleased of [false, true]) {
    operations.claim = () => Promise.reject(new UnavailableError('database', 'It does not answer'));
    const id = await rig.request();
    await takes(rig, id, ['child is started']);
    if (isReleased) await rig.gateway.cancel(id, 'bob');
    await takes(rig, child, isReleased ? ['release comes in', notInTime[1] ?? ''] : notInTime);
    operations.claim = claim;
    await rig.ends(id);
    const begins = ['judgeUpgrade answers', 'upgradeRuntime begins', 'upgradeRuntime answers', 'run ends'];
    await record(rig, isReleased ? 'operation-released-late' : 'operation-begun-late', {
      workflowID: child,
      path: isReleased
        ? ['release comes in', 'judgeUpgrade answers', 'run ends {"kind":"released"}']
        : [...notInTime, ...begins],
    });
  }
});

it('records a queue that has lost its memory', async () => {
  const fleet = waiting(1);
  const rig = await Rig.start({ fleet });
  const first = await rig.request();
  await rig.underWay(1);
  const second = await rig.request();
  await takes(rig, second, ['wakeQueue answers']);
  await rig.client.workflow.getHandle(QUEUE_WORKFLOW_ID).terminate('lost');
  await rig.reconcile();
  fleet.autoEnd = true;
  await rig.ends(first);
  await rig.ends(second);
  await record(rig, 'queue-rebuilt', {
    workflowID: QUEUE_WORKFLOW_ID,
    path: [
      ...['findHolders answers [{', 'turn is sent', 'turn is delivered', 'watchOrchestration begins'],
      ...['watchOrchestration answers {"status":"COMPLETED"', 'turn is sent', 'turn is delivered'],
    ],
  });
});

it('records turns of runs that have closed: one was reset, the other one is lost', async () => {
  const fleet = new FleetInMemory(1);
  const rig = await Rig.start({ fleet });
  const { orchestrations } = rig.repositories;
  const { listWaiting } = orchestrations;
  const passesOver = /^readLine begins .*"except":\["/;
  for (const isLost of [false, true]) {
    // Whose turn it is has been found by then, and nobody was told.
    const telling = gate(orchestrations, 'listWaiting', 'before');
    const id = await rig.request();
    await takes(rig, id, ['wakeQueue answers']);
    await until(() => telling.arrived() > 0, { what: 'it is about to get its turn' });
    if (isLost) await rig.client.workflow.getHandle(id).terminate('by hand');
    else await reset(rig, id, 'first');
    telling.open();
    orchestrations.listWaiting = listWaiting;
    if (!isLost) await rig.ends(id);
    else {
      await takes(rig, QUEUE_WORKFLOW_ID, [passesOver]);
      await rig.gateway.lookAtQueue();
      await rig.reaches(id, 'failed');
    }
  }
  await rig.ends(await rig.request());
  await record(rig, 'queue-turn-missed', {
    workflowID: QUEUE_WORKFLOW_ID,
    path: [
      ...['turn is sent', 'turn is refused', 'currentRun answers {"runID"', 'turn is sent'],
      ...['turn is delivered', 'watchOrchestration answers', 'turn is sent', 'turn is refused'],
      ...['currentRun answers', passesOver, 'readLine begins', 'turn is sent', 'turn is delivered'],
    ],
  });
});

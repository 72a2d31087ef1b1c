/**
 * Histories of commands and cancels at moments other than the usual one, and of planning that comes to nothing; recorded by hand as those
 * of record.ts are.
 */
import { randomUUID } from 'node:crypto';
import { it } from 'vitest';
import { operationID } from '../../src/domain/upgrades/operation-id.ts';
import { rolloutPlanWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';
import { aPlanRequest } from '../support/rows.ts';
import { childOf, record, takes } from './history.ts';

const CLOSES_AS_CANCELED = [/^closeOrchestration begins .*"canceledBy":/, 'run ends "canceled"'];

it('records commands, and a look, while it waits for its turn', async () => {
  const fleet = new FleetInMemory(3);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const holder = await rig.request();
  await rig.underWay(1);
  const id = await rig.request({ waves: [{ name: 'canary', count: 1, approval: { notByCreator: false } }] });
  await takes(rig, id, ['wakeQueue answers']);
  const [skipped] = fleet.runtimes;
  const command = async (name: string, rest: object = {}): Promise<void> => {
    await rig.client.workflow.getHandle(id).signal('command', { command: name, by: 'jane', ...rest });
  };
  await command('pause');
  await command('workers', { workers: 2 });
  await command('approve', { number: 1 });
  // Of a plan that is not there yet.
  await command('skip', { operationID: operationID(id, skipped?.runtimeID ?? '') });
  await takes(rig, id, ['applyCommand', 'applyCommand', 'applyCommand', 'applyCommand']);
  await rig.gateway.look(id);
  await takes(rig, id, ['look comes in', 'readControl']);
  fleet.autoEnd = true;
  await rig.ends(holder);
  await takes(rig, id, ['resolveTargets answers', 'readPlan answers']);
  await command('resume');
  await takes(rig, id, [/^readControl .*"phase":"asking"/]);
  await command('approve', { number: 1 });
  await rig.ends(id);
  await record(rig, 'orchestration-commanded-in-line', {
    workflowID: id,
    path: [
      ...['wakeQueue answers', 'command comes in {"command":"pause"', 'applyCommand', 'applyCommand'],
      ...['applyCommand', 'applyCommand', 'look comes in', /^readControl .*"code":"person".*"workers":2/],
      ...['turn comes in', 'resolveTargets answers', 'command comes in {"command":"resume"', 'applyCommand'],
      ...['child begins', /^readControl .*"phase":"asking"/, 'command comes in {"command":"approve"'],
      ...['child begins', 'child begins', 'run ends "succeeded"'],
    ],
  });
});

it('records a cancel by signal and one by the row while they wait for their turns, and one before the first step', async () => {
  const fleet = new FleetInMemory(1);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const holder = await rig.request();
  await rig.underWay(1);
  const inTheRow = async (id: string): Promise<void> => {
    const change = { actor: 'jane', reason: 'enough', now: new Date().toISOString(), isWanted: true };
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
  };
  const bySignal = await rig.request();
  await takes(rig, bySignal, ['wakeQueue answers']);
  await rig.gateway.cancel(bySignal, 'bob');
  const byRow = await rig.request();
  await takes(rig, byRow, ['wakeQueue answers']);
  await inTheRow(byRow);
  await rig.gateway.look(byRow);
  await rig.ends(bySignal);
  await rig.ends(byRow);
  await rig.stopWorkers();
  const early = await rig.request();
  await inTheRow(early);
  await rig.startWorkers();
  await rig.ends(early);
  fleet.endAll();
  await rig.ends(holder);
  await record(rig, 'orchestration-canceled-in-line', {
    workflowID: bySignal,
    path: ['wakeQueue answers', 'cancel comes in', 'enterState answers "canceling"', ...CLOSES_AS_CANCELED],
  });
  await record(rig, 'orchestration-canceled-in-its-row', {
    workflowID: byRow,
    path: ['look comes in', /^readControl .*"state":"canceling"/, 'enterState', ...CLOSES_AS_CANCELED],
  });
  await record(rig, 'orchestration-canceled-early', {
    workflowID: early,
    path: [/^recordOrchestration .*"state":"canceling"/, 'wakeQueue answers', ...CLOSES_AS_CANCELED],
  });
});

it('records planning that fails, and planning that is canceled', async () => {
  // The database can't hold this text.
  const fleet = new FleetInMemory(2, (index) => (index === 0 ? {} : { instanceID: 'a\0b' }));
  const rig = await Rig.start({ fleet });
  const failed = await rig.request();
  await rig.ends(failed);
  await record(rig, 'orchestration-planning-failed', {
    workflowID: failed,
    path: [
      'resolveTargets fails',
      /^closeOrchestration begins .*"failure":"Planning failed/,
      'run ends "failed"',
    ],
  });
  fleet.down.inventory = true;
  const canceled = await rig.request();
  await takes(rig, canceled, ['resolveTargets begins']);
  await rig.gateway.cancel(canceled, 'bob');
  await rig.ends(canceled);
  await record(rig, 'orchestration-planning-canceled', {
    workflowID: canceled,
    path: ['cancel comes in', 'resolveTargets is to be canceled', ...CLOSES_AS_CANCELED],
  });
  const plan = await rig.repositories.plans.record(aPlanRequest({ id: randomUUID() }));
  await rig.gateway.makePlan(plan.id, { wait: false });
  const workflowID = rolloutPlanWorkflowID(plan.id);
  await takes(rig, workflowID, ['makePlan begins']);
  await rig.client.workflow.getHandle(workflowID).cancel();
  const path = ['run is to be canceled', 'makePlan is to be canceled', 'run is canceled'];
  await takes(rig, workflowID, path);
  await record(rig, 'rollout-plan-canceled', { workflowID, path });
});

it('records a child that is canceled by hand while it sleeps, and one that executes', async () => {
  const fleet = new FleetInMemory(2, (index) => ({
    maintenanceWindow: index === 0 ? windowFromNow(-60, 7200) : windowFromNow(SOON, 3600),
  }));
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
  await rig.underWay(1);
  const [executing, asleep] = [childOf(fleet, 0), childOf(fleet, 1)];
  await takes(rig, asleep, [/^timer .* begins/]);
  for (const child of [executing, asleep]) await rig.client.workflow.getHandle(child).cancel();
  await takes(rig, id, ['child answers {"kind":"canceled"}']);
  fleet.endAll();
  await rig.ends(id);
  const asked = 'run is to be canceled';
  await record(rig, 'operation-canceled-asleep', {
    workflowID: asleep,
    path: [asked, /^timer .* is canceled/, 'cancelOperation answers', 'run ends {"kind":"canceled"}'],
  });
  await record(rig, 'operation-canceled-executing', {
    workflowID: executing,
    path: ['upgradeRuntime begins', asked, 'upgradeRuntime answers', 'run ends {"kind":"succeeded"}'],
  });
  await record(rig, 'orchestration-child-canceled', {
    workflowID: id,
    path: ['child answers {"kind":"canceled"}', 'child answers {"kind":"succeeded"}', 'run ends "failed"'],
  });
});

it('records a cancel over runs that continue as new', async () => {
  const fleet = new FleetInMemory(5);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 100 } });
  const id = await rig.request({ workers: 2 });
  await rig.underWay(2);
  await rig.gateway.cancel(id, 'bob');
  await rig.reaches(id, 'canceling');
  for (let runs = 1; runs === 1; runs = (await rig.runs(id)).length) await rig.gateway.look(id);
  fleet.endAll();
  await rig.ends(id);
  const [first, second] = await rig.runs(id);
  await record(rig, 'orchestration-canceled-first', {
    ...{ workflowID: id, runID: first },
    path: [
      ...['child begins', 'cancel comes in', 'release is sent', 'detach is sent', 'detach is delivered'],
      /^run continues as new .*"canceling":true/,
    ],
  });
  await record(rig, 'orchestration-canceled-second', {
    ...{ workflowID: id, runID: second },
    path: [/^run begins .*"canceling":true/, 'outcome comes in', 'outcome comes in', ...CLOSES_AS_CANCELED],
  });
});

/**
 * Writes the histories that the replay test replays: one of each workflow, with everything that it can meet; the files beside this one
 * have the others. Run by hand when a workflow learns something new (`npx vitest run --config vitest.record.config.ts`, with `-t` for one
 * of them); those of releases stay. A run that has not taken the path that it is recorded for is not written, and fails.
 */
import { it } from 'vitest';
import {
  operationWorkflowID,
  QUEUE_WORKFLOW_ID,
  rolloutPlanWorkflowID,
} from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';
import { childOf, record, takes } from './history.ts';

it('records an upgrade with a failure, a retry, and the queue', async () => {
  const fleet = new FleetInMemory(5);
  fleet.failing.add(fleet.runtimes[1]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2 });
  await rig.ends(id);
  await record(rig, 'orchestration-failed', {
    workflowID: id,
    path: ['turn comes in', 'resolveTargets answers', 'child answers {"kind":"failed"', 'run ends "failed"'],
  });
  await record(rig, 'operation-succeeded', {
    workflowID: childOf(fleet, 0),
    path: ['upgradeRuntime answers', 'run ends {"kind":"succeeded"'],
  });
  await record(rig, 'operation-failed', {
    workflowID: childOf(fleet, 1),
    path: ['upgradeRuntime fails', 'failOperation answers', 'run ends {"kind":"failed"'],
  });
  fleet.failing.clear();
  await rig.retry(id);
  await rig.reaches(id, 'succeeded');
  await rig.ends(id);
  await record(rig, 'orchestration-retry-run', {
    workflowID: id,
    path: [/^run begins .*"mode":"retry"/, 'failOvertaken', 'child begins', 'run ends "succeeded"'],
  });
  await rig.reconcile();
  for await (const { workflowId } of rig.client.workflow.list({
    query: "WorkflowType = 'reconcileWorkflow'",
  })) {
    await record(rig, 'reconcile', { workflowID: workflowId, path: ['reconcile answers', 'run ends'] });
  }
  fleet.autoEnd = false;
  const next = await rig.request();
  await rig.underWay(1);
  await rig.client.workflow.getHandle(next).terminate('to be seen by the queue');
  await rig.reaches(next, 'failed');
  fleet.autoEnd = true;
  await rig.ends(await rig.request());
  await record(rig, 'queue', {
    workflowID: QUEUE_WORKFLOW_ID,
    path: [
      'findHolders answers []',
      ...['turn is sent', 'watchOrchestration answers {"status":"COMPLETED"', 'readLine begins'],
      ...['turn is sent', 'watchOrchestration answers {"status":"TERMINATED"', 'settleOrchestration answers'],
      ...['readLine begins', 'turn is sent'],
    ],
  });
});

it('records a continue-as-new with children in flight, and a detached child', async () => {
  const fleet = new FleetInMemory(16);
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 80, pageSize: 5 } });
  fleet.autoEnd = false;
  const id = await rig.request({ workers: 3 });
  await rig.underWay(3);
  for (let runs = 1; runs === 1; runs = (await rig.runs(id)).length) await rig.gateway.look(id);
  fleet.autoEnd = true;
  await rig.ends(id);
  const runs = await rig.runs(id);
  await record(rig, 'orchestration-continued-first', {
    ...{ workflowID: id, runID: runs[0] },
    path: ['detach is sent', /^run continues as new .*"children":\[\{/],
  });
  await record(rig, 'orchestration-continued-second', {
    ...{ workflowID: id, runID: runs[1] },
    path: [/^run begins .*"children":\[\{/, 'outcome comes in', 'child begins'],
  });
  for (const { runtimeID } of fleet.runtimes) {
    const handle = rig.client.workflow.getHandle(operationWorkflowID(runtimeID));
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'detach')) {
      const path = ['detach comes in', 'outcome is sent', 'outcome is delivered', 'run ends'];
      await record(rig, 'operation-detached', { workflowID: operationWorkflowID(runtimeID), path });
      return;
    }
  }
  throw new Error('No child was detached');
});

it('records a cancel with sleepers', async () => {
  const fleet = new FleetInMemory(3, (index) => ({
    maintenanceWindow: index === 0 ? windowFromNow(-60, 7200) : windowFromNow(SOON, 3600),
  }));
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2, schedule: 'maintenanceWindow' });
  await rig.underWay(1);
  const sleeper = childOf(fleet, 1);
  await takes(rig, sleeper, [/^timer .* begins/]);
  await rig.client.workflow.getHandle(id).cancel();
  await takes(rig, id, ['child answers {"kind":"released"}']);
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-canceled', {
    workflowID: id,
    path: [
      ...['run is to be canceled', 'release is sent', 'child answers {"kind":"released"}'],
      ...['child answers {"kind":"succeeded"}', 'closeOrchestration answers "canceled"'],
      'run ends "canceled"',
    ],
  });
  await record(rig, 'operation-released', {
    workflowID: sleeper,
    path: [/^timer .* begins/, 'release comes in', /^timer .* is canceled/, 'run ends {"kind":"released"}'],
  });
});

it('records waves with a soak, a failure budget, a pause, and an approval by the signal command', async () => {
  const fleet = new FleetInMemory(4);
  fleet.autoEnd = false;
  const rig = await Rig.start({ fleet });
  const id = await rig.request({
    workers: 2,
    waves: [{ name: 'canary', count: 2, soakMinutes: 1 / 60, approval: { notByCreator: false } }],
    failureBudget: { max: 1, scope: 'all', onExceeded: 'pause', strict: false },
  });
  const isIn = (phase: string) => async (): Promise<boolean> =>
    (await rig.repositories.control.waves(id))[0]?.phase === phase;
  const command = (input: object): Promise<void> =>
    rig.client.workflow.getHandle(id).signal('command', input);
  await rig.underWay(2);
  fleet.failing.add(fleet.underWay[0]?.runtimeID ?? '');
  fleet.endAll();
  await until(isIn('asking'), { what: 'the first wave has soaked' });
  await command({ command: 'pause', by: 'jane', reason: 'errors in the logs' });
  await takes(rig, id, ['applyCommand', /^readControl .*"phase":"gate"/]);
  await command({ command: 'resume', by: 'jane' });
  await until(isIn('asking'), { what: 'it asks anew' });
  await command({ command: 'approve', number: 2, by: 'kim' });
  await rig.underWay(2);
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-waves', {
    workflowID: id,
    path: [
      ...[/^timer \(until wave canary has soaked .* fires/, /^readControl .*"phase":"asking"/],
      ...['command comes in {"command":"pause"', 'applyCommand', /^readControl .*"phase":"gate"/],
      ...['command comes in {"command":"resume"', 'applyCommand', /^readControl .*"phase":"asking"/],
      ...['command comes in {"command":"approve"', 'applyCommand', /^readControl .*"name":"rest"/],
      ...['child begins', /^readControl .*"phase":"passed"/, 'run ends'],
    ],
  });
});

it('records a plan that is made, and one that fails', async () => {
  const fleet = new FleetInMemory(2);
  const rig = await Rig.start({ fleet, tuning: { planAttempts: 2 } });
  fleet.down.inventory = true;
  const failed = await rig.plan();
  fleet.down.inventory = false;
  const made = await rig.plan();
  await record(rig, 'rollout-plan-failed', {
    workflowID: rolloutPlanWorkflowID(failed.id),
    path: ['makePlan fails', 'failPlan answers', 'run ends'],
  });
  await record(rig, 'rollout-plan-made', {
    workflowID: rolloutPlanWorkflowID(made.id),
    path: ['makePlan answers', 'run ends'],
  });
});

/**
 * Writes the histories that the replay test replays: one of each workflow, with everything that it can meet; record-rollout.ts and
 * record-stacks.ts have the others. Run by hand when a workflow learns something new (`npx vitest run --config
 * vitest.record.config.ts`, with `-t` for one of them); those of releases stay.
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
import { record } from './history.ts';

it('records an upgrade with a failure, a retry, and the queue', async () => {
  const fleet = new FleetInMemory(5);
  fleet.failing.add(fleet.runtimes[1]?.runtimeID ?? '');
  const rig = await Rig.start({ fleet });
  const id = await rig.request({ workers: 2 });
  await rig.ends(id);
  await record(rig, 'orchestration-failed', id);
  await record(rig, 'operation-succeeded', operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
  await record(rig, 'operation-failed', operationWorkflowID(fleet.runtimes[1]?.runtimeID ?? ''));
  fleet.failing.clear();
  await rig.retry(id);
  await rig.reaches(id, 'succeeded');
  await rig.ends(id);
  await record(rig, 'orchestration-retry-run', id);
  await rig.reconcile();
  for await (const { workflowId } of rig.client.workflow.list({
    query: "WorkflowType = 'reconcileWorkflow'",
  })) {
    await record(rig, 'reconcile', workflowId);
  }
  const next = await rig.request();
  await rig.client.workflow.getHandle(next).terminate('to be seen by the queue');
  await rig.ends(await rig.request());
  await record(rig, 'queue', QUEUE_WORKFLOW_ID);
});

it('records a continue-as-new with children in flight, and a detached child', async () => {
  const fleet = new FleetInMemory(16);
  const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 40, pageSize: 5 } });
  const id = await rig.request({ workers: 3 });
  await rig.ends(id);
  const runs = await rig.runs(id);
  await record(rig, 'orchestration-continued-first', id, runs[0]);
  await record(rig, 'orchestration-continued-second', id, runs[1]);
  for (const { runtimeID } of fleet.runtimes) {
    const handle = rig.client.workflow.getHandle(operationWorkflowID(runtimeID));
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'detach')) {
      await record(rig, 'operation-detached', operationWorkflowID(runtimeID));
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
  const sleeper = operationWorkflowID(fleet.runtimes[1]?.runtimeID ?? '');
  await until(
    async () => {
      try {
        const { events } = await rig.client.workflow.getHandle(sleeper).fetchHistory();
        return events?.some((event) => event.timerStartedEventAttributes);
      } catch {
        return false;
      }
    },
    { what: 'a child sleeps' },
  );
  await rig.client.workflow.getHandle(id).cancel();
  await rig.reaches(id, 'canceling');
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-canceled', id);
  await record(rig, 'operation-released', sleeper);
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
  await until(isIn('gate'), { what: 'the question is withdrawn' });
  await command({ command: 'resume', by: 'jane' });
  await until(isIn('asking'), { what: 'it asks anew' });
  await command({ command: 'approve', number: 2, by: 'kim' });
  await rig.underWay(2);
  fleet.endAll();
  await rig.ends(id);
  await record(rig, 'orchestration-waves', id);
});

it('records a plan that is made, and one that fails', async () => {
  const fleet = new FleetInMemory(2);
  const rig = await Rig.start({ fleet, tuning: { planAttempts: 2 } });
  fleet.down.inventory = true;
  const failed = await rig.plan();
  fleet.down.inventory = false;
  const made = await rig.plan();
  await record(rig, 'rollout-plan-failed', rolloutPlanWorkflowID(failed.id));
  await record(rig, 'rollout-plan-made', rolloutPlanWorkflowID(made.id));
});

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { operationWorkflow } from '../../src/workflows/index.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { TASK_QUEUE } from '../../src/workflows/contract/engine.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';
import { aPlan, AT, EXECUTION, placed } from '../support/rows.ts';

const waiting = (count: number): FleetInMemory => {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
};

describe('what is closed from outside', () => {
  it('a terminated child fails its operation with the reason, and the others go on', async () => {
    const fleet = waiting(3);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    await rig.client.workflow
      .getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''))
      .terminate('by hand');
    await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the operation has failed' });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('failed');
    const [lost] = await rig.operations(id);
    expect(lost).toMatchObject({ state: 'failed', failureCode: 'OPERATION_LOST' });
    expect(lost?.description).toContain('by hand');
    expect(await rig.statesOf(id)).toEqual({ failed: 1, succeeded: 2 });
  });

  it('a terminated child that had been detached is found by the sweep', async () => {
    const fleet = waiting(12);
    const rig = await Rig.start({ fleet, tuning: { continueAsNewAfterEvents: 40, sweepSeconds: 1 } });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    const victim = fleet.underWay[0]?.runtimeID ?? '';
    // The other slot works on until the orchestration has continued as new.
    await until(
      async () => {
        for (const upgrade of fleet.underWay) if (upgrade.runtimeID !== victim) fleet.end(upgrade);
        return (await rig.runs(id)).length > 1;
      },
      { what: 'the orchestration has continued as new' },
    );
    await rig.client.workflow.getHandle(operationWorkflowID(victim)).terminate('by hand');
    await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the operation has failed' });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ failed: 1, succeeded: 11 });
    const failed = (await rig.operations(id)).find(({ state }) => state === 'failed');
    expect(failed).toMatchObject({ runtimeID: victim, failureCode: 'OPERATION_LOST' });
    expect(failed?.description).toContain('by hand');
  });

  it('A5: a terminated orchestration is settled by the reconciler when no queue watches it, and sleepers are released', async () => {
    const fleet = new FleetInMemory(2, () => ({ maintenanceWindow: windowFromNow(SOON, 3600) }));
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    const sleeper = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
    await until(
      () =>
        sleeper.describe().then(
          () => true,
          () => false,
        ),
      { what: 'a child sleeps' },
    );
    await rig.client.workflow.getHandle('orchestration-queue').terminate('lost');
    await rig.client.workflow.getHandle(id).terminate('lost too');
    expect((await rig.reconcile())[0]).toContain(`orchestration ${id} failed`);
    expect(await rig.state(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ canceled: 2 });
    expect(await sleeper.result()).toEqual({ kind: 'released' });
    // Temporal's search shows the end of the child a moment later.
    await until(async () => (await rig.reconcile()).length === 0, { what: 'nothing is left to mend' });
  });

  it('what comes to wait after its orchestration was lost is canceled by the reconciler', async () => {
    const rig = await Rig.start();
    const { operations, orchestrations } = rig.repositories;
    const { id, operationIDs } = await aPlan(rig.repositories, 2);
    const [operationID = ''] = operationIDs;
    const change = { actor: 'drydock', reason: 'because', now: AT };
    await operations.claim(operationID, EXECUTION, AT);
    await operations.cancelWaiting(id, change);
    await orchestrations.transition(id, 'failed', change);
    const window = {
      begin: '2026-01-03T22:00:00.000000Z',
      latestStart: '2026-01-04T02:00:00.000000Z',
      end: '2026-01-04T02:00:00.000000Z',
    };
    await operations.reschedule(operationID, EXECUTION, placed(window), change);
    expect(await rig.statesOf(id)).toEqual({ pending: 1, canceled: 1 });
    expect(await rig.reconcile()).toEqual([
      expect.stringContaining(`orchestration ${id} has ended: 1 of its operations canceled`),
    ]);
    expect(await rig.statesOf(id)).toEqual({ canceled: 2 });
    expect(await rig.reconcile()).toEqual([]);
  });

  it('what waits is left to the workflow of its orchestration as long as that one runs', async () => {
    const fleet = waiting(2);
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await rig.underWay(1);
    // As somebody finds it who looks while it closes its row.
    const change = { actor: 'drydock', reason: 'because', now: AT };
    await rig.repositories.orchestrations.transition(id, 'failed', change);
    expect(await rig.reconcile()).toEqual([]);
    expect(await rig.statesOf(id)).toEqual({ 'in progress': 1, pending: 1 });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('failed');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2 });
  });

  it('a runtime that another workflow holds is waited for, while others go ahead', async () => {
    const fleet = new FleetInMemory(3);
    const rig = await Rig.start({ fleet });
    const holder = await rig.client.workflow.start(operationWorkflow, {
      workflowId: operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''),
      taskQueue: TASK_QUEUE,
      memo: { operationID: 'another', orchestrationID: 'somebody else' },
      args: [
        {
          orchestrationID: randomUUID(),
          operationID: randomUUID(),
          runtimeID: fleet.runtimes[0]?.runtimeID ?? '',
          shootName: 'c-0000',
          type: 'upgradeKyma',
          attempt: 1,
          dispatch: 1,
          dryRun: false,
          window: {
            begin: new Date(Date.now() + 3600_000).toISOString(),
            latestStart: new Date(Date.now() + 7200_000).toISOString(),
            end: new Date(Date.now() + 7200_000).toISOString(),
          },
        },
      ],
    });
    const id = await rig.request();
    await until(() => fleet.upgrades.length === 2, { what: 'the others are upgraded' });
    expect(fleet.order).toEqual(['c-0001', 'c-0002']);
    const [busy] = await rig.operations(id);
    expect(busy?.state).toBe('pending');
    expect(busy?.description).toContain('operation another of orchestration somebody else');
    await holder.terminate('makes room');
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.order).toEqual(['c-0001', 'c-0002', 'c-0000']);
  });

  it('a runtime that stays busy beyond the operation timeout fails its operation and names the holder', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 1 } });
    const window = {
      begin: new Date(Date.now() + 3600_000).toISOString(),
      latestStart: new Date(Date.now() + 7200_000).toISOString(),
      end: new Date(Date.now() + 7200_000).toISOString(),
    };
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    await rig.client.workflow.start(operationWorkflow, {
      workflowId: operationWorkflowID(runtimeID),
      taskQueue: TASK_QUEUE,
      memo: { operationID: 'another', orchestrationID: 'somebody else' },
      args: [
        {
          orchestrationID: randomUUID(),
          operationID: randomUUID(),
          runtimeID,
          shootName: 'c-0000',
          type: 'upgradeKyma',
          attempt: 1,
          dispatch: 1,
          dryRun: false,
          window,
        },
      ],
    });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    const [busy] = await rig.operations(id);
    expect(busy).toMatchObject({ failureCode: 'RUNTIME_BUSY' });
    expect(busy?.description).toContain('operation another of orchestration somebody else');
    expect(fleet.upgrades).toEqual([]);
  });
});

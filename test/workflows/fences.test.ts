import { describe, expect, it } from 'vitest';
import { createShortActivities, createUpgradeActivities } from '../../src/activities/index.ts';
import type { UpgradeInput } from '../../src/activities/upgrades/activity-types.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { operationWorkflowID, releaseSignal } from '../../src/workflows/contract/upgrades.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { gate } from '../support/gate.ts';
import { Rig, SOON, windowFromNow } from '../support/rig.ts';
import { aPlan, AT, EXECUTION, FIRST, placed, retried } from '../support/rows.ts';

/** The first execution of a plan's only operation, for the fleet's only runtime. */
function anUpgrade(orchestrationID: string, operationID = '', fleet: FleetInMemory): UpgradeInput {
  return {
    orchestrationID,
    operationID,
    ...FIRST,
    runtimeID: fleet.runtimes[0]?.runtimeID ?? '',
    shootName: 'c-0000',
    type: 'upgradeKyma',
    dryRun: false,
  };
}

describe('a look at a child that is gone', () => {
  it('fails nothing when the operation was given back and dispatched again meanwhile', async () => {
    const fleet = new FleetInMemory(1, () => ({ maintenanceWindow: windowFromNow(SOON, 3600) }));
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ schedule: 'maintenanceWindow' });
    const childID = operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? '');
    const inFlight = async () =>
      (await rig.client.workflow.getHandle(id).query<{ inFlight: { dispatch: number }[] }>('progress'))
        .inFlight;
    const started = async (runs: number) =>
      await until(async () => (await rig.runs(childID)).length === runs, {
        what: `${runs} children were started`,
      });
    await started(1);
    const stale = await inFlight();
    await rig.client.workflow.getHandle(childID).signal(releaseSignal);
    await started(2);
    expect(stale[0]?.dispatch).toBe(1);

    const { sweepChildren } = createShortActivities(rig.dependencies());
    const children = stale as Parameters<typeof sweepChildren>[0]['children'];
    await executeActivity(() => sweepChildren({ orchestrationID: id, children }));
    expect(await rig.statesOf(id)).toEqual({ pending: 1 });
    expect((await rig.client.workflow.getHandle(childID).describe()).status.name).toBe('RUNNING');
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
  });

  it('fails nothing when the operation has been given back for its next window meanwhile', async () => {
    const rig = await Rig.start();
    const { operations } = rig.repositories;
    const { id, operationIDs } = await aPlan(rig.repositories, 1);
    const [operationID = ''] = operationIDs;
    await operations.claim(operationID, EXECUTION, AT);
    const reading = gate(operations, 'listExecuting');
    const { findExecuting } = createShortActivities(rig.dependencies());
    const looked = executeActivity(() => findExecuting({ orchestrationID: id, after: -1, limit: 10 }));
    await until(() => reading.arrived() === 1, { what: 'it has been read as executing' });
    const window = {
      begin: '2026-01-03T22:00:00.000000Z',
      latestStart: '2026-01-04T02:00:00.000000Z',
      end: '2026-01-04T02:00:00.000000Z',
    };
    await operations.reschedule(operationID, EXECUTION, placed(window), {
      actor: 'drydock',
      reason: 'missed',
      now: AT,
    });
    reading.open();
    expect(await looked).toEqual({ children: [] });
    expect(await rig.statesOf(id)).toEqual({ pending: 1 });
  });
});

describe('the last look at an upgrade whose time is over', () => {
  it('recognises what an earlier attempt has started, although this one has sent nothing', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const { operations } = rig.repositories;
    const { id, operationIDs } = await aPlan(rig.repositories, 1);
    const input = { ...anUpgrade(id, operationIDs[0], fleet), attempt: 2, dispatch: 2, timeoutSeconds: 1 };
    const { operationID } = input;
    await operations.claim(operationID, EXECUTION, AT);
    await operations.fail(operationID, FIRST, { code: 'OPERATION_LOST', message: 'lost' }, AT);
    await retried(rig.repositories, id);
    await operations.claim(operationID, { attempt: 2, dispatch: 2, claim: 'the second attempt' }, AT);
    const config = { version: '2.20.5', components: [], configuration: [] };
    const accepted = await fleet.provisioner.upgradeRuntime(input.runtimeID, config);
    const late = { provisionerOperationID: accepted.id, description: 'too late', now: AT };
    await operations.recordAccepted(operationID, 1, late);
    fleet.endAll();
    const { judgeUpgrade } = createUpgradeActivities(rig.dependencies());
    expect(await executeActivity(() => judgeUpgrade(input))).toEqual({ kind: 'succeeded' });
    expect(fleet.upgrades).toHaveLength(1);
  });
});

describe('an execution whose window has closed', () => {
  const over = {
    begin: '2026-01-01T22:00:00.000000Z',
    latestStart: '2026-01-02T02:00:00.000000Z',
    end: '2026-01-02T02:00:00.000000Z',
  };

  it.each(['upgradeRuntime', 'judgeUpgrade'] as const)(
    'says that it missed it only when it has given its operation back: %s',
    async (activity) => {
      const fleet = new FleetInMemory(1);
      const rig = await Rig.start({ fleet });
      const { id, operationIDs } = await aPlan(rig.repositories, 1);
      const { operations } = rig.repositories;
      const input = { ...anUpgrade(id, operationIDs[0], fleet), window: over, timeoutSeconds: 1 };
      if (activity === 'judgeUpgrade') await operations.claim(input.operationID, EXECUTION, AT);
      const execution = createUpgradeActivities(rig.dependencies());
      const giveBack = operations.reschedule;
      const givingBack = gate(operations, 'reschedule', 'before');
      const first = executeActivity<unknown>(() => execution[activity](input)).catch(
        (error: unknown) => error,
      );
      await until(() => givingBack.arrived() === 1, { what: 'it is about to give the operation back' });
      await operations.claim(input.operationID, { ...FIRST, claim: 'another execution' }, AT);
      givingBack.open();
      expect(await first).toBeInstanceOf(UnavailableError);
      expect(await rig.statesOf(id)).toEqual({ 'in progress': 1 });

      operations.reschedule = giveBack;
      const { outcome } = await executeActivity(() => execution.upgradeRuntime(input));
      expect(outcome).toEqual({ kind: 'missed' });
      expect((await rig.operations(id))[0]).toMatchObject({ state: 'pending', dispatch: 2 });
    },
  );
});

describe('a request that the Provisioner refuses because another operation began just before', () => {
  it('leaves nothing by which an upgrade of somebody else could be taken for ours', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const { id, operationIDs } = await aPlan(rig.repositories, 1);
    const input = anUpgrade(id, operationIDs[0], fleet);
    const { upgradeRuntime } = fleet.provisioner;
    fleet.provisioner.upgradeRuntime = async (runtimeID, config, options) => {
      fleet.provisioner.upgradeRuntime = upgradeRuntime;
      await upgradeRuntime(runtimeID, { ...config, version: '9.9.9' });
      return await upgradeRuntime(runtimeID, config, options);
    };
    const execution = createUpgradeActivities(rig.dependencies());
    await expect(executeActivity(() => execution.upgradeRuntime(input))).rejects.toThrow(/is busy/);
    await expect(executeActivity(() => execution.upgradeRuntime(input))).rejects.toThrow(/is busy/);
    fleet.endAll();
    fleet.autoEnd = true;
    const { outcome } = await executeActivity(() => execution.upgradeRuntime(input));
    expect(outcome).toEqual({ kind: 'succeeded' });
    expect(fleet.upgrades).toHaveLength(2);
  });

  it('is followed when that one is an earlier request of ours that has arrived late', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const { id, operationIDs } = await aPlan(rig.repositories, 1);
    const input = anUpgrade(id, operationIDs[0], fleet);
    const { upgradeRuntime } = fleet.provisioner;
    const send = fleet.provisioner;
    send.upgradeRuntime = async (_runtimeID, _config, options) => {
      await options?.beforeSending?.();
      throw new UnavailableError('provisioner', 'no answer');
    };
    const execution = createUpgradeActivities(rig.dependencies());
    await expect(executeActivity(() => execution.upgradeRuntime(input))).rejects.toThrow('no answer');
    send.upgradeRuntime = async (runtimeID, config, options) => {
      send.upgradeRuntime = upgradeRuntime;
      await upgradeRuntime(runtimeID, config);
      return await upgradeRuntime(runtimeID, config, options);
    };
    await expect(executeActivity(() => execution.upgradeRuntime(input))).rejects.toThrow(/is busy/);
    const { outcome } = await executeActivity(() => execution.upgradeRuntime(input));
    expect(outcome).toEqual({ kind: 'succeeded' });
    expect(fleet.upgrades).toHaveLength(1);
  });
});

describe('a request to the Provisioner', () => {
  it('is not sent by an execution whose operation has ended meanwhile', async () => {
    const fleet = new FleetInMemory(1);
    const rig = await Rig.start({ fleet });
    const recording = gate(rig.repositories.operations, 'recordRequest', 'before');
    const id = await rig.request();
    await until(() => recording.arrived() === 1, { what: 'it is about to send' });
    await rig.client.workflow
      .getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''))
      .terminate('by hand');
    expect(await rig.ends(id)).toBe('failed');
    recording.open();
    // Ends when the execution has.
    await rig.stopWorkers();
    expect(fleet.upgrades).toEqual([]);
    expect((await rig.operations(id))[0]?.failureCode).toBe('OPERATION_LOST');
  });

  it('is sent once by two executions of the same child, wherever the first one is paused', async () => {
    for (const when of ['before', 'after'] as const) {
      const fleet = new FleetInMemory(1);
      const rig = await Rig.start({ fleet });
      const { id, operationIDs } = await aPlan(rig.repositories, 1);
      const input = anUpgrade(id, operationIDs[0], fleet);
      let now = Date.now();
      const { upgradeRuntime } = createUpgradeActivities({ ...rig.dependencies(), clock: () => now });
      const record = rig.repositories.operations.recordRequest;
      const recording = gate(rig.repositories.operations, 'recordRequest', when);
      const paused = executeActivity(() => upgradeRuntime(input)).catch((error: unknown) => error);
      await until(() => recording.arrived() === 1, { what: 'the first execution is about to send' });
      rig.repositories.operations.recordRequest = record;
      // Its heartbeats have stayed out: Temporal gives the activity to another worker.
      now += 60_000;
      const second = await executeActivity(() => upgradeRuntime(input));
      expect(second.outcome).toEqual({ kind: 'succeeded' });
      recording.open();
      expect(await paused).toBeInstanceOf(Error);
      expect(fleet.upgrades).toHaveLength(1);
      expect(await rig.statesOf(id)).toEqual({ succeeded: 1 });
    }
  });
});

import { describe, expect, it } from 'vitest';
import type { temporal } from '@temporalio/proto';
import { TemporalGateway } from '../../src/clients/upgrades/temporal-orchestrations.ts';
import { requestOf } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const waiting = (count: number): FleetInMemory => {
  const fleet = new FleetInMemory(count);
  fleet.autoEnd = false;
  return fleet;
};

/** Retries it; the next attempts have the time that they need. */
async function patiently(rig: Rig, id: string): Promise<void> {
  const { row } = await rig.retry(id, {}, false);
  await new TemporalGateway(rig.client).retry(requestOf(row));
}

/** An upgrade of the first runtime that somebody else has sent. */
async function ofSomebodyElse(fleet: FleetInMemory): Promise<void> {
  const config = { version: '9.9.9', components: [], configuration: [] };
  await fleet.provisioner.upgradeRuntime(fleet.runtimes[0]?.runtimeID ?? '', config);
}

/** Until the time of the upgrade of the first runtime is over. */
async function timeIsUp(rig: Rig): Promise<void> {
  const childID = operationWorkflowID(rig.fleet.runtimes[0]?.runtimeID ?? '');
  await until(async () => (await rig.runs(childID)).length > 0, { what: 'the child was started' });
  const child = rig.client.workflow.getHandle(childID);
  await until(
    async () =>
      (await child.fetchHistory()).events?.some(
        ({ activityTaskTimedOutEventAttributes, activityTaskFailedEventAttributes }) =>
          activityTaskTimedOutEventAttributes ?? activityTaskFailedEventAttributes,
      ),
    { what: 'the time of the upgrade is over' },
  );
}

describe('at the end of its time', () => {
  it.each([
    { became: 'Succeeded', state: 'succeeded', code: null, said: /^done$/ },
    { became: 'Failed', state: 'failed', code: 'UPGRADE_FAILED', said: /reports that the upgrade failed/ },
    {
      became: 'InProgress',
      state: 'failed',
      code: 'OPERATION_TIMEOUT',
      said: /within 3 seconds; at the last look: The Provisioner carries out the upgrade \(operation .+\)$/,
    },
  ])('an operation is judged by what the Provisioner says then: $became', async (expected) => {
    const { became, state, code, said } = expected;
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    await rig.underWay(1);
    await until(async () => (await rig.operations(id))[0]?.provisionerOperationID, {
      what: 'it is followed',
    });
    await rig.stopWorkers();
    if (became === 'Failed') fleet.failing.add(fleet.runtimes[0]?.runtimeID ?? '');
    if (became !== 'InProgress') fleet.endAll();
    await timeIsUp(rig);
    await rig.startWorkers();
    expect(await rig.ends(id)).toBe(state);
    const [operation] = await rig.operations(id);
    expect(operation).toMatchObject({ state, failureCode: code });
    expect(operation?.description).toMatch(said);
    expect(fleet.upgrades).toHaveLength(1);
  });

  it('an operation whose request was accepted and never answered is found at the Provisioner', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    fleet.afterAccept = () => {
      fleet.down.provisioner = true;
      throw new Error('the connection broke');
    };
    const id = await rig.request();
    await until(() => fleet.upgrades.length === 1, { what: 'the request was accepted' });
    await rig.stopWorkers();
    fleet.endAll();
    fleet.down.provisioner = false;
    await timeIsUp(rig);
    await rig.startWorkers();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(1);
  });

  it('a Provisioner that was away all the time has let it run out: nothing was sent', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 2 } });
    fleet.down.provisioner = true;
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    const [operation] = await rig.operations(id);
    expect(operation?.failureCode).toBe('OPERATION_TIMEOUT');
    expect(operation?.description).toMatch(/nothing was sent; .*The Provisioner does not answer/);
  });

  it('a Provisioner that does not answer then has let it run out, too', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    await until(async () => (await rig.operations(id))[0]?.provisionerOperationID, {
      what: 'it is followed',
    });
    fleet.down.provisioner = true;
    expect(await rig.ends(id)).toBe('failed');
    const [operation] = await rig.operations(id);
    expect(operation?.failureCode).toBe('OPERATION_TIMEOUT');
    expect(operation?.description).toMatch(/at the last look: The Provisioner does not answer/);
  });

  it('an operation that nobody has begun to execute begins, however long no worker was there', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 2 } });
    const { claim } = rig.repositories.operations;
    rig.repositories.operations.claim = () =>
      Promise.reject(new UnavailableError('database', 'The database does not answer'));
    const id = await rig.request();
    await timeIsUp(rig);
    rig.repositories.operations.claim = claim;
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
  });
});

describe('a cancel', () => {
  it('reaches an operation that nobody has begun to execute, although its time is over', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 4 } });
    const { claim } = rig.repositories.operations;
    let tried = 0;
    rig.repositories.operations.claim = () => {
      tried += 1;
      return Promise.reject(new UnavailableError('database', 'The database does not answer'));
    };
    const id = await rig.request();
    await until(() => tried > 0, { what: 'it is about to begin' });
    await rig.gateway.cancel(id, 'bob');
    const child = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
    const isRelease = ({ workflowExecutionSignaledEventAttributes: signal }: HistoryEvent): boolean =>
      signal?.signalName === 'release';
    await until(async () => (await child.fetchHistory()).events?.some(isRelease), { what: 'it is released' });
    await timeIsUp(rig);
    rig.repositories.operations.claim = claim;
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.statesOf(id)).toEqual({ canceled: 1 });
    expect(fleet.upgrades).toEqual([]);
  });
});

describe('a retry', () => {
  it('recognises an upgrade of an earlier attempt that has succeeded meanwhile', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    fleet.endAll();
    await patiently(rig, id);
    await rig.reaches(id, 'succeeded');
    expect(fleet.upgrades).toHaveLength(1);
    expect((await rig.operations(id))[0]).toMatchObject({ state: 'succeeded', attempt: 2 });
  });

  it('sends an upgrade of its own when somebody else has upgraded the runtime since', async () => {
    const fleet = waiting(1);
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    fleet.endAll();
    await ofSomebodyElse(fleet);
    fleet.endAll();
    fleet.autoEnd = true;
    await patiently(rig, id);
    await rig.reaches(id, 'succeeded');
    expect(fleet.upgrades).toHaveLength(3);
  });

  it('waits for an upgrade of somebody else after an attempt that was refused, and then sends its own', async () => {
    const fleet = waiting(1);
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    fleet.refused.add(runtimeID);
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    fleet.refused.clear();
    await ofSomebodyElse(fleet);
    await rig.retry(id);
    const begun = async (): Promise<boolean> => {
      const [row] = await rig.operations(id);
      return row?.attempt === 2 && row.state === 'in progress' && row.description !== 'Upgrade under way';
    };
    await until(begun, { what: 'the second attempt has looked at the runtime' });
    fleet.endAll();
    fleet.autoEnd = true;
    await rig.reaches(id, 'succeeded');
    expect(fleet.upgrades).toHaveLength(2);
  });

  it('follows an upgrade of an earlier attempt that is still under way, and sends again when that one fails', async () => {
    const fleet = waiting(1);
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    await patiently(rig, id);
    const followed = async (): Promise<boolean> => {
      const [row] = await rig.operations(id);
      return row?.attempt === 2 && row.provisionerOperationID !== null;
    };
    await until(followed, { what: 'the second attempt follows it' });
    fleet.failing.add(runtimeID);
    fleet.endAll();
    await until(async () => (await rig.operations(id))[0]?.failureCode === 'UPGRADE_FAILED', {
      what: 'the second attempt has failed',
    });
    expect(await rig.ends(id)).toBe('failed');
    expect(fleet.upgrades).toHaveLength(1);
    fleet.failing.clear();
    fleet.autoEnd = true;
    await patiently(rig, id);
    await rig.reaches(id, 'succeeded');
    expect(fleet.upgrades).toHaveLength(2);
  });
});

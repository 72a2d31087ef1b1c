import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { operationWorkflowID } from '../../src/workflows/contract/upgrades.ts';
import { atEndOfFile, until } from '../support/environment.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

describe('outages and crashes', () => {
  it('A5: workers that come back go on with what was under way, and upgrade nothing twice', async () => {
    const fleet = new FleetInMemory(10);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 4 });
    await rig.underWay(4);
    await rig.stopWorkers();
    fleet.endAll();
    await rig.startWorkers();
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(10);
    expect(fleet.mostAtOnce).toBe(4);
  });

  it('a request whose answer was lost is found again, not sent a second time', async () => {
    const fleet = new FleetInMemory(2);
    let lost = 0;
    fleet.afterAccept = () => {
      lost += 1;
      // The first upgrade even ends before anybody looks again.
      if (lost === 1) fleet.endAll();
      throw new Error('the connection broke');
    };
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(2);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 2 });
  });

  it('an upgrade that somebody else has started is waited for, and not taken for ours', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    await fleet.provisioner.upgradeRuntime(runtimeID, {
      version: '9.9.9',
      components: [],
      configuration: [],
    });
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await until(
      async () => (await rig.operations(id))[0]?.description.includes('busy with another operation'),
      { what: 'it waits for the other operation' },
    );
    expect(fleet.upgrades).toHaveLength(1);
    fleet.endAll();
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.upgrades).toHaveLength(2);
    expect((await rig.operations(id))[0]?.config?.kymaConfig?.version).toBe('2.20.5');
  });

  it('an upgrade that outlived its timeout is followed by the next attempt', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 6 } });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    await rig.retry(id);
    await until(
      async () => {
        const [row] = await rig.operations(id);
        return row?.attempt === 2 && row.provisionerOperationID === fleet.upgrades[0]?.operation.id;
      },
      { what: 'the second attempt follows what the first one has started' },
    );
    fleet.endAll();
    await rig.reaches(id, 'succeeded');
    expect(fleet.upgrades).toHaveLength(1);
  });

  it('a Provisioner that is away is waited for, and the operation says so', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await rig.underWay(1);
    fleet.down.provisioner = true;
    await until(async () => (await rig.operations(id))[0]?.description.startsWith('Trying again'), {
      what: 'the operation says that it tries again',
    });
    fleet.down.provisioner = false;
    await until(
      async () => (await rig.operations(id))[0]?.description.startsWith('The Provisioner carries out'),
      { what: 'the operation goes on' },
    );
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
  });

  it('an operation that the Provisioner no longer knows fails with that message', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request();
    await rig.underWay(1);
    fleet.upgrades.length = 0;
    expect(await rig.ends(id)).toBe('failed');
    const [operation] = await rig.operations(id);
    expect(operation).toMatchObject({ failureCode: 'OPERATION_UNKNOWN' });
    expect(operation?.description).toContain('does not know operation');
  });

  it('an upgrade that does not end fails after the operation timeout, counted from its execution', async () => {
    const fleet = new FleetInMemory(1);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet, tuning: { operationTimeoutSeconds: 3 } });
    const id = await rig.request();
    expect(await rig.ends(id)).toBe('failed');
    expect((await rig.operations(id))[0]).toMatchObject({
      failureCode: 'OPERATION_TIMEOUT',
      description: expect.stringContaining('3 seconds') as string,
    });
  });

  it('a database that is away is waited for: nothing is lost', async () => {
    const fleet = new FleetInMemory(6);
    fleet.autoEnd = false;
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    await rig.underWay(2);
    const name = new URL(rig.databaseURL).pathname.slice(1);
    const admin = postgres(new URL('/postgres', rig.databaseURL).href, { max: 1, onnotice: () => undefined });
    atEndOfFile(() => admin.end());
    await admin.unsafe(`alter database ${name} with allow_connections false`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    fleet.endAll();
    const child = rig.client.workflow.getHandle(operationWorkflowID(fleet.runtimes[0]?.runtimeID ?? ''));
    await until(
      async () => {
        const { raw } = await child.describe();
        return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.message?.includes('database'));
      },
      { what: 'the end of the upgrade could not be recorded' },
    );
    await admin.unsafe(`alter database ${name} with allow_connections true`);
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(await rig.statesOf(id)).toEqual({ succeeded: 6 });
    expect(fleet.upgrades).toHaveLength(6);
  });
});

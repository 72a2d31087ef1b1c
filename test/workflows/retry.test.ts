import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig, windowFromNow } from '../support/rig.ts';
import { until } from '../support/environment.ts';

describe('retry', () => {
  it('of a failed orchestration tries its failed operations again, in a new run that waits for its turn', async () => {
    const fleet = new FleetInMemory(4);
    const broken = [fleet.runtimes[1]?.runtimeID ?? '', fleet.runtimes[2]?.runtimeID ?? ''];
    for (const runtimeID of broken) fleet.failing.add(runtimeID);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 2 });
    expect(await rig.ends(id)).toBe('failed');
    fleet.failing.clear();
    fleet.autoEnd = false;
    await rig.retry(id);
    await rig.underWay(2);
    expect((await rig.repositories.orchestrations.find(id))?.description).toBe('Scheduled 4 operations');
    fleet.autoEnd = true;
    await rig.reaches(id, 'succeeded');
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.order.slice(4).sort()).toEqual(['c-0001', 'c-0002']);
    expect((await rig.operations(id)).map(({ state, attempt }) => [state, attempt])).toEqual([
      ['succeeded', 1],
      ['succeeded', 2],
      ['succeeded', 2],
      ['succeeded', 1],
    ]);
    expect(await rig.repositories.orchestrations.find(id)).toMatchObject({
      description: 'Scheduled 4 operations',
    });
    expect(await rig.log(id)).toEqual([
      'created',
      'pending>in progress',
      'planned',
      'in progress>failed',
      'failed>retrying',
      'retrying>in progress',
      'in progress>succeeded',
    ]);
  });

  it('takes only the operations that are named, and the same request only once', async () => {
    const fleet = new FleetInMemory(3);
    for (const { runtimeID } of fleet.runtimes) fleet.failing.add(runtimeID);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 3 });
    expect(await rig.ends(id)).toBe('failed');
    const second = (await rig.operations(id))[1];
    const request = { operationIDs: [second?.id ?? ''], requestID: randomUUID() };
    await rig.retry(id, request);
    await until(async () => (await rig.operations(id))[1]?.attempt === 2, { what: 'it is tried again' });
    expect(await rig.ends(id)).toBe('failed');
    await rig.retry(id, request);
    expect(await rig.ends(id)).toBe('failed');
    expect((await rig.operations(id)).map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
    expect(fleet.upgrades).toHaveLength(4);
    expect(await rig.state(id)).toBe('failed');
  });

  it('of an orchestration in progress is carried out by it', async () => {
    const fleet = new FleetInMemory(3);
    fleet.autoEnd = false;
    const first = fleet.runtimes[0]?.runtimeID ?? '';
    fleet.failing.add(first);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 1 });
    await rig.underWay(1);
    fleet.endAll();
    await until(() => fleet.upgrades.length === 2, { what: 'the second is under way' });
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.operations(id))[0]?.state === 'retrying', { what: 'it waits again' });
    fleet.autoEnd = true;
    expect(await rig.ends(id)).toBe('succeeded');
    expect(fleet.order).toEqual(['c-0000', 'c-0001', 'c-0000', 'c-0002']);
    expect(fleet.mostAtOnce).toBe(1);
    expect(await rig.runs(id)).toHaveLength(1);
  });

  it('goes before what waits for a window, which holds no slot and no lock', async () => {
    const fleet = new FleetInMemory(2, (index) => ({
      maintenanceWindow: index === 0 ? windowFromNow(-60, 7200) : windowFromNow(3 * 3600, 3600),
    }));
    const failing = fleet.runtimes[0]?.runtimeID ?? '';
    fleet.failing.add(failing);
    const rig = await Rig.start({ fleet });
    const id = await rig.request({ workers: 1, schedule: 'maintenanceWindow' });
    await until(async () => (await rig.statesOf(id))['failed'] === 1, { what: 'the first has failed' });
    fleet.failing.clear();
    await rig.retry(id);
    await until(async () => (await rig.statesOf(id))['succeeded'] === 1, { what: 'the first was upgraded' });
    const waiting = `runtime/${fleet.runtimes[1]?.runtimeID ?? ''}`;
    await rig.gateway.cancel(id, 'bob');
    expect(await rig.ends(id)).toBe('canceled');
    expect(await rig.runs(waiting)).toEqual([]);
    expect(await rig.statesOf(id)).toEqual({ succeeded: 1, canceled: 1 });
    expect(fleet.upgrades).toHaveLength(2);
  });

  it('that waits for its turn does not undo what another orchestration has upgraded meanwhile', async () => {
    const fleet = new FleetInMemory(2);
    const [one, other] = fleet.runtimes.map(({ runtimeID }) => ({ include: [{ runtimeID }] }));
    const runtimeID = fleet.runtimes[0]?.runtimeID ?? '';
    fleet.failing.add(runtimeID);
    const rig = await Rig.start({ fleet });
    const first = await rig.request({ targets: one });
    expect(await rig.ends(first)).toBe('failed');
    fleet.failing.clear();
    fleet.autoEnd = false;
    const holder = await rig.request({ targets: other });
    await rig.underWay(1);
    const newer = await rig.request({ targets: one });
    await rig.reaches(newer, 'pending');
    await rig.retry(first);
    await rig.reaches(first, 'retrying');
    fleet.autoEnd = true;
    expect(await rig.ends(holder)).toBe('succeeded');
    expect(await rig.ends(newer)).toBe('succeeded');
    expect(await rig.ends(first)).toBe('failed');
    expect(await rig.operations(first)).toMatchObject([{ state: 'failed', failureCode: 'OVERTAKEN' }]);
    expect(fleet.upgrades.filter((upgrade) => upgrade.runtimeID === runtimeID)).toHaveLength(2);
  });
});

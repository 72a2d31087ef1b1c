/**
 * The life of orchestrations as a caller leads it by REST: one after the other, cancel, retry, the same request
 * twice, windows.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/environment.ts';
import type { RuntimeRecord } from './landscape-admin.ts';
import { everything, type Operation } from './rest.ts';
import { startService, type Service } from './service.ts';

const FLEET = 12;
const WORKERS = 5;

let service: Service;
let fleet: RuntimeRecord[];

beforeAll(async () => {
  service = await startService({ fleetSize: FLEET, upgradeSeconds: 0.1 });
  fleet = await service.landscape.runtimes();
});

beforeEach(async () => {
  await service.settle();
});

function one(runtime: RuntimeRecord | undefined): object {
  return { targets: { include: [{ runtimeID: runtime?.runtimeID }] } };
}

/** How many operations are in each state. */
async function stats(id: string): Promise<Record<string, number>> {
  return (await service.rest.orchestration(id)).operationStats;
}

describe('the queue', () => {
  it('A6, A7, A45: of two requests at the same moment one waits until the other has ended', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const pair = await Promise.all([one(fleet[0]), one(fleet[1])].map((body) => service.rest.create(body)));
    const first = await until(
      async () => {
        const shown = await Promise.all(pair.map((id) => service.rest.orchestration(id)));
        return shown.find(({ state }) => state === 'in progress')?.orchestrationID;
      },
      { what: 'that one of them is in progress' },
    );
    const second = pair.find((id) => id !== first) ?? '';
    const [running] = await service.landscape.running(1);
    expect(await service.rest.orchestration(second)).toMatchObject({
      state: 'pending',
      description: 'queued for processing',
      operationStats: {},
    });
    expect(await service.rest.operations(second)).toEqual([]);
    await service.landscape.end(running?.operationID ?? '');
    await service.rest.reaches(first, 'succeeded');
    await service.rest.reaches(second, 'in progress');
    await service.landscape.running(1);
    await service.landscape.endAll();
    await service.rest.reaches(second, 'succeeded');
    expect((await service.landscape.concurrency()).maximum).toBe(1);
  });

  it('A15, A40, A44: one that is canceled while it waits never runs, and those behind it go on', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const first = await service.rest.create(one(fleet[0]));
    await service.landscape.running(1);
    const second = await service.rest.create(one(fleet[1]));
    const third = await service.rest.create(one(fleet[2]));
    await service.rest.cancel(second);
    expect(await service.rest.reaches(second, 'canceled')).toMatchObject({
      description: 'Orchestration was canceled',
      operationStats: {},
    });
    expect((await service.rest.orchestration(third)).state).toBe('pending');
    await service.landscape.setUpgrades({ hold: false });
    await service.landscape.endAll();
    await service.rest.reaches(first, 'succeeded');
    await service.rest.reaches(third, 'succeeded');
    const upgraded = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
    expect(upgraded).toEqual([fleet[0]?.runtimeID, fleet[2]?.runtimeID]);
    expect((await service.rest.orchestration(second)).state).toBe('canceled');
  });
});

describe('cancel', () => {
  it('A41 to A45: with five in flight: no more begin, the five go to their end, then the next in the queue runs', async () => {
    await service.landscape.setUpgrades({ hold: true });
    const id = await service.rest.create(everything(WORKERS));
    const next = await service.rest.create(one(fleet[FLEET - 1]));
    const running = await service.landscape.running(WORKERS);
    await service.rest.cancel(id);
    expect((await service.rest.orchestration(id)).state).toBe('canceling');
    // Again: nothing changes.
    await service.rest.cancel(id);
    for (const [ended, { operationID }] of running.slice(0, -1).entries()) {
      await service.landscape.end(operationID);
      await until(async () => (await stats(id))['succeeded'] === ended + 1, {
        what: 'that its end is recorded',
      });
      expect((await service.rest.orchestration(id)).state).toBe('canceling');
      expect((await service.rest.orchestration(next)).state).toBe('pending');
    }
    await service.landscape.end(running.at(-1)?.operationID ?? '', {
      result: 'Failed',
      message: 'out of memory',
    });
    expect(await service.rest.reaches(id, 'canceled')).toMatchObject({
      description: 'Orchestration was canceled',
      operationStats: { succeeded: WORKERS - 1, failed: 1, canceled: FLEET - WORKERS },
    });
    await service.rest.reaches(next, 'in progress');
    await service.landscape.running(1);
    await service.landscape.endAll();
    await service.rest.reaches(next, 'succeeded');
    const upgraded = (await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID);
    expect(upgraded).toEqual([...running.map(({ runtimeID }) => runtimeID), fleet[FLEET - 1]?.runtimeID]);
    // Canceled for good: a retry is refused, another cancel changes nothing.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const retried = await service.rest.request('POST', `/orchestrations/${id}/retry`, { headers, body: '' });
    expect(retried.status).toBe(409);
    await service.rest.cancel(id);
    expect((await service.rest.orchestration(id)).state).toBe('canceled');
  });
});

describe('retry', () => {
  /** An orchestration with three failed operations, whose runtimes would succeed the next time. */
  async function failed(): Promise<{ id: string; operations: Operation[] }> {
    const broken = [fleet[1], fleet[4], fleet[7]] as RuntimeRecord[];
    for (const { runtimeID } of broken)
      await service.landscape.setBehaviour(runtimeID, { fail: 'a node is gone' });
    const id = await service.rest.create(everything(WORKERS));
    await service.rest.reaches(id, 'failed');
    for (const { runtimeID } of broken) await service.landscape.setBehaviour(runtimeID, { fail: null });
    const operations = (await service.rest.operations(id)).filter(({ state }) => state === 'failed');
    expect(operations.map(({ runtimeID }) => runtimeID)).toEqual(broken.map(({ runtimeID }) => runtimeID));
    return { id, operations };
  }

  it('retries every failed operation under its own ID, and no other', async () => {
    const { id, operations } = await failed();
    expect(await service.rest.retry(id)).toMatchObject({
      orchestrationID: id,
      retryOperations: operations.map(({ operationID }) => operationID),
      oldOperations: null,
      invalidOperations: null,
    });
    await until(async () => (await service.rest.orchestration(id)).state === 'succeeded', {
      what: 'the end',
    });
    expect(await stats(id)).toEqual({ succeeded: FLEET });
    const attempts = (await service.rest.operations(id)).filter((operation) => operation.attempts === 2);
    expect(attempts.map(({ operationID }) => operationID)).toEqual(
      operations.map(({ operationID }) => operationID),
    );
    expect(await service.landscape.upgrades()).toHaveLength(FLEET + operations.length);
  });

  it('retries named operations alone; says which are not failed, not known, or overtaken by a newer one', async () => {
    const { id, operations } = await failed();
    const [named, overtaken, left] = operations as [Operation, Operation, Operation];
    await service.rest.reaches(await service.rest.create(one(runtimeOf(overtaken))), 'succeeded');
    const fine =
      (await service.rest.operations(id)).find(({ state }) => state === 'succeeded')?.operationID ?? '';
    const unknown = '11111111-2222-4333-8444-555555555555';
    expect(
      await service.rest.retry(id, [named.operationID, overtaken.operationID, fine, unknown, 'no ID']),
    ).toMatchObject({
      retryOperations: [named.operationID],
      oldOperations: [overtaken.operationID],
      invalidOperations: expect.arrayContaining([fine, unknown, 'no ID']) as string[],
    });
    await until(async () => (await service.rest.operation(id, named.operationID)).state === 'succeeded', {
      what: 'the end of the retried one',
    });
    await service.rest.reaches(id, 'failed');
    expect(await stats(id)).toEqual({ succeeded: FLEET - 2, failed: 2 });
    expect((await service.rest.operation(id, left.operationID)).attempts).toBe(1);
  });

  function runtimeOf(operation: Operation): RuntimeRecord | undefined {
    return fleet.find(({ runtimeID }) => runtimeID === operation.runtimeID);
  }
});

describe('the same request twice', () => {
  it('A21: at the same moment under one Idempotency-Key is one orchestration; another body is refused', async () => {
    const before = (await service.rest.orchestrations()).length;
    const key = { 'idempotency-key': 'monday-upgrade' };
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => service.rest.post('/upgrade/kyma', one(fleet[0]), key)),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    const [id, ...others] = new Set(
      answers.map(({ body }) => (body as { orchestrationID: string }).orchestrationID),
    );
    expect(others).toEqual([]);
    expect((await service.rest.post('/upgrade/kyma', one(fleet[1]), key)).status).toBe(422);
    expect((await service.rest.post('/upgrade/cluster', one(fleet[0]), key)).status).toBe(422);
    await service.rest.reaches(id ?? '', 'succeeded');
    const late = await service.rest.post('/upgrade/kyma', one(fleet[0]), key);
    expect(late.body).toEqual({ orchestrationID: id });
    expect(await service.rest.orchestrations()).toHaveLength(before + 1);
    expect(await service.landscape.upgrades()).toHaveLength(1);
  });
});

describe('maintenance windows', () => {
  const HOUR = 3_600_000;
  /** HHMMSS±ZZZZ in UTC. */
  const hhmmss = (at: number): string =>
    `${new Date(at).toISOString().slice(11, 19).replaceAll(':', '')}+0000`;
  const second = (time: string): number => Math.floor(Date.parse(time) / 1_000);
  const scheduled = {
    strategy: { type: 'parallel', schedule: 'maintenanceWindow', parallel: { workers: WORKERS } },
  };

  it('A35, A37: operations wait for the window of their runtime, are shown with it, and begin in it', async () => {
    const now = Date.now();
    const [open, later] = fleet as [RuntimeRecord, RuntimeRecord];
    const tonight = { begin: now + 6 * HOUR, end: now + 8 * HOUR };
    await service.landscape.setWindow(open.runtimeID, { begin: hhmmss(now - HOUR), end: hhmmss(now + HOUR) });
    await service.landscape.setWindow(later.runtimeID, {
      begin: hhmmss(tonight.begin),
      end: hhmmss(tonight.end),
    });
    const include = [open, later].map(({ runtimeID }) => ({ runtimeID }));
    const id = await service.rest.create({ targets: { include }, ...scheduled });
    await until(async () => (await stats(id))['succeeded'] === 1, { what: 'that the open window is used' });
    const [first, last] = (await service.rest.operations(id)) as [Operation, Operation];
    expect(first).toMatchObject({ runtimeID: open.runtimeID, state: 'succeeded' });
    expect(second(first.maintenanceWindowBegin)).toBe(second(new Date(now - HOUR).toISOString()));
    expect(second(first.maintenanceWindowEnd)).toBe(second(new Date(now + HOUR).toISOString()));
    expect(last).toMatchObject({ runtimeID: later.runtimeID, state: 'pending', startedAt: null });
    expect(second(last.maintenanceWindowBegin)).toBe(second(new Date(tonight.begin).toISOString()));
    expect(second(last.maintenanceWindowEnd)).toBe(second(new Date(tonight.end).toISOString()));
    expect((await service.landscape.upgrades()).map(({ runtimeID }) => runtimeID)).toEqual([open.runtimeID]);
    // A40: one that sleeps before its window is let go by a cancel.
    await service.rest.cancel(id);
    expect((await service.rest.reaches(id, 'canceled')).operationStats).toEqual({
      succeeded: 1,
      canceled: 1,
    });
  });

  it('A35: a window of a few seconds from now begins by itself', async () => {
    const { runtimeID } = fleet[0] as RuntimeRecord;
    const begin = Math.ceil(Date.now() / 1_000) * 1_000 + 4_000;
    await service.landscape.setWindow(runtimeID, { begin: hhmmss(begin), end: hhmmss(begin + HOUR) });
    const id = await service.rest.create({ targets: { include: [{ runtimeID }] }, ...scheduled });
    await service.rest.reaches(id, 'succeeded');
    const [upgrade] = await service.landscape.upgrades();
    expect(Date.parse(upgrade?.acceptedAt ?? '')).toBeGreaterThanOrEqual(begin);
  });

  it('A55: an immediate upgrade shows the daily window as times on 0000-01-01, also across midnight', async () => {
    const { runtimeID } = fleet[0] as RuntimeRecord;
    await service.landscape.setWindow(runtimeID, { begin: '233000+0130', end: '033000+0130' });
    const id = await service.rest.create({ targets: { include: [{ runtimeID }] }, dryRun: true });
    await service.rest.reaches(id, 'succeeded');
    expect((await service.rest.operations(id))[0]).toMatchObject({
      maintenanceWindowBegin: '0000-01-01T22:00:00Z',
      maintenanceWindowEnd: '0000-01-01T02:00:00Z',
    });
  });

  it('A3: a runtime whose window cannot be read is left out', async () => {
    const { runtimeID } = fleet[0] as RuntimeRecord;
    await service.landscape.setWindow(runtimeID, { begin: 'at night', end: 'in the morning' });
    const id = await service.rest.create({ targets: { include: [{ runtimeID }] }, dryRun: true });
    expect((await service.rest.reaches(id, 'succeeded')).description).toBe('Scheduled 0 operations');
  });
});

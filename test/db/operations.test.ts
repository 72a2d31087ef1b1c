import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase } from '../support/environment.ts';
import { aPlan, aRequest, aRuntime, AT, planned } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  const { url } = await createDatabase();
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});

const LATER = '2026-01-02T04:00:00.000000Z';
const change = { actor: 'alice', reason: 'because', now: LATER };
const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;

async function theOne(): Promise<{ id: string; operationID: string }> {
  const { id, operationIDs } = await aPlan(repositories, 1);
  return { id, operationID: operationIDs[0] ?? '' };
}
const find = async (id: string): Promise<NonNullable<Awaited<ReturnType<typeof one>>>> => {
  const row = await one(id);
  if (!row) throw new Error(`No operation ${id}`);
  return row;
};
const one = async (id: string) => (await repositories.operations.findMany([id]))[0];
const eventsOf = async (id: string, operationID: string): Promise<string[]> =>
  (await repositories.events.list(id, { operationID }, { page: 1, pageSize: 100 })).rows.map(
    ({ kind, fromState, toState }) => `${kind} ${fromState ?? ''}>${toState ?? ''}`,
  );

describe('planning', () => {
  it('writes each operation once, however often a batch is written', async () => {
    const request = aRequest();
    const id = request.orchestrationID;
    const orchestration = { id, type: request.type, dryRun: false };
    await repositories.orchestrations.record(request);
    const batch = [planned(0), planned(1)];
    expect(await repositories.operations.plan(orchestration, batch, AT)).toBe(false);
    await repositories.orchestrations.transition(id, 'in progress', change);
    expect(await repositories.operations.plan(orchestration, batch, AT)).toBe(true);
    expect(await repositories.operations.plan(orchestration, batch, LATER)).toBe(true);
    const { rows, total } = await repositories.operations.list(id, {}, { page: 1, pageSize: 10 });
    expect(total).toBe(2);
    expect(rows.map((row) => [row.id, row.createdAt, row.state, row.attempt])).toEqual(
      batch.map(({ operationID }) => [operationID, AT, 'pending', 1]),
    );
  });

  it('refuses to write into a canceled orchestration or a complete plan', async () => {
    const { id } = await aPlan(repositories, 1);
    const orchestration = { id, type: 'upgradeKyma', dryRun: false } as const;
    expect(await repositories.operations.plan(orchestration, [planned(1)], AT)).toBe(false);
    await repositories.operations.clearPlan(id);
    expect((await repositories.operations.list(id, {}, { page: 1, pageSize: 10 })).total).toBe(1);
  });

  it('starts over from an incomplete plan', async () => {
    const request = aRequest();
    const id = request.orchestrationID;
    await repositories.orchestrations.record(request);
    await repositories.orchestrations.transition(id, 'in progress', change);
    await repositories.operations.plan({ id, type: 'upgradeKyma', dryRun: false }, [planned(0)], AT);
    await repositories.operations.clearPlan(id);
    expect((await repositories.operations.list(id, {}, { page: 1, pageSize: 10 })).total).toBe(0);
  });

  it('is complete only when exactly the operations that were counted are there', async () => {
    const request = aRequest();
    const id = request.orchestrationID;
    const { operations, orchestrations } = repositories;
    await orchestrations.record(request);
    await orchestrations.transition(id, 'in progress', change);
    const orchestration = { id, type: 'upgradeKyma', dryRun: false } as const;
    const batch = Array.from({ length: 4 }, (_, position) => planned(position));
    const complete = (count: number): Promise<boolean> =>
      orchestrations.planned(id, { count, excluded: { counts: {}, sample: [] }, now: AT });
    // Another execution begins when half of the plan is written, and the first one goes on.
    await operations.plan(orchestration, batch.slice(0, 2), AT);
    await operations.clearPlan(id);
    await operations.plan(orchestration, batch.slice(2), AT);
    expect(await complete(4)).toBe(false);
    expect(await complete(2)).toBe(false);
    await operations.plan(orchestration, batch.slice(0, 2), AT);
    expect(await complete(4)).toBe(true);
    expect(await complete(4)).toBe(false);
  });

  it('is read in the order of windows and positions, by keyset, leaving out what is deferred', async () => {
    const request = aRequest();
    const id = request.orchestrationID;
    await repositories.orchestrations.record(request);
    await repositories.orchestrations.transition(id, 'in progress', change);
    const begins = [
      '2026-01-03T22:00:00Z',
      '2026-01-02T22:00:00Z',
      '2026-01-02T22:00:00Z',
      '2026-01-04T22:00:00Z',
    ];
    const batch = begins.map((begin, position) =>
      planned(position, aRuntime(), { dueAt: begin, window: { begin, end: '2026-01-05T02:00:00Z' } }),
    );
    await repositories.operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
    const read = (query: { after?: { dueAt: string; position: number }; limit: number; now?: string }) =>
      repositories.operations.readPlan(id, { now: AT, ...query });
    const first = await read({ limit: 2 });
    expect(first.items.map(({ position }) => position)).toEqual([1, 2]);
    expect(first.items[0]?.window).toEqual({
      begin: '2026-01-02T22:00:00.000000Z',
      end: '2026-01-05T02:00:00.000000Z',
    });
    const rest = await read({ limit: 2, after: first.items[1] });
    expect(rest.items.map(({ position }) => position)).toEqual([0, 3]);

    const deferred = batch[1]?.operationID ?? '';
    const since = await repositories.operations.defer(deferred, 1, LATER, { ...change, now: AT });
    expect(since).toBe(AT);
    const again = await repositories.operations.defer(deferred, 1, LATER, change);
    expect(again).toBe(AT);
    const without = await read({ limit: 10 });
    expect(without.items.map(({ position }) => position)).toEqual([2, 0, 3]);
    expect(without.nextNotBefore).toBe(LATER);
    expect((await read({ limit: 10, now: LATER })).items.map(({ position }) => position)).toEqual([
      1, 2, 0, 3,
    ]);
    expect(await eventsOf(id, deferred)).toEqual(['deferred pending>pending']);
  });
});

describe('an attempt', () => {
  it('is claimed by many at once, and stands claimed once in the log', async () => {
    const { id, operationID } = await theOne();
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => repositories.operations.claim(operationID, 1, LATER)),
    );
    expect(claims.map(({ kind }) => kind)).toEqual(Array(8).fill('claimed'));
    expect(await find(operationID)).toMatchObject({ state: 'in progress', startedAt: LATER });
    expect(await eventsOf(id, operationID)).toEqual(['state pending>in progress']);
  });

  it('of another number is refused', async () => {
    const { operationID } = await theOne();
    expect((await repositories.operations.claim(operationID, 2, LATER)).kind).toBe('refused');
    expect((await repositories.operations.claim(randomUUID(), 1, LATER)).kind).toBe('refused');
    expect((await find(operationID)).state).toBe('pending');
  });

  it('ends once: a later end changes nothing and learns the first one', async () => {
    const { id, operationID } = await theOne();
    await repositories.operations.claim(operationID, 1, LATER);
    const first = await repositories.operations.finish(
      operationID,
      1,
      { state: 'succeeded', description: 'ok' },
      LATER,
    );
    const late = { state: 'failed', description: 'x', code: 'OPERATION_TIMEOUT' } as const;
    const second = await repositories.operations.finish(operationID, 1, late, LATER);
    expect(second).toEqual(first);
    expect(await repositories.operations.fail(operationID, 1, failure, LATER)).toEqual(first);
    expect((await repositories.operations.claim(operationID, 1, LATER)).kind).toBe('finished');
    expect(await eventsOf(id, operationID)).toEqual([
      'state pending>in progress',
      'state in progress>succeeded',
    ]);
  });

  it('A57: keeps what it did for this attempt only, and the first baseline', async () => {
    const { operationID } = await theOne();
    const config = { clusterConfig: { kubernetesVersion: '1.30.1' } };
    const record = (attempt: number, baselineOperationID: string): Promise<void> =>
      repositories.operations.recordRequest(operationID, attempt, { config, baselineOperationID });
    await record(1, 'too early');
    expect((await find(operationID)).config).toBeNull();
    await repositories.operations.claim(operationID, 1, LATER);
    await record(2, 'of another attempt');
    expect((await find(operationID)).config).toBeNull();
    await record(1, '');
    await record(1, 'other');
    await repositories.operations.recordProvisionerOperation(operationID, 1, 'prov');
    expect(await find(operationID)).toMatchObject({
      config,
      baselineOperationID: '',
      provisionerOperationID: 'prov',
    });
  });

  it('is retried once for a request, and starts with a clean slate', async () => {
    const { id, operationID } = await theOne();
    await repositories.operations.claim(operationID, 1, LATER);
    await repositories.operations.recordRequest(operationID, 1, { config: {}, baselineOperationID: 'b' });
    await repositories.operations.fail(operationID, 1, failure, LATER);
    expect(await repositories.operations.retry(id, [operationID, 'not a uuid'], 'r1', change)).toBe(1);
    expect(await find(operationID)).toMatchObject({
      state: 'retrying',
      attempt: 2,
      failureCode: null,
      baselineOperationID: null,
      startedAt: null,
      finishedAt: null,
    });
    await repositories.operations.fail(operationID, 2, failure, LATER);
    expect(await repositories.operations.retry(id, [operationID], 'r1', change)).toBe(0);
    expect(await repositories.operations.retry(id, [operationID], 'r2', change)).toBe(1);
    expect((await repositories.operations.claim(operationID, 1, LATER)).kind).toBe('refused');
    expect((await repositories.operations.claim(operationID, 3, LATER)).kind).toBe('claimed');
  });

  it('moves into another window while it waits, or executes and has begun nothing', async () => {
    const { id, operationID } = await theOne();
    const window = { begin: '2026-01-03T22:00:00.000000Z', end: '2026-01-04T02:00:00.000000Z' };
    await repositories.operations.reschedule(operationID, 1, window, change);
    await repositories.operations.reschedule(operationID, 1, window, change);
    expect(await find(operationID)).toMatchObject({
      windowBegin: window.begin,
      windowEnd: window.end,
      dueAt: window.begin,
    });
    // One that executes gives its window back as long as it follows nothing at the Provisioner.
    await repositories.operations.claim(operationID, 1, LATER);
    const later = { begin: '2026-01-04T22:00:00.000000Z', end: '2026-01-05T02:00:00.000000Z' };
    await repositories.operations.reschedule(operationID, 2, later, change);
    expect((await find(operationID)).windowBegin).toBe(window.begin);
    await repositories.operations.reschedule(operationID, 1, later, change);
    expect(await find(operationID)).toMatchObject({
      state: 'pending',
      windowBegin: later.begin,
      startedAt: null,
    });
    await repositories.operations.claim(operationID, 1, LATER);
    await repositories.operations.recordProvisionerOperation(operationID, 1, 'prov');
    await repositories.operations.reschedule(operationID, 1, window, change);
    expect(await find(operationID)).toMatchObject({ state: 'in progress', windowBegin: later.begin });
    expect(await eventsOf(id, operationID)).toEqual([
      'rescheduled pending>pending',
      'state pending>in progress',
      'rescheduled in progress>pending',
      'state pending>in progress',
    ]);
  });
});

describe('cancel', () => {
  it('A42 A43: takes what waits, with an event each, and leaves what executes or has ended', async () => {
    const { id, operationIDs } = await aPlan(repositories, 5);
    const [executing = '', ended = ''] = operationIDs;
    await repositories.operations.claim(executing, 1, LATER);
    await repositories.operations.claim(ended, 1, LATER);
    await repositories.operations.fail(ended, 1, failure, LATER);
    expect(await repositories.operations.cancelWaiting(id, change)).toBe(3);
    expect(await repositories.operations.cancelWaiting(id, change)).toBe(0);
    const stats = await repositories.operations.stats([id, randomUUID()]);
    expect(stats.get(id)).toEqual({ 'in progress': 1, failed: 1, canceled: 3 });
    expect(stats.size).toBe(1);
    for (const operationID of operationIDs.slice(2)) {
      expect(await eventsOf(id, operationID)).toEqual(['state pending>canceled']);
      expect((await repositories.operations.claim(operationID, 1, LATER)).kind).toBe('refused');
    }
    await repositories.operations.cancelOne(executing, 1, change);
    expect((await find(executing)).state).toBe('in progress');
  });
});

describe('what is retried', () => {
  it('leaves out operations that did not fail, unknown ones, and runtimes with a newer operation of the type', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 4);
    const [superseded = '', failed = '', canceledSince = '', waiting = ''] = operationIDs;
    for (const operationID of [superseded, failed, canceledSince]) {
      await operations.fail(operationID, 1, failure, LATER);
    }
    const newer = aRequest({ createdAt: LATER });
    await repositories.orchestrations.record(newer);
    await repositories.orchestrations.transition(newer.orchestrationID, 'in progress', change);
    const runtimeOf = async (operationID: string): Promise<string> => (await find(operationID)).runtimeID;
    const batch = [
      planned(0, aRuntime({ runtimeID: await runtimeOf(superseded) })),
      planned(1, aRuntime({ runtimeID: await runtimeOf(canceledSince) })),
    ];
    await operations.plan({ id: newer.orchestrationID, type: 'upgradeKyma', dryRun: false }, batch, LATER);
    await operations.cancelOne(batch[1]?.operationID ?? '', 1, change);

    const retry = [failed, canceledSince];
    expect(await operations.selectForRetry(id, null)).toEqual({ retry, old: [superseded], invalid: [] });
    const unknown = randomUUID();
    expect(await operations.selectForRetry(id, [superseded, failed, failed, waiting, unknown, 'x'])).toEqual({
      retry: [failed],
      old: [superseded],
      invalid: [waiting, unknown, 'x'],
    });
  });
});

describe('lists of operations', () => {
  it('A53: page by position, and by state', async () => {
    const { id, operationIDs } = await aPlan(repositories, 25);
    for (const operationID of operationIDs.filter((_, index) => index % 2 === 0)) {
      await repositories.operations.fail(operationID, 1, failure, LATER);
    }
    const ids = async (states: ('failed' | 'pending')[] | undefined, page: number) => {
      const { rows, total } = await repositories.operations.list(id, { states }, { page, pageSize: 10 });
      return { total, positions: rows.map(({ position }) => position) };
    };
    expect(await ids(undefined, 3)).toEqual({ total: 25, positions: [20, 21, 22, 23, 24] });
    expect(await ids(undefined, 1e15)).toEqual({ total: 25, positions: [] });
    expect(await ids(['failed'], 2)).toEqual({ total: 13, positions: [20, 22, 24] });
    expect(await ids(['failed', 'pending'], 2)).toEqual({
      total: 25,
      positions: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    });
  });

  it('finds what executes, in one orchestration and in ended ones', async () => {
    const { operations, orchestrations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 3);
    for (const operationID of operationIDs.slice(0, 2)) await operations.claim(operationID, 1, LATER);
    expect((await operations.listExecuting(id, -1, 1)).map((row) => row.id)).toEqual([operationIDs[0]]);
    expect((await operations.listExecuting(id, 0, 10)).map((row) => row.id)).toEqual([operationIDs[1]]);
    const ofThis = async (): Promise<string[]> =>
      (await operations.listExecutingOfEnded('', 1000))
        .filter((row) => row.orchestrationID === id)
        .map((row) => row.id);
    expect(await ofThis()).toEqual([]);
    await orchestrations.transition(id, 'failed', change);
    expect((await ofThis()).sort()).toEqual(operationIDs.slice(0, 2).sort());
  });
});

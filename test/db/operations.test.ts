import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import {
  SEVERAL_VERSIONS,
  type SeenOperation,
  type PlanCursor,
} from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import { freshRepositories } from '../support/repositories.ts';
import {
  aPlan,
  aRequest,
  aRuntime,
  AT,
  BY_NO_POLICY,
  EXECUTION,
  FIRST,
  planned,
  placed,
  retried,
} from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
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
      orchestrations.planned(id, { count, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT });
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

  it('is read as far as it is due, those that must begin earliest first, by keyset, leaving out what is deferred', async () => {
    const request = aRequest();
    const id = request.orchestrationID;
    await repositories.orchestrations.record(request);
    await repositories.orchestrations.transition(id, 'in progress', change);
    const windows = [
      ['2026-01-02T22:00:00Z', '2026-01-03T03:00:00Z'],
      ['2026-01-02T22:00:00Z', '2026-01-03T01:00:00Z'],
      ['2026-01-02T22:00:00Z', '2026-01-03T01:00:00Z'],
      ['2026-01-02T21:00:00Z', '2026-01-03T05:00:00Z'],
      ['2026-01-02T23:00:00Z', '2026-01-03T00:00:00Z'],
    ] as const;
    const batch = windows.map(([begin, latestStart], position) => {
      const window = { begin, latestStart, end: '2026-01-03T06:00:00Z' };
      return planned(position, aRuntime(), { dueAt: begin, orderAt: latestStart, window });
    });
    await repositories.operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
    const read = (query: { after?: PlanCursor; limit: number; now?: string; dueBy?: string }) =>
      repositories.operations.readPlan(id, { now: AT, dueBy: '2026-01-02T22:00:00Z', wave: 0, ...query });
    const first = await read({ limit: 2 });
    expect(first.items.map(({ position }) => position)).toEqual([1, 2]);
    expect(first.items[0]?.window).toEqual({
      begin: '2026-01-02T22:00:00.000000Z',
      latestStart: '2026-01-03T01:00:00.000000Z',
      end: '2026-01-03T06:00:00.000000Z',
    });
    expect(first.nextDueAt).toBe('2026-01-02T23:00:00.000000Z');
    const rest = await read({ limit: 3, after: first.items[1] });
    expect(rest.items.map(({ position }) => position)).toEqual([0, 3]);
    const later = await read({ limit: 3, dueBy: '2026-01-02T23:00:00Z' });
    expect(later.items.map(({ position }) => position)).toEqual([4, 1, 2]);
    expect(later.nextDueAt).toBeUndefined();

    // Of those with the same latest start, who has missed more windows goes first.
    const second = batch[2]?.operationID ?? '';
    const window = { begin: windows[2][0], latestStart: windows[2][1], end: '2026-01-03T06:00:00Z' };
    await repositories.operations.reschedule(second, { ...FIRST, claim: null }, placed(window), change);
    const missed = await read({ limit: 2 });
    expect(missed.items.map(({ position, missed: times }) => [position, times])).toEqual([
      [2, 1],
      [1, 0],
    ]);
    expect((await read({ limit: 1, after: missed.items[0] })).items.map(({ position }) => position)).toEqual([
      1,
    ]);
    const overdue = async (now: string): Promise<number[]> =>
      (await repositories.operations.listOverdue(id, { wave: 0, now, limit: 10 }))
        .map(({ position }) => position)
        .sort();
    expect(await overdue('2026-01-02T23:59:59Z')).toEqual([]);
    expect(await overdue('2026-01-03T01:00:00Z')).toEqual([1, 2, 4]);
  });

  it('rolls what has missed its window in one statement, once', async () => {
    const id = randomUUID();
    await repositories.orchestrations.record(aRequest({ orchestrationID: id }));
    await repositories.orchestrations.transition(id, 'in progress', { ...change, now: AT });
    const over = {
      begin: '2026-01-01T22:00:00Z',
      latestStart: '2026-01-02T01:00:00Z',
      end: '2026-01-02T02:00:00Z',
    };
    const batch = [0, 1, 2, 3].map((position) =>
      planned(position, aRuntime(), { dueAt: over.begin, orderAt: over.latestStart, window: over }),
    );
    await repositories.operations.plan({ id, type: 'upgradeKyma', dryRun: false }, batch, AT);
    const ids = batch.map(({ operationID }) => operationID);
    const [moved = '', ended = '', claimed = '', givenBack = ''] = ids;
    const rows = await repositories.operations.listOverdue(id, { wave: 0, now: AT, limit: 10 });
    expect(rows.map((row) => row.id)).toEqual(ids);
    await repositories.operations.claim(claimed, EXECUTION, AT);
    await repositories.operations.giveBack(givenBack, FIRST);
    const window = {
      begin: '2026-01-02T22:00:00Z',
      latestStart: '2026-01-03T01:00:00Z',
      end: '2026-01-03T02:00:00Z',
    };
    const placing = {
      rows: rows.map((row) => ({
        row,
        replacement:
          row.id === ended
            ? ({ kind: 'ends', reason: 'no window is left' } as const)
            : ({ kind: 'moves', window, description: 'waits', reason: 'its window was over' } as const),
      })),
      version: 7,
    };
    const roll = () => repositories.operations.roll(placing, { actor: 'drydock', now: LATER });
    expect(await roll()).toBe(1);
    expect(await roll()).toBe(0);
    const found = new Map((await repositories.operations.findMany(ids)).map((row) => [row.id, row]));
    expect(found.get(moved)).toMatchObject({
      ...{ state: 'pending', missed: 1, dispatch: 2, freezesVersion: 7, description: 'waits' },
      ...{ windowBegin: '2026-01-02T22:00:00.000000Z', dueAt: '2026-01-02T22:00:00.000000Z' },
    });
    expect(found.get(ended)).toMatchObject({ state: 'canceled', failureCode: 'WINDOW_NOT_REACHED' });
    expect(found.get(claimed)).toMatchObject({ state: 'in progress', missed: 0 });
    expect(found.get(givenBack)).toMatchObject({ state: 'pending', missed: 0, dispatch: 2 });
    expect(await eventsOf(id, moved)).toEqual(['rescheduled pending>pending']);
    expect(await eventsOf(id, ended)).toEqual(['state pending>canceled']);
  });

  it('leaves out what is deferred, and says when it may be tried again', async () => {
    const { id, operationIDs } = await aPlan(repositories, 4);
    const read = (query: { limit: number; now?: string }) =>
      repositories.operations.readPlan(id, { now: AT, dueBy: LATER, wave: 0, ...query });
    const deferred = operationIDs[1] ?? '';
    const since = await repositories.operations.defer(deferred, FIRST, LATER, { ...change, now: AT });
    expect(since).toBe(AT);
    const again = await repositories.operations.defer(deferred, FIRST, LATER, change);
    expect(again).toBe(AT);
    const without = await read({ limit: 10 });
    expect(without.items.map(({ position }) => position)).toEqual([0, 2, 3]);
    expect(without.nextNotBefore).toBe(LATER);
    expect((await read({ limit: 10, now: LATER })).items.map(({ position }) => position)).toEqual([
      0, 1, 2, 3,
    ]);
    expect(await eventsOf(id, deferred)).toEqual(['deferred pending>pending']);
  });
});

describe('an attempt', () => {
  it('is claimed by many at once, and stands claimed once in the log', async () => {
    const { id, operationID } = await theOne();
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => repositories.operations.claim(operationID, EXECUTION, LATER)),
    );
    expect(claims.map(({ kind }) => kind)).toEqual(Array(8).fill('claimed'));
    expect(await find(operationID)).toMatchObject({ state: 'in progress', startedAt: LATER });
    expect(await eventsOf(id, operationID)).toEqual(['state pending>in progress']);
  });

  it('of another number is refused', async () => {
    const { operationID } = await theOne();
    expect((await repositories.operations.claim(operationID, { ...EXECUTION, attempt: 2 }, LATER)).kind).toBe(
      'refused',
    );
    expect((await repositories.operations.claim(randomUUID(), EXECUTION, LATER)).kind).toBe('refused');
    expect((await find(operationID)).state).toBe('pending');
  });

  it('ends once: a later end changes nothing and learns the first one', async () => {
    const { id, operationID } = await theOne();
    await repositories.operations.claim(operationID, EXECUTION, LATER);
    const first = await repositories.operations.finish(
      operationID,
      FIRST,
      { state: 'succeeded', description: 'ok' },
      LATER,
    );
    const late = { state: 'failed', description: 'x', code: 'OPERATION_TIMEOUT' } as const;
    const second = await repositories.operations.finish(operationID, FIRST, late, LATER);
    expect(second).toEqual(first);
    expect(await repositories.operations.fail(operationID, FIRST, failure, LATER)).toEqual(first);
    expect((await repositories.operations.claim(operationID, EXECUTION, LATER)).kind).toBe('finished');
    expect(await eventsOf(id, operationID)).toEqual([
      'state pending>in progress',
      'state in progress>succeeded',
    ]);
  });

  it('A57: keeps what it did for this attempt only, and the first baseline', async () => {
    const { operationID } = await theOne();
    const config = { clusterConfig: { kubernetesVersion: '1.30.1' } };
    const record = (changes: Partial<typeof EXECUTION>, baselineOperationID: string): Promise<boolean> =>
      repositories.operations.recordRequest(
        operationID,
        { ...EXECUTION, ...changes },
        { config, baselineOperationID },
      );
    expect(await record({}, 'too early')).toBe(false);
    expect((await find(operationID)).config).toBeNull();
    await repositories.operations.claim(operationID, EXECUTION, LATER);
    expect(await record({ attempt: 2 }, 'of another attempt')).toBe(false);
    expect(await record({ dispatch: 2 }, 'of another dispatch')).toBe(false);
    expect(await record({ claim: 'another' }, 'of another execution')).toBe(false);
    expect((await find(operationID)).config).toBeNull();
    expect(await record({}, '')).toBe(true);
    expect(await record({}, 'other')).toBe(true);
    const accepted = { provisionerOperationID: 'prov', description: 'under way', now: LATER };
    await repositories.operations.recordAccepted(operationID, 2, accepted);
    await repositories.operations.recordAccepted(operationID, 1, accepted);
    expect(await record({}, 'sent already')).toBe(false);
    expect(await find(operationID)).toMatchObject({
      config,
      baselineOperationID: '',
      provisionerOperationID: 'prov',
      description: 'under way',
    });
  });

  it('keeps which Secrets its requests were sent with, or that there were several', async () => {
    const { id, operationID } = await theOne();
    const { operations } = repositories;
    const record = async (seen: SeenOperation, sentSecrets: string | null) => {
      await operations.recordRequest(operationID, seen, { config: {}, baselineOperationID: '', sentSecrets });
      return (await find(operationID)).sentSecrets;
    };
    await operations.claim(operationID, EXECUTION, LATER);
    expect(await record(EXECUTION, 'one')).toBe('one');
    expect(await record(EXECUTION, 'one')).toBe('one');
    expect(await record(EXECUTION, 'other')).toBe(SEVERAL_VERSIONS);
    expect(await record(EXECUTION, null)).toBe(SEVERAL_VERSIONS);
    await operations.fail(operationID, FIRST, failure, LATER);
    await retried(repositories, id, [operationID], 'r1');
    // It may follow what the attempt before has sent.
    expect((await find(operationID)).sentSecrets).toBe(SEVERAL_VERSIONS);
    const second = { attempt: 2, dispatch: 2, claim: 'the second attempt' };
    await operations.claim(operationID, second, LATER);
    expect(await record(second, 'other')).toBe('other');
  });

  it('belongs to the execution that has claimed it last: no other one may send', async () => {
    const { id, operationID } = await theOne();
    const { operations } = repositories;
    const request = { config: {}, baselineOperationID: '' };
    const second = { ...EXECUTION, claim: 'the second execution' };
    await operations.claim(operationID, EXECUTION, LATER);
    expect(await operations.claim(operationID, second, LATER)).toMatchObject({
      kind: 'claimed',
      row: { claim: 'the second execution', startedAt: LATER },
    });
    expect(await operations.recordRequest(operationID, EXECUTION, request)).toBe(false);
    expect(await operations.recordRequest(operationID, second, request)).toBe(true);
    await operations.fail(operationID, FIRST, failure, LATER);
    expect(await operations.recordRequest(operationID, second, request)).toBe(false);
    expect(await eventsOf(id, operationID)).toEqual([
      'state pending>in progress',
      'state in progress>failed',
    ]);
  });

  it('is not failed by a look at what it was before', async () => {
    const { operationID } = await theOne();
    const { operations } = repositories;
    const waiting = await find(operationID);
    await operations.giveBack(operationID, FIRST);
    await operations.giveBack(operationID, FIRST);
    expect((await find(operationID)).dispatch).toBe(2);
    // Seen before it was given back, and before it was claimed.
    expect(await operations.fail(operationID, waiting, failure, LATER)).toMatchObject({ state: 'pending' });
    expect(await operations.claim(operationID, EXECUTION, LATER)).toEqual({ kind: 'given back' });
    const dispatched = await find(operationID);
    await operations.claim(operationID, { ...EXECUTION, dispatch: 2 }, LATER);
    expect(await operations.fail(operationID, dispatched, failure, LATER)).toMatchObject({
      state: 'in progress',
    });
    // Nobody takes it from who executes it.
    await operations.giveBack(operationID, { attempt: 1, dispatch: 2 });
    expect((await find(operationID)).dispatch).toBe(2);
    const executing = await find(operationID);
    expect(await operations.fail(operationID, executing, failure, LATER)).toMatchObject({ state: 'failed' });
  });

  it('keeps what the Provisioner has accepted for the next attempt, also when it had failed before', async () => {
    const { id, operationID } = await theOne();
    const { operations } = repositories;
    await operations.claim(operationID, EXECUTION, LATER);
    await operations.recordRequest(operationID, EXECUTION, { config: {}, baselineOperationID: 'b' });
    await operations.fail(operationID, FIRST, failure, LATER);
    const accepted = { provisionerOperationID: 'prov', description: 'too late', now: LATER };
    await operations.recordAccepted(operationID, 1, accepted);
    expect((await find(operationID)).description).toBe('it broke');
    for (const request of ['r1', 'r2']) {
      await retried(repositories, id, [operationID], request);
      const row = await find(operationID);
      expect(row).toMatchObject({ provisionerOperationID: null, earlierOperationID: 'prov' });
      await operations.fail(operationID, row, failure, LATER);
    }
  });

  it('learns what an earlier attempt is only now known to have started, unless it knows of a later one', async () => {
    const { id, operationID } = await theOne();
    const { operations } = repositories;
    const accepted = (attempt: number, provisionerOperationID: string): Promise<void> =>
      operations.recordAccepted(operationID, attempt, {
        provisionerOperationID,
        description: 'too late',
        now: LATER,
      });
    const failAndRetry = async (requestID: string): Promise<void> => {
      await operations.fail(operationID, await find(operationID), failure, LATER);
      await retried(repositories, id, [operationID], requestID);
    };
    await operations.claim(operationID, EXECUTION, LATER);
    await failAndRetry('r1');
    await accepted(1, 'first');
    expect(await find(operationID)).toMatchObject({
      state: 'retrying',
      description: 'Waits to be tried again',
      provisionerOperationID: null,
      earlierOperationID: 'first',
    });
    await failAndRetry('r2');
    await accepted(2, 'second');
    await accepted(1, 'first');
    expect(await find(operationID)).toMatchObject({ attempt: 3, earlierOperationID: 'second' });
  });

  it('that the Provisioner has refused leaves nothing to be recognised', async () => {
    const { operationID } = await theOne();
    const { operations } = repositories;
    await operations.claim(operationID, EXECUTION, LATER);
    await operations.recordRequest(operationID, EXECUTION, { config: {}, baselineOperationID: 'b' });
    await operations.fail(operationID, FIRST, { code: 'PROVISIONER_REFUSED', message: 'no' }, LATER);
    expect((await find(operationID)).baselineOperationID).toBeNull();
  });

  it('is retried once for a request, and starts with a clean slate', async () => {
    const { id, operationID } = await theOne();
    await repositories.operations.claim(operationID, EXECUTION, LATER);
    await repositories.operations.recordRequest(operationID, EXECUTION, {
      config: {},
      baselineOperationID: 'b',
    });
    await repositories.operations.fail(operationID, FIRST, failure, LATER);
    const [one, none] = [
      { retried: [operationID], old: [] },
      { retried: [], old: [] },
    ];
    expect(await retried(repositories, id, [operationID, 'not a uuid'], 'r1')).toEqual(one);
    expect(await find(operationID)).toMatchObject({
      state: 'retrying',
      attempt: 2,
      dispatch: 2,
      claim: null,
      failureCode: null,
      baselineOperationID: null,
      startedAt: null,
      finishedAt: null,
    });
    await repositories.operations.fail(operationID, { attempt: 2, dispatch: 2 }, failure, LATER);
    expect(await retried(repositories, id, [operationID], 'r1')).toEqual(none);
    expect(await retried(repositories, id, [operationID], 'r2')).toEqual(one);
    expect((await repositories.operations.claim(operationID, EXECUTION, LATER)).kind).toBe('refused');
    expect(
      (await repositories.operations.claim(operationID, { ...EXECUTION, attempt: 3, dispatch: 3 }, LATER))
        .kind,
    ).toBe('claimed');
  });

  it('moves into another window while it waits, or executes and has begun nothing', async () => {
    const { id, operationID } = await theOne();
    const window = {
      begin: '2026-01-03T22:00:00.000000Z',
      latestStart: '2026-01-04T02:00:00.000000Z',
      end: '2026-01-04T02:00:00.000000Z',
    };
    const waiting = await find(operationID);
    await repositories.operations.reschedule(operationID, waiting, placed(window), change);
    await repositories.operations.reschedule(operationID, waiting, placed(window), change);
    expect(await find(operationID)).toMatchObject({
      windowBegin: window.begin,
      windowEnd: window.end,
      dueAt: window.begin,
      dispatch: 2,
    });
    // An operation that executes gives its window back as long as it follows nothing at the Provisioner.
    const later = {
      begin: '2026-01-04T22:00:00.000000Z',
      latestStart: '2026-01-05T02:00:00.000000Z',
      end: '2026-01-05T02:00:00.000000Z',
    };
    const second = { ...EXECUTION, dispatch: 2 };
    await repositories.operations.claim(operationID, second, LATER);
    for (const other of [{ attempt: 2 }, { dispatch: 1 }, { claim: 'another execution' }]) {
      await repositories.operations.reschedule(operationID, { ...second, ...other }, placed(later), change);
      expect((await find(operationID)).windowBegin).toBe(window.begin);
    }
    await repositories.operations.reschedule(operationID, second, placed(later), change);
    expect(await find(operationID)).toMatchObject({
      state: 'pending',
      windowBegin: later.begin,
      startedAt: null,
      dispatch: 3,
      claim: null,
    });
    const third = { ...EXECUTION, dispatch: 3 };
    await repositories.operations.claim(operationID, third, LATER);
    const accepted = { provisionerOperationID: 'prov', description: 'under way', now: LATER };
    await repositories.operations.recordAccepted(operationID, 1, accepted);
    await repositories.operations.reschedule(operationID, third, placed(window), change);
    expect(await find(operationID)).toMatchObject({ state: 'in progress', windowBegin: later.begin });
    expect(await eventsOf(id, operationID)).toEqual([
      'rescheduled pending>pending',
      'state pending>in progress',
      'rescheduled in progress>pending',
      'state pending>in progress',
    ]);
  });

  it('forgets since when its runtime was busy, once it waits for something else', async () => {
    const { operationID } = await theOne();
    const window = {
      begin: '2026-01-03T22:00:00.000000Z',
      latestStart: '2026-01-04T02:00:00.000000Z',
      end: '2026-01-04T02:00:00.000000Z',
    };
    const unbusy = { busySince: null, notBefore: null };
    await repositories.operations.defer(operationID, FIRST, LATER, change);
    const busy = await find(operationID);
    expect(busy).toMatchObject({ busySince: change.now, notBefore: LATER });
    await repositories.operations.reschedule(operationID, busy, placed(window), change);
    expect(await find(operationID)).toMatchObject({ windowBegin: window.begin, ...unbusy });

    await repositories.operations.defer(operationID, FIRST, LATER, change);
    await repositories.operations.giveBack(operationID, await find(operationID));
    expect(await find(operationID)).toMatchObject(unbusy);
  });
});

describe('cancel', () => {
  it('A42 A43: takes what waits, with an event each, and leaves what executes or has ended', async () => {
    const { id, operationIDs } = await aPlan(repositories, 5);
    const [executing = '', ended = ''] = operationIDs;
    await repositories.operations.claim(executing, EXECUTION, LATER);
    await repositories.operations.claim(ended, EXECUTION, LATER);
    await repositories.operations.fail(ended, FIRST, failure, LATER);
    expect(await repositories.operations.cancelWaiting(id, change)).toBe(3);
    expect(await repositories.operations.cancelWaiting(id, change)).toBe(0);
    const stats = await repositories.operations.stats([id, randomUUID()]);
    expect(stats.get(id)).toEqual({ 'in progress': 1, failed: 1, canceled: 3 });
    expect(stats.size).toBe(1);
    for (const operationID of operationIDs.slice(2)) {
      expect(await eventsOf(id, operationID)).toEqual(['state pending>canceled']);
      expect((await repositories.operations.claim(operationID, EXECUTION, LATER)).kind).toBe('refused');
    }
    await repositories.operations.cancelOne(executing, FIRST, change);
    expect((await find(executing)).state).toBe('in progress');
  });
});

describe('what is retried', () => {
  it('leaves out operations that did not fail, unknown ones, and runtimes with a newer operation of the type', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 4);
    const [superseded = '', failed = '', canceledSince = '', waiting = ''] = operationIDs;
    for (const operationID of [superseded, failed, canceledSince]) {
      await operations.fail(operationID, FIRST, failure, LATER);
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
    await operations.cancelOne(batch[1]?.operationID ?? '', FIRST, change);

    const named = [superseded, failed, failed, waiting, randomUUID(), 'x'];
    expect(await retried(repositories, id, named)).toEqual({ retried: [failed], old: [superseded] });
    expect(await retried(repositories, id)).toEqual({ retried: [canceledSince], old: [superseded] });
    expect((await find(superseded)).state).toBe('failed');
  });
});

describe('a newer operation on the same runtime', () => {
  /** An orchestration of the runtime of one operation of a plan of one. */
  async function aNewerOneThan(operationID: string, dryRun: boolean): Promise<void> {
    const request = aRequest({ createdAt: LATER });
    const { orchestrationID: id, type } = request;
    await repositories.orchestrations.record(request);
    await repositories.orchestrations.transition(id, 'in progress', change);
    const { runtimeID } = await find(operationID);
    await repositories.operations.plan({ id, type, dryRun }, [planned(0, aRuntime({ runtimeID }))], LATER);
  }

  it('keeps what waits from being executed, whether it was retried or never begun', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 3);
    const [tried = '', neverBegun = '', alone = ''] = operationIDs;
    await operations.fail(tried, FIRST, failure, LATER);
    await retried(repositories, id);
    for (const operationID of [tried, neverBegun]) await aNewerOneThan(operationID, false);
    expect(await operations.failOvertaken(id, change)).toBe(2);
    for (const operationID of [tried, neverBegun]) {
      expect(await find(operationID)).toMatchObject({ state: 'failed', failureCode: 'OVERTAKEN' });
    }
    expect((await find(alone)).state).toBe('pending');
  });

  it.each([
    { old: 'an upgrade', newer: 'a dry run', overtaken: false },
    { old: 'a dry run', newer: 'a dry run', overtaken: true },
    { old: 'a dry run', newer: 'an upgrade', overtaken: true },
  ])('$newer after $old: overtaken $overtaken', async ({ old, newer, overtaken }) => {
    const request = aRequest();
    request.parameters.dryRun = old === 'a dry run';
    const { id, operationIDs } = await aPlan(repositories, 1, request);
    const [operationID = ''] = operationIDs;
    await repositories.operations.fail(operationID, FIRST, failure, LATER);
    await aNewerOneThan(operationID, newer === 'a dry run');
    const [again, old_] = overtaken ? [[], [operationID]] : [[operationID], []];
    expect(await retried(repositories, id)).toEqual({ retried: again, old: old_ });
  });
});

describe('lists of operations', () => {
  it('A53: page by position, and by state', async () => {
    const { id, operationIDs } = await aPlan(repositories, 25);
    for (const operationID of operationIDs.filter((_, index) => index % 2 === 0)) {
      await repositories.operations.fail(operationID, FIRST, failure, LATER);
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
    for (const operationID of operationIDs.slice(0, 2)) await operations.claim(operationID, EXECUTION, LATER);
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

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type MadePlan, type Repositories } from '../../src/db/repositories/index.ts';
import type { ExcludedShoot } from '../../src/domain/upgrades/runtime.ts';
import { atEndOfFile, createDatabase } from '../support/environment.ts';
import { aPlanRequest, aRequest, aRuntime, AT, BY_NO_POLICY, planned } from '../support/rows.ts';

const PAGE = { page: 1, pageSize: 100 };
const CHANGE = { actor: 'test', reason: 'its turn', now: AT };

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

async function freshRepositories(): Promise<Repositories> {
  const { url } = await createDatabase();
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  return createRepositories(database);
}

const at = (second: number): string => `2026-02-01T00:00:${String(second).padStart(2, '0')}.000000Z`;

function made(count: number, changes: Partial<MadePlan> = {}): MadePlan {
  const definition = '{"days":["Mon"]}';
  return {
    operations: Array.from({ length: count }, (_, index) => ({
      runtime: aRuntime({ runtimeID: `r${index}`, shootName: `c-${index}` }),
      window: { begin: at(1), latestStart: at(2), end: at(3) },
      source: { kind: 'rule', index: 2 },
      definition,
      wave: index,
      ...(index === 0 && { projected: { begin: at(1), end: at(4) } }),
    })),
    leftOut: [],
    notSelected: [],
    planHash: 'a'.repeat(64),
    rulesHash: 'b'.repeat(64),
    policyVersion: 3,
    windowsUntil: at(59),
    summary: {
      total: count,
      byPlan: { entries: [], rest: 0 },
      byRegion: { entries: [], rest: 0 },
      byZone: { entries: [], rest: 0 },
      byWave: [
        { name: 'canary', size: 1, matched: count, drawn: 1 },
        { name: 'rest', size: count - 1, matched: count },
      ],
      leftOut: {},
      notSelected: 0,
      runtimesRead: count,
      projection: null,
    },
    madeAt: at(5),
    ...changes,
  };
}

describe('a plan', () => {
  it('is recorded once, made once, and not failed after that', async () => {
    const { plans } = repositories;
    const request = aPlanRequest();
    const row = await plans.record(request);
    expect(row).toMatchObject({ ...request, state: 'making', madeAt: null, planHash: null });
    expect(await plans.record({ ...request, createdBy: 'bob' })).toEqual(row);
    expect(await plans.findByHash('a'.repeat(64))).toBeUndefined();
    const answers = await Promise.all([1, 2, 3].map(() => plans.complete(request.id, made(2))));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await plans.fail(request.id, 'too late')).toBe(false);
    const { operations: _, leftOut: __, notSelected: ___, ...stored } = made(2);
    expect(await plans.find(request.id)).toMatchObject({ ...stored, state: 'made', failure: null });
    const { rows, total } = await plans.listOperations(request.id, { page: 1, pageSize: 1 });
    expect(total).toBe(2);
    expect(rows).toMatchObject([
      {
        position: 0,
        runtimeID: 'r0',
        windowBegin: at(1),
        latestStart: at(2),
        windowEnd: at(3),
        projectedBegin: at(1),
        projectedEnd: at(4),
        source: { kind: 'rule', index: 2 },
        wave: 0,
      },
    ]);
    expect((await plans.listOperations(request.id, { page: 2, pageSize: 1 })).rows).toMatchObject([
      { position: 1, projectedBegin: null, runtime: { shootName: 'c-1', region: 'westeurope' } },
    ]);
    expect(await plans.findOperation(request.id, 'r1')).toMatchObject({ position: 1 });
    expect(await plans.findOperation(request.id, 'r2')).toBeUndefined();
    expect(await plans.readCompared(request.id)).toEqual([
      { runtimeID: 'r0', shootName: 'c-0', definition: '{"days":["Mon"]}', wave: 0 },
      { runtimeID: 'r1', shootName: 'c-1', definition: '{"days":["Mon"]}', wave: 1 },
    ]);
    expect((await plans.find('x'))?.id).toBeUndefined();
  });

  it('is not half there when writing it fails in the middle', async () => {
    const { plans } = repositories;
    const { id } = await plans.record(aPlanRequest());
    const { operations } = made(2_500);
    const [first] = operations;
    if (!first) throw new Error('There is no operation');
    const leftOut: ExcludedShoot[] = [{ shootName: 's', reason: 'hibernated' }];
    await expect(
      plans.complete(id, made(0, { operations: [...operations, first], leftOut })),
    ).rejects.toThrow(/rollout_plan_operations_runtime/);
    expect((await plans.find(id))?.state).toBe('making');
    expect((await plans.listOperations(id, PAGE)).total).toBe(0);
    expect(await plans.complete(id, made(0, { operations, leftOut }))).toBe(true);
    expect((await plans.listOperations(id, PAGE)).total).toBe(2_500);
    expect((await plans.listLeftOut(id, {}, PAGE)).total).toBe(1);
  });

  it('that has failed says why, and is not made any more', async () => {
    const { plans } = repositories;
    const { id } = await plans.record(aPlanRequest());
    expect(await plans.fail(id, 'The inventory does not answer')).toBe(true);
    expect(await plans.complete(id, made(1, { planHash: 'c'.repeat(64) }))).toBe(false);
    expect(await plans.find(id)).toMatchObject({ state: 'failed', failure: 'The inventory does not answer' });
    expect(await plans.findByHash('c'.repeat(64))).toBeUndefined();
  });

  it('is found by its hash, the one that was made last', async () => {
    const { plans } = repositories;
    const planHash = 'd'.repeat(64);
    const ids: string[] = [];
    for (const second of [7, 9, 8]) {
      const { id } = await plans.record(aPlanRequest());
      await plans.complete(id, made(0, { planHash, madeAt: at(second) }));
      ids.push(id);
    }
    expect((await plans.findByHash(planHash))?.id).toBe(ids[1]);
  });

  it('tells who is not in it, and why', async () => {
    const { plans } = repositories;
    const { id } = await plans.record(aPlanRequest());
    const leftOut: ExcludedShoot[] = [
      { shootName: 'twin', runtimeID: 'r', reason: 'runtime ID of another Shoot' },
      { shootName: 'none', reason: 'no runtime ID' },
      { shootName: 'cold', runtimeID: 'r', reason: 'hibernated' },
      { shootName: 'ice', runtimeID: 's', reason: 'hibernated' },
    ];
    await plans.complete(id, made(1, { leftOut, notSelected: ['n', "o'{"] }));
    expect((await plans.listLeftOut(id, {}, { page: 2, pageSize: 3 })).rows).toMatchObject([
      { shootName: 'ice' },
    ]);
    const cold = await plans.listLeftOut(id, { reason: 'hibernated' }, PAGE);
    expect([cold.total, cold.rows.map(({ shootName }) => shootName)]).toEqual([2, ['cold', 'ice']]);
    expect(await plans.countLeftOut(id)).toEqual({
      hibernated: 2,
      'no runtime ID': 1,
      'runtime ID of another Shoot': 1,
    });
    expect(await plans.findLeftOut(id, 'r')).toEqual({
      shootName: 'cold',
      runtimeID: 'r',
      reason: 'hibernated',
    });
    expect(await plans.findLeftOut(id, 'r0')).toBeUndefined();
    expect(await Promise.all(['n', "o'{", 'r'].map((one) => plans.isUnselected(id, one)))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

it('finds a whole name or runtime ID before all of which it is a part', async () => {
  const { plans } = repositories;
  const { id } = await plans.record(aPlanRequest());
  const leftOut = Array.from({ length: 250 }, (_, index): ExcludedShoot => {
    const shootName = index === 249 ? 'c-7' : `c-7${index}`;
    return { shootName, ...(index % 2 === 0 && { runtimeID: `r-${shootName}` }), reason: 'no runtime ID' };
  });
  leftOut.push({ shootName: 'sea', runtimeID: 'r-c-7', reason: 'hibernated' });
  await plans.complete(id, made(1, { leftOut }));
  const named = async (search: string): Promise<string[]> =>
    (await plans.listLeftOut(id, { search }, { page: 1, pageSize: 3 })).rows.map(
      ({ shootName }) => shootName,
    );
  expect(await named('c-7')).toEqual(['c-7', 'c-70', 'c-71']);
  expect(await named('R-C-7')).toEqual(['sea', 'c-70', 'c-72']);
  expect(await named('7')).toEqual(['c-70', 'c-71', 'c-72']);
  const { rows, total } = await plans.listLeftOut(id, { search: 'c-7' }, { page: 84, pageSize: 3 });
  expect([rows.length, total]).toEqual([2, 251]);
});

describe('of all plans', () => {
  it('those that have failed go before any that was made', async () => {
    const { plans } = await freshRepositories();
    const { id } = await plans.record(aPlanRequest({ createdAt: at(0) }));
    await plans.complete(id, made(1));
    for (let second = 1; second <= 25; second++) {
      const failed = await plans.record(aPlanRequest({ createdAt: at(second) }));
      await plans.fail(failed.id, 'the inventory does not answer');
    }
    expect((await plans.find(id))?.state).toBe('made');
  });

  it('the newest twenty are kept, and those that are being made or waited with', async () => {
    const { plans, orchestrations } = await freshRepositories();
    const ids: string[] = [];
    const record = async (second: number, changes: Partial<MadePlan> | null = {}): Promise<string> => {
      const { id } = await plans.record(aPlanRequest({ createdAt: at(second) }));
      if (changes) await plans.complete(id, made(1, { notSelected: ['n'], leftOut: [aLeftOut], ...changes }));
      ids.push(id);
      return id;
    };
    const aLeftOut: ExcludedShoot = { shootName: 's', reason: 'hibernated' };
    const making = await record(0, null);
    const waitedWith = await record(1);
    const plannedWith = await record(2);
    const canceledWith = await record(3);
    const request = (planID: string) => aRequest({ planID });
    await orchestrations.record(request(waitedWith));
    const planned0 = await orchestrations.record(request(plannedWith));
    await orchestrations.transition(planned0.id, 'in progress', CHANGE);
    await repositories.operations.clearPlan(planned0.id);
    const plan = { count: 0, leftOut: {}, notSelected: 0, ...BY_NO_POLICY, now: AT };
    expect(await orchestrations.planned(planned0.id, plan)).toBe(true);
    const canceled = await orchestrations.record(request(canceledWith));
    await orchestrations.transition(canceled.id, 'canceled', CHANGE);
    for (let second = 10; second < 29; second++) await record(second);
    const kept = async (): Promise<string[]> => {
      const rows = await Promise.all(ids.map((id) => plans.find(id)));
      return rows.flatMap((row) => (row ? [row.id] : []));
    };
    // 23 in all: of the three that go, one is waited with, and one is being made.
    const withoutOne = ids.filter((id) => id !== plannedWith);
    expect(await kept()).toEqual(withoutOne);
    const last = await record(30);
    expect(await kept()).toEqual([making, waitedWith, ...ids.slice(4)]);
    expect(ids.slice(4)).toHaveLength(20);
    for (const gone of [plannedWith, canceledWith]) {
      expect((await plans.listOperations(gone, PAGE)).total).toBe(0);
      expect((await plans.listLeftOut(gone, {}, PAGE)).total).toBe(0);
      expect(await plans.isUnselected(gone, 'n')).toBe(false);
    }
    expect(await plans.isUnselected(last, 'n')).toBe(true);
    expect((await orchestrations.find(planned0.id))?.planID).toBe(plannedWith);
  });

  it('one that nobody has made in a day goes like the others', async () => {
    const { plans } = await freshRepositories();
    const { id } = await plans.record(aPlanRequest({ createdAt: '2026-01-01T00:00:00.000000Z' }));
    for (let second = 0; second < 20; second++) await plans.record(aPlanRequest({ createdAt: at(second) }));
    expect(await plans.find(id)).toBeUndefined();
  });
});

describe('the plan of an orchestration', () => {
  const changes = {
    added: { count: 1, first: [{ shootName: 's', runtimeID: 'r' }] },
    gone: { count: 0, first: [] },
    moved: { count: 0, first: [] },
    rulesChanged: false,
  };
  const leftOut: ExcludedShoot[] = Array.from({ length: 3 }, (_, index) => ({
    shootName: `s-${index}`,
    runtimeID: `r-${index}`,
    reason: 'hibernated',
  }));

  async function inProgress(): Promise<string> {
    const { id } = await repositories.orchestrations.record(aRequest());
    await repositories.orchestrations.transition(id, 'in progress', CHANGE);
    return id;
  }

  it('is complete only with exactly the Shoots and runtimes that are not in it', async () => {
    const { operations, orchestrations, plans } = repositories;
    const id = await inProgress();
    const plan = { count: 0, leftOut: { hibernated: 3 }, notSelected: 2, ...BY_NO_POLICY, now: AT };
    await operations.planLeftOut(id, { from: 0, leftOut: leftOut.slice(0, 2), notSelected: ['a', 'b'] });
    expect(await orchestrations.planned(id, plan)).toBe(false);
    // Another execution of planning clears what the first one has written, and that goes on.
    await operations.clearPlan(id);
    await operations.planLeftOut(id, { from: 2, leftOut: leftOut.slice(2) });
    expect(await orchestrations.planned(id, { ...plan, leftOut: { hibernated: 1 }, notSelected: 0 })).toBe(
      false,
    );
    await operations.planLeftOut(id, { from: 0, leftOut: leftOut.slice(0, 2) });
    expect(await orchestrations.planned(id, plan)).toBe(false);
    await operations.planLeftOut(id, { from: 0, leftOut: [], notSelected: ['a', 'b'] });
    expect(await orchestrations.planned(id, plan)).toBe(true);
    expect(await operations.planLeftOut(id, { from: 3, leftOut })).toBe(false);
    await operations.clearPlan(id);
    expect((await plans.listLeftOut(id, {}, PAGE)).total).toBe(3);
    expect(await plans.isUnselected(id, 'b')).toBe(true);
  });

  it('refuses two that write at one position', async () => {
    const id = await inProgress();
    await repositories.operations.planLeftOut(id, { from: 0, leftOut });
    await expect(repositories.operations.planLeftOut(id, { from: 2, leftOut })).rejects.toThrow(
      /SQLSTATE 23505/,
    );
  });

  it.each([true, false])(
    'stores what has changed since it was approved, and pauses in the same statement: %s',
    async (pauses) => {
      const { operations, orchestrations, events } = repositories;
      const id = await inProgress();
      await repositories.control.command(id, { command: 'pause', by: 'jane', reason: '' }, AT);
      await operations.plan({ id, type: 'upgradeKyma', dryRun: false }, [planned(0)], AT);
      const changed = { changes, reason: '1 added', pauses };
      const plan = { count: 1, leftOut: {}, notSelected: 0, changed, ...BY_NO_POLICY, now: AT };
      expect(await orchestrations.planned(id, plan)).toBe(true);
      expect(await orchestrations.planned(id, plan)).toBe(false);
      const row = await orchestrations.find(id);
      expect(row?.planChanges).toEqual(changes);
      expect(row?.pauses.map(({ code }) => code)).toEqual(pauses ? ['person', 'plan-changed'] : ['person']);
      expect(row?.revision).toBe(pauses ? 2 : 1);
      const { rows } = await events.list(id, {}, PAGE);
      expect(rows.slice(3).map(({ kind, reason }) => [kind, reason])).toEqual([
        ['planned', 'Scheduled 1 operations'],
        ['plan-changed', '1 added'],
        ...(pauses ? [['paused', 'The fleet differs from the plan that it was created with: 1 added']] : []),
      ]);
    },
  );
});

/** Rows of operations while freezes and opt-outs of the maintenance policy change. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { OperationRow, Repositories } from '../../src/db/repositories/index.ts';
import type { Behind } from '../../src/db/repositories/upgrades/orchestration-repositories.ts';
import type { Replacement } from '../../src/domain/upgrades/live-freezes.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST, placed, planned, retried } from '../support/rows.ts';

const LATER = '2026-03-04T05:06:07.000008Z';
const WINDOW = {
  begin: '2026-05-01T22:00:00.000000Z',
  latestStart: '2026-05-02T01:45:00.000000Z',
  end: '2026-05-02T02:00:00.000000Z',
};
const MOVES: Replacement = { kind: 'moves', window: WINDOW, description: 'Waits for it', reason: 'a fair' };
const STAYS: Replacement = { kind: 'stays' };
const ENDS: Replacement = { kind: 'ends', reason: 'no window in time' };
const change = { actor: 'alice', reason: 'because', now: LATER };

let repositories: Repositories;

beforeEach(async () => {
  // Each has versions of its own.
  repositories = await freshRepositories(atEndOfTest);
});

/** The next version, with a freeze of this name, or with none. */
async function freeze(name?: string): Promise<number> {
  const { policies } = repositories;
  const times = { from: '2030-12-20T00:00Z', to: '2031-01-02T00:00Z' };
  const freezes: MaintenancePolicy['freezes'] = name === undefined ? [] : [{ name, reason: '', ...times }];
  const after = (await policies.current())?.version ?? 0;
  const row = await policies.add({ ...EMPTY_POLICY, freezes }, { after, changedBy: '', reason: '', now: AT });
  return row?.version ?? -1;
}

/** Goes through all that waits, part by part: what is not named stays. Answers the positions of each part, and how many have ended. */
async function goThrough(
  id: string,
  becomes: Record<number, Replacement> = {},
  limit = 100,
): Promise<{ parts: number[][]; ended: number }> {
  const done = { parts: [] as number[][], ended: 0 };
  for (;;) {
    const behind = await repositories.operations.listBehind(id, limit);
    if (!behind) return done;
    done.parts.push(behind.rows.map(({ position }) => position));
    done.ended += await write(behind, becomes);
  }
}

const write = (behind: Behind | undefined, becomes: Record<number, Replacement> = {}): Promise<number> => {
  if (!behind) throw new Error('Nothing is behind');
  const replacements = behind.rows.map(({ position }) => becomes[position] ?? STAYS);
  return repositories.operations.replace(behind, replacements, { actor: 'drydock', now: LATER });
};

const rowsOf = async (id: string): Promise<OperationRow[]> =>
  (await repositories.operations.list(id, {}, { page: 1, pageSize: 100 })).rows;

const eventsOf = async (id: string): Promise<string[]> =>
  (await repositories.events.list(id, {}, { page: 1, pageSize: 100 })).rows
    .filter(({ operationID }) => operationID !== null)
    .map(({ kind, fromState, toState, reason }) => `${kind} ${fromState}>${toState}: ${reason}`);

describe('a claim', () => {
  it('is refused while the window of its operation does not heed the freezes that hold', async () => {
    const { id, operationIDs } = await aPlan(repositories, 1);
    const claim = async (): Promise<string> =>
      (await repositories.operations.claim(operationIDs[0] ?? '', EXECUTION, LATER)).kind;
    await freeze();
    const version = await freeze('one');
    expect(await claim()).toBe('held');
    expect((await rowsOf(id))[0]).toMatchObject({ state: 'pending', startedAt: null, freezesVersion: null });
    await goThrough(id);
    // Another version of the same freezes changes nothing.
    await freeze('one');
    expect(await claim()).toBe('claimed');
    expect((await rowsOf(id))[0]).toMatchObject({ freezesVersion: version });
  });

  it('of others is given back once they change, as long as nothing was sent', async () => {
    const { id, operationIDs } = await aPlan(repositories, 2);
    const [unsent = '', sent = ''] = operationIDs;
    const { operations } = repositories;
    for (const one of operationIDs) await operations.claim(one, EXECUTION, LATER);
    await operations.recordRequest(sent, EXECUTION, { config: {}, baselineOperationID: '' });
    await freeze('one');
    await goThrough(id);
    const again = { ...FIRST, claim: 'another execution' };
    expect((await operations.claim(unsent, again, LATER)).kind).toBe('held');
    expect((await operations.claim(sent, again, LATER)).kind).toBe('claimed');
    expect(await operations.giveBackHeld(sent, again, change)).toBe(false);
    expect(await operations.giveBackHeld(unsent, again, change)).toBe(true);
    // It waits again, and was not there when the others were gone through.
    expect(await operations.claim(unsent, { ...again, dispatch: 2 }, LATER)).toMatchObject({
      kind: 'held',
      by: 'freezes',
    });
    expect(await goThrough(id)).toEqual({ parts: [[0]], ended: 0 });
    expect(await operations.claim(unsent, { ...again, dispatch: 2 }, LATER)).toMatchObject({
      kind: 'claimed',
    });
  });

  it('of what is retried is refused until it was looked at, when there are any freezes', async () => {
    const { id, operationIDs } = await aPlan(repositories, 2);
    const { operations } = repositories;
    const failure = { code: 'RUNTIME_BUSY', message: 'no' } as const;
    for (const [index, name] of [undefined, 'one'].entries()) {
      const one = operationIDs[index] ?? '';
      await operations.fail(one, FIRST, failure, LATER);
      await freeze(name);
      await goThrough(id);
      await retried(repositories, id, [one]);
      const claim = { attempt: 2, dispatch: 2, claim: 'an execution' };
      expect((await operations.claim(one, claim, LATER)).kind).toBe(index === 0 ? 'claimed' : 'held');
    }
    expect(await goThrough(id)).toEqual({ parts: [[1]], ended: 0 });
  });
});

describe('what waits', () => {
  it('is gone through part by part when freezes have changed, in whatever wave, and its orchestration is to be told', async () => {
    const { id, operationIDs } = await aPlan(repositories, 5);
    const { operations, control, orchestrations } = repositories;
    await operations.claim(operationIDs[1] ?? '', EXECUTION, LATER);
    const isTold = async (): Promise<[boolean | undefined, string[]]> => [
      (await control.wanted(id))?.isBehind,
      await control.listUnobserved('', 10),
    ];
    await freeze();
    expect(await goThrough(id)).toEqual({ parts: [], ended: 0 });
    expect(await isTold()).toEqual([false, []]);
    const version = await freeze('one');
    expect(await isTold()).toEqual([true, [id]]);
    await write(await operations.listBehind(id, 2));
    expect(await isTold()).toEqual([true, [id]]);
    expect((await operations.listBehind(id, 2))?.rows.map(({ position }) => position)).toEqual([3, 4]);
    // A newer version begins with the first one again.
    await freeze('other');
    expect(await goThrough(id, {}, 2)).toEqual({ parts: [[0, 2], [3, 4], []], ended: 0 });
    expect(await isTold()).toEqual([false, []]);
    const row = await orchestrations.find(id);
    expect(row).toMatchObject({ freezesVersion: version + 1, freezesWalk: null });
  });

  it('is none before the plan is complete, and nobody is told after the end', async () => {
    const { orchestrations, operations, control } = repositories;
    const request = aRequest();
    const { id } = await orchestrations.record(request);
    await orchestrations.transition(id, 'in progress', change);
    await operations.plan({ id, type: request.type, dryRun: false }, [planned(0)], AT);
    const ended = await aPlan(repositories, 1);
    await operations.cancelWaiting(ended.id, change);
    await orchestrations.transition(ended.id, 'canceled', change);
    await freeze('one');
    for (const one of [id, 'no ID']) expect(await operations.listBehind(one, 10)).toBeUndefined();
    expect(await control.listUnobserved('', 10)).toEqual([]);
  });

  it('stays, moves or ends, each once, with an event for what is not as it was', async () => {
    const { id } = await aPlan(repositories, 3);
    const version = await freeze('one');
    const before = await rowsOf(id);
    const behind = await repositories.operations.listBehind(id, 10);
    expect(await write(behind, { 1: MOVES, 2: ENDS })).toBe(1);
    const [stayed, moved, ended] = await rowsOf(id);
    expect(stayed).toEqual(before[0]);
    expect(moved).toEqual({
      ...before[1],
      ...{ windowBegin: WINDOW.begin, latestStart: WINDOW.latestStart, windowEnd: WINDOW.end },
      ...{ dueAt: WINDOW.begin, orderAt: WINDOW.latestStart, description: 'Waits for it' },
      ...{ dispatch: 2, updatedAt: LATER },
    });
    expect(ended).toMatchObject({
      ...{ state: 'canceled', failureCode: 'WINDOW_NOT_REACHED', description: 'no window in time' },
      ...{ dispatch: 2, finishedAt: LATER },
    });
    expect((await repositories.orchestrations.find(id))?.freezesVersion).toBe(version);
    // By an execution that was overtaken: its answers may be of older freezes.
    expect(await write(behind, { 0: ENDS, 1: ENDS, 2: ENDS })).toBe(0);
    expect(await rowsOf(id)).toEqual([stayed, moved, ended]);
    expect((await eventsOf(id)).sort()).toEqual([
      'rescheduled pending>pending: a fair',
      'state pending>canceled: no window in time',
    ]);
  });

  it('is left to who has gone on with the way through it', async () => {
    const { id } = await aPlan(repositories, 4);
    await freeze('one');
    const part = await repositories.operations.listBehind(id, 2);
    expect(await write(part)).toBe(0);
    const before = await rowsOf(id);
    expect(await write(part, { 0: ENDS, 1: MOVES })).toBe(0);
    expect(await rowsOf(id)).toEqual(before);
    expect(await goThrough(id, {}, 2)).toEqual({ parts: [[2, 3], []], ended: 0 });
  });

  it('begins at once again when it has no window any more, after what has one', async () => {
    const { id } = await aPlan(repositories, 2);
    await freeze('one');
    await goThrough(id, { 0: MOVES, 1: MOVES });
    await freeze();
    const lifted: Replacement = { kind: 'moves', description: 'Waits for its turn', reason: 'lifted' };
    await goThrough(id, { 0: lifted, 1: { kind: 'stays', description: 'Waits for something' } });
    const [free, other] = await rowsOf(id);
    expect(free).toMatchObject({ windowBegin: null, latestStart: null, windowEnd: null, missed: 0 });
    expect(other).toMatchObject({ description: 'Waits for something', windowBegin: WINDOW.begin });
    const query = { limit: 10, now: LATER, dueBy: '2026-06-01T00:00:00Z', wave: 0 };
    const { items } = await repositories.operations.readPlan(id, query);
    expect(items.map(({ position }) => position)).toEqual([1, 0]);
    expect(items.map(({ window }) => window)).toEqual([WINDOW, undefined]);
  });

  it('stays as it is when it was canceled, rescheduled or tried again meanwhile, and not when a child came back', async () => {
    const { id, operationIDs } = await aPlan(repositories, 4);
    const [back = '', canceled = '', moved = '', again = ''] = operationIDs;
    const { operations } = repositories;
    const version = await freeze('one');
    const behind = await operations.listBehind(id, 10);
    await operations.giveBack(back, FIRST);
    await operations.cancelOne(canceled, FIRST, change);
    const place = { ...placed(WINDOW), freezesVersion: version };
    await operations.reschedule(moved, { ...FIRST, claim: null }, place, change);
    await operations.fail(again, FIRST, { code: 'RUNTIME_BUSY', message: 'no' }, LATER);
    await retried(repositories, id, [again]);
    const before = await rowsOf(id);
    expect(await write(behind, { 0: ENDS, 1: MOVES, 2: ENDS, 3: ENDS })).toBe(1);
    const after = await rowsOf(id);
    expect(after[0]).toMatchObject({ state: 'canceled', dispatch: 3 });
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(await goThrough(id)).toEqual({ parts: [[3]], ended: 0 });
  });
});

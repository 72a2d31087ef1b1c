import postgres from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { ORCHESTRATION_ENTERED_FROM, ORCHESTRATION_STATES } from '../../src/domain/upgrades/states.ts';
import { atEndOfFile, createDatabase, until } from '../support/environment.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, planned } from '../support/rows.ts';

let repositories: Repositories;
let url: string;

beforeAll(async () => {
  ({ url } = await createDatabase());
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});

const BEFORE = '2020-01-01T00:00:00.000000Z';
const change = { actor: 'alice', reason: 'because', now: AT };
const eventsOf = async (id: string): Promise<string[]> =>
  (await repositories.events.list(id, {}, { page: 1, pageSize: 100 })).rows.map(
    ({ kind, fromState, toState }) => `${kind} ${fromState ?? ''}>${toState ?? ''}`,
  );

describe('the row of an orchestration', () => {
  it('A46 A49: is recorded once, with its event, and read back as it was written', async () => {
    const request = aRequest({ idempotencyKey: 'key-1', requestHash: 'hash' });
    const first = await repositories.orchestrations.record(request);
    const second = await repositories.orchestrations.record({ ...request, createdBy: 'somebody else' });
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      id: request.orchestrationID,
      state: 'pending',
      description: 'queued for processing',
      parameters: request.parameters,
      createdAt: AT,
      updatedAt: AT,
      createdBy: 'alice',
      plannedCount: null,
      finishedAt: null,
      queuedAt: AT,
      lookAt: AT,
    });
    expect(await repositories.orchestrations.find(request.orchestrationID)).toEqual(first);
    expect(await eventsOf(request.orchestrationID)).toEqual(['created >pending']);
  });

  it('is yet to be started until its workflow has begun, and is written by that where it is missing', async () => {
    const { orchestrations } = repositories;
    const [first, second, lost] = [aRequest(), aRequest(), aRequest()];
    const unstarted = async (): Promise<string[]> => await orchestrations.listUnstarted(AT, 1_000);
    await orchestrations.record(first);
    await orchestrations.record(second);
    expect(await unstarted()).toEqual(
      expect.arrayContaining([first.orchestrationID, second.orchestrationID]) as string[],
    );
    expect(await orchestrations.listUnstarted(BEFORE, 1_000)).toEqual([]);
    expect(await orchestrations.begun(first)).toMatchObject({ id: first.orchestrationID, lookAt: null });
    expect(await orchestrations.begun(lost)).toMatchObject({ id: lost.orchestrationID, lookAt: null });
    await orchestrations.transition(second.orchestrationID, 'canceled', change);
    for (const { orchestrationID } of [first, second, lost]) {
      expect(await unstarted()).not.toContain(orchestrationID);
    }
    expect(await eventsOf(first.orchestrationID)).toEqual(['created >pending']);
  });

  it('waits for its turn from its creation on, and from its retry on', async () => {
    const { orchestrations } = repositories;
    const at = (second: number): string => `2020-01-01T00:00:0${second}.000000Z`;
    const ids: string[] = [];
    for (const second of [2, 1, 1, 0]) {
      const { id } = await orchestrations.record(aRequest({ createdAt: at(second) }));
      ids.push(id);
    }
    const [third, first, second, retried] = ids as [string, string, string, string];
    const line = async (): Promise<string[]> => {
      const one = await orchestrations.listInLine('default', undefined, 1);
      const others = await orchestrations.listInLine('default', one[0], 1_000);
      return [...one, ...others].map(({ id }) => id).filter((id) => ids.includes(id));
    };
    expect(await line()).toEqual([retried, first, second, third]);
    const shown = (await orchestrations.listWaiting(1_000)).filter(({ id }) => ids.includes(id));
    expect(shown.map(({ id, queuedAt }) => [id, queuedAt])).toEqual([
      [retried, at(0)],
      [first, at(1)],
      [second, at(1)],
      [third, at(2)],
    ]);
    const before = await orchestrations.countWaiting(1_000);
    expect(await orchestrations.countWaiting(3)).toBe(3);
    await orchestrations.transition(retried, 'in progress', { ...change, now: at(3) });
    expect(await orchestrations.countWaiting(1_000)).toBe(before - 1);
    // Its workflow may be lost, and another one wait for the turn in its place.
    expect(await line()).toEqual([retried, first, second, third]);
    await orchestrations.transition(retried, 'failed', { ...change, now: at(4) });
    expect(await line()).toEqual([first, second, third]);
    expect((await orchestrations.find(retried))?.lookAt).toBeNull();
    await orchestrations.transition(retried, 'retrying', { ...change, now: at(5) });
    expect(await line()).toEqual([first, second, third, retried]);
    expect((await orchestrations.find(retried))?.queuedAt).toBe(at(5));
  });

  it('is found for no ID that is not a UUID', async () => {
    expect(await repositories.orchestrations.find("x' or true --")).toBeUndefined();
  });

  it('follows the table of transitions, each with one event; anything else changes nothing', async () => {
    for (const from of ORCHESTRATION_STATES) {
      for (const to of ORCHESTRATION_STATES) {
        const { id } = await repositories.orchestrations.record(aRequest());
        for (const step of pathTo(from)) await repositories.orchestrations.transition(id, step, change);
        const before = await repositories.orchestrations.find(id);
        expect(before?.state).toBe(from);
        const events = await eventsOf(id);
        const after = await repositories.orchestrations.transition(id, to, { ...change, description: 'd' });
        if (ORCHESTRATION_ENTERED_FROM[to].includes(from)) {
          expect(after).toMatchObject({ state: to, description: 'd' });
          expect(await eventsOf(id)).toEqual([...events, `state ${from}>${to}`]);
        } else {
          expect(after).toBeUndefined();
          expect(await repositories.orchestrations.find(id)).toEqual(before);
          expect(await eventsOf(id)).toEqual(events);
        }
      }
    }
  });

  it('enters a state once when many ask for it at the same time', async () => {
    const { id } = await repositories.orchestrations.record(aRequest());
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => repositories.orchestrations.transition(id, 'canceling', change)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await eventsOf(id)).toEqual(['created >pending', 'state pending>canceling']);
  });

  it('A48: counts its plan once, and says what was left out', async () => {
    const { id } = await repositories.orchestrations.record(aRequest());
    await repositories.orchestrations.transition(id, 'in progress', change);
    const leftOut = ['s', 't'].map((shootName) => ({ shootName, reason: 'hibernated' as const }));
    const plan = { count: 2, leftOut: { hibernated: 2 }, notSelected: 1, ...BY_NO_POLICY, now: AT };
    await repositories.operations.planLeftOut(id, { from: 0, leftOut, notSelected: ['r'] });
    await repositories.operations.plan(
      { id, type: 'upgradeKyma', dryRun: false },
      [planned(0), planned(1)],
      AT,
    );
    expect(await repositories.orchestrations.planned(id, plan)).toBe(true);
    expect(await repositories.orchestrations.planned(id, plan)).toBe(false);
    expect(await repositories.orchestrations.find(id)).toMatchObject({
      plannedCount: 2,
      description: 'Scheduled 2 operations',
      excluded: { counts: { hibernated: 2 } },
    });
    const { rows } = await repositories.events.list(id, {}, { page: 1, pageSize: 100 });
    expect(rows.filter(({ kind }) => kind === 'planned').map(({ reason }) => reason)).toEqual([
      'Scheduled 2 operations; left out: 2 hibernated',
    ]);
  });

  it('tells the database of a large plan how large its table has become, and of a small one nothing', async () => {
    const sql = postgres(url, { max: 1 });
    atEndOfFile(() => sql.end());
    const analyzed = async (): Promise<number> => {
      const [row] = await sql`select analyze_count from pg_stat_user_tables where relname = 'operations'`;
      return Number(row?.['analyze_count']);
    };
    await aPlan(repositories, 999);
    expect(await analyzed()).toBe(0);
    await aPlan(repositories, 1_000);
    await until(async () => (await analyzed()) === 1, { what: 'that the table was analyzed' });
  });
});

describe('lists of orchestrations', () => {
  it('A13: page newest first, by state as asked, and by keyset for the open ones', async () => {
    const { url: own } = await createDatabase();
    const database = openDatabase(own);
    atEndOfFile(() => database.close());
    const { orchestrations } = createRepositories(database);
    const ids: string[] = [];
    for (let minute = 10; minute < 15; minute++) {
      const request = aRequest({ createdAt: `2026-01-02T03:${minute}:00.000000Z` });
      ids.push((await orchestrations.record(request)).id);
    }
    await orchestrations.transition(ids[1] ?? '', 'failed', change);
    const all = await orchestrations.list({}, { page: 1, pageSize: 3 });
    expect(all.total).toBe(5);
    expect(all.rows.map(({ id }) => id)).toEqual([ids[4], ids[3], ids[2]]);
    const rest = await orchestrations.list({}, { page: 2, pageSize: 3 });
    expect(rest.rows.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    const failed = await orchestrations.list({ states: ['failed', 'canceled'] }, { page: 1, pageSize: 3 });
    expect(failed).toMatchObject({ total: 1, rows: [{ id: ids[1] }] });

    const first = await orchestrations.listOpen(undefined, 2);
    expect(first.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    const second = await orchestrations.listOpen(first.at(-1), 10);
    expect(second.map(({ id }) => id)).toEqual([ids[3], ids[4]]);
  });
});

/** The shortest way from pending to a state. */
function pathTo(state: (typeof ORCHESTRATION_STATES)[number]): (typeof ORCHESTRATION_STATES)[number][] {
  switch (state) {
    case 'pending':
      return [];
    case 'retrying':
      return ['failed', 'retrying'];
    case 'succeeded':
      return ['in progress', 'succeeded'];
    default:
      return [state];
  }
}

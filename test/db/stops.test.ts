/** Unsent operations when their orchestration is canceled, or paused. */
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/connection.ts';
import { createRepositories, type OperationRow, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase, until } from '../support/environment.ts';
import { aPlan, EXECUTION, FIRST } from '../support/rows.ts';

const LATER = '2026-01-02T04:00:00.000000Z';
const change = { actor: 'alice', reason: 'because', now: LATER };
const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;

let database: Database;
let repositories: Repositories;

beforeAll(async () => {
  database = openDatabase((await createDatabase()).url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});

const find = async (id: string): Promise<OperationRow> => {
  const [row] = await repositories.operations.findMany([id]);
  if (!row) throw new Error(`No operation ${id}`);
  return row;
};
const eventsOf = async (id: string, operationID: string): Promise<string[]> =>
  (await repositories.events.list(id, { operationID }, { page: 1, pageSize: 100 })).rows.map(
    ({ kind, fromState, toState }) => `${kind} ${fromState ?? ''}>${toState ?? ''}`,
  );

describe('a cancel', () => {
  const cancel = async (id: string, to: 'canceling' | 'canceled' = 'canceling') => {
    const done = await repositories.orchestrations.transition(id, to, change);
    expect(done?.state).toBe(to);
  };
  const REQUEST = { config: {}, baselineOperationID: '' };

  it('A42 A43: ends what executes when nothing can have been sent, and nothing else', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 6);
    const [unsent = '', mayBeSent = '', accepted = '', there = '', ended = '', waiting = ''] = operationIDs;
    for (const one of operationIDs.slice(0, 5)) await operations.claim(one, EXECUTION, LATER);
    await operations.recordRequest(mayBeSent, EXECUTION, REQUEST);
    const begun = { provisionerOperationID: 'p-1', description: 'under way', now: LATER };
    await operations.recordAccepted(accepted, FIRST.attempt, begun);
    await operations.recordUpgraded(there, EXECUTION, 'Already there', LATER);
    await operations.fail(ended, FIRST, failure, LATER);
    expect(await operations.stopUnsent(id, change)).toBe(0);
    await cancel(id);
    expect(await operations.stopUnsent(id, change)).toBe(1);
    expect(await operations.stopUnsent(id, change)).toBe(0);
    expect(await find(unsent)).toMatchObject({
      state: 'canceled',
      description: change.reason,
      finishedAt: change.now,
    });
    expect(await eventsOf(id, unsent)).toEqual(['state pending>in progress', 'state in progress>canceled']);
    for (const one of [mayBeSent, accepted, there]) {
      expect((await find(one)).state).toBe('in progress');
      const again = { ...FIRST, claim: 'another execution' };
      expect((await operations.claim(one, again, LATER)).kind).toBe('claimed');
    }
    expect((await find(waiting)).state).toBe('pending');
    expect((await operations.claim(waiting, EXECUTION, LATER)).kind).toBe('held');
    expect((await operations.claim(unsent, EXECUTION, LATER)).kind).toBe('refused');
  });

  it.each(['canceling', 'canceled'] as const)(
    'A42: is seen by whoever claims next, and by whoever is about to send: %s',
    async (state) => {
      const { operations } = repositories;
      const { id, operationIDs } = await aPlan(repositories, 2);
      const [unsent = '', mayBeSent = ''] = operationIDs;
      for (const one of operationIDs) await operations.claim(one, EXECUTION, LATER);
      expect(await operations.recordRequest(mayBeSent, EXECUTION, REQUEST)).toBe(true);
      await cancel(id, state);
      expect(await operations.recordRequest(unsent, EXECUTION, REQUEST)).toBe(false);
      expect(await find(unsent)).toMatchObject({ baselineOperationID: null, config: null });
      // A43: that one finishes, and may have to be sent once more for that.
      expect(await operations.recordRequest(mayBeSent, EXECUTION, REQUEST)).toBe(true);
      const again = { ...FIRST, claim: 'another execution' };
      expect(await operations.claim(unsent, again, LATER)).toMatchObject({
        kind: 'stopped',
        row: { state: 'canceled', description: 'Orchestration was canceled' },
      });
      expect((await operations.claim(unsent, again, LATER)).kind).toBe('refused');
    },
  );

  it('has been heard of by every request that is recorded after it, however close they come', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 2);
    const [before = '', after = ''] = operationIDs;
    for (const one of operationIDs) await operations.claim(one, EXECUTION, LATER);
    expect(await operations.recordRequest(before, EXECUTION, REQUEST)).toBe(true);
    let recording: Promise<unknown> | undefined;
    await database.run((db) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`update orchestrations set state = 'canceling' where id = ${id}`);
        // It gives up when this takes too long, which is as good.
        recording = operations.recordRequest(after, EXECUTION, REQUEST).catch((error: unknown) => error);
        const waits = sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%for share%' and datname = current_database()`;
        await until(async () => (await database.run((other) => other.execute(waits))).length > 0, {
          what: 'the request waits for the cancel',
        });
      }),
    );
    expect(await recording).not.toBe(true);
    expect(await operations.recordRequest(after, EXECUTION, REQUEST)).toBe(false);
    expect(await operations.stopUnsent(id, change)).toBe(1);
  });

  it('keeps no request waiting for long, nor does any other command that holds the orchestration', async () => {
    const { operations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 1);
    const [operationID = ''] = operationIDs;
    await operations.claim(operationID, EXECUTION, LATER);
    await database.run((db) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`select from orchestrations where id = ${id} for update`);
        // Not the limit of the database, which is ten times as long: the lock could not be had.
        await expect(operations.recordRequest(operationID, EXECUTION, REQUEST)).rejects.toThrow('(55P03)');
      }),
    );
    expect((await find(operationID)).baselineOperationID).toBeNull();
    expect(await operations.recordRequest(operationID, EXECUTION, REQUEST)).toBe(true);
  });

  it('stands when the workflow of its orchestration is lost before it was carried out', async () => {
    const { operations, orchestrations } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 3);
    const [unsent = '', sent = ''] = operationIDs;
    for (const one of [unsent, sent]) await operations.claim(one, EXECUTION, LATER);
    await operations.recordRequest(sent, EXECUTION, REQUEST);
    await cancel(id);
    const row = await orchestrations.find(id);
    const lost = { ...change, reason: 'lost', description: 'lost' };
    expect(await orchestrations.lose(id, { revision: row?.revision ?? -1 }, lost)).toBe(2);
    expect(await find(unsent)).toMatchObject({
      state: 'canceled',
      description: 'Orchestration was canceled',
    });
    expect((await find(sent)).state).toBe('in progress');
  });

  it('of a pause between claim and request lets it be sent after the resume', async () => {
    const { operations, control } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 1);
    const [operationID = ''] = operationIDs;
    await operations.claim(operationID, EXECUTION, LATER);
    await control.command(id, { command: 'pause', by: 'jane', reason: '' }, LATER);
    expect(await operations.recordRequest(operationID, EXECUTION, REQUEST)).toBe(false);
    await control.command(id, { command: 'resume', by: 'jane', reason: '', acknowledge: false }, LATER);
    expect(await operations.recordRequest(operationID, EXECUTION, REQUEST)).toBe(true);
  });
});

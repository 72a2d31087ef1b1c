import postgres from 'postgres';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../src/bin/compose/connections.ts';
import { CHANNEL } from '../../src/db/announcing.ts';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { eventOf, type LoggedChange } from '../../src/domain/event-stream/logged-change.ts';
import { BEGINNING, comparePositions, type Position } from '../../src/domain/event-stream/position.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { atEndOfTest } from '../support/endings.ts';
import { createDatabase, until } from '../support/environment.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { aDefinition, aStack } from '../support/stacks/rows.ts';

let url: string;
let repositories: Repositories;
let sql: postgres.Sql;

beforeEach(async () => {
  ({ url } = await createDatabase());
  const database = openDatabase(url);
  sql = postgres(url, { onnotice: () => undefined });
  atEndOfTest(() => Promise.all([database.close(), sql.end()]).then(() => undefined));
  repositories = createRepositories(database);
});

const said = ({ changes }: { changes: readonly LoggedChange[] }): string[] =>
  changes.map(({ reason }) => reason);
const change = { actor: 'alice', reason: 'why', now: AT };
const read = (after: Position = BEGINNING, limit = 100): ReturnType<Repositories['changes']['read']> =>
  repositories.changes.read(after, limit);

/** Other databases of the server hold reading up, too. */
async function readAll(count: number, after: Position = BEGINNING): Promise<LoggedChange[]> {
  return await until(
    async () => {
      const { changes } = await read(after);
      return changes.length >= count && changes;
    },
    { what: `${count} changes can be read` },
  );
}

/** One event, written in a transaction of its own or in the given one. */
async function log(reason: string, by: Pick<postgres.Sql, 'unsafe'> = sql): Promise<void> {
  await by.unsafe(
    `insert into events (orchestration_id, at, actor, kind, reason) values (gen_random_uuid(), '${AT}', 'test', 'test', $1)`,
    [reason],
  );
}

/** A transaction that goes on until it is told to end. */
async function aTransaction(begin: (tx: postgres.Sql) => Promise<unknown>): Promise<{
  tx: postgres.Sql;
  commit: () => Promise<void>;
  rollback: () => Promise<void>;
}> {
  const tx = await sql.reserve();
  await tx`begin`;
  await begin(tx);
  const end = async (how: 'commit' | 'rollback'): Promise<void> => {
    await tx.unsafe(how);
    tx.release();
  };
  return { tx, commit: () => end('commit'), rollback: () => end('rollback') };
}

describe('transactions that commit out of order', () => {
  /** Reads on as the reader of a stream does. */
  async function follow(wanted: string[]): Promise<void> {
    const seen: string[] = [];
    let at = BEGINNING;
    await until(
      async () => {
        const { changes } = await read(at, 1);
        seen.push(...said({ changes }));
        at = changes.at(-1)?.position ?? at;
        return seen.length >= wanted.length;
      },
      { what: 'everything was read' },
    );
    expect(seen).toEqual(wanted);
    expect(said(await read(at))).toEqual([]);
  }

  it('lose nothing: what was written first and is committed last is waited for', async () => {
    const late = await aTransaction((tx) => log('first', tx));
    await log('second');
    // By the identity it would come next, and the first one never.
    expect(await read()).toMatchObject({ changes: [], isHeldUp: true });
    await late.commit();
    await follow(['first', 'second']);
  });

  it('hold nothing up when they are given up', async () => {
    await log('first');
    await readAll(1);
    const lost = await aTransaction((tx) => log('never', tx));
    await log('second');
    expect(await read()).toMatchObject({ changes: [{ reason: 'first' }], isHeldUp: true });
    await lost.rollback();
    await follow(['first', 'second']);
  });

  it('keep the order of changes of one operation, when the one with the older number changes it later', async () => {
    const { id, operationIDs } = await aPlan(repositories, 1);
    const [operationID = ''] = operationIDs;
    const from = (await readAll(3)).at(-1)?.position;
    // As a claim with limits, or a command: it locks the orchestration first, and so has its number.
    const old = await aTransaction((tx) => tx`select from orchestrations where id = ${id} for update`);
    await repositories.operations.defer(operationID, FIRST, AT, { ...change, reason: 'is busy' });
    await old.tx`
        with old as (select * from operations where id = ${operationID} for update)
        insert into events (orchestration_id, operation_id, at, actor, kind, reason)
        select orchestration_id, id, ${AT}, 'test', 'test', 'later' from old`;
    await old.commit();
    const changes = await readAll(2, from);
    expect(changes.map(({ operationID: about, reason }) => [about, reason])).toEqual([
      [operationID, 'is busy'],
      [operationID, 'later'],
    ]);
  });

  it('and the order when its statement was begun before, and has waited for the row', async () => {
    const { id, operationIDs } = await aPlan(repositories, 1);
    const [operationID = ''] = operationIDs;
    const from = (await readAll(3)).at(-1)?.position;
    const old = await aTransaction((tx) => tx`select from orchestrations where id = ${id} for update`);
    const young = await aTransaction(
      (tx) => tx`
        with old as (select * from operations where id = ${operationID} for update)
        insert into events (orchestration_id, operation_id, at, actor, kind, reason)
        select orchestration_id, id, ${AT}, 'test', 'test', 'earlier' from old`,
    );
    const waiting = old.tx`
        with old as (select * from operations where id = ${operationID} for update)
        insert into events (orchestration_id, operation_id, at, actor, kind, reason)
        select orchestration_id, id, ${AT}, 'test', 'test', 'later' from old`.execute();
    await until(
      async () =>
        (
          await sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        ).length > 0,
      { what: 'the older one waits for the row' },
    );
    await young.commit();
    await waiting;
    await old.commit();
    expect((await readAll(2, from)).map(({ reason }) => reason)).toEqual(['earlier', 'later']);
  });
});

describe('the stream of all logs', () => {
  /** One change of each kind; answers the names of their events in order. */
  async function everything(): Promise<string[]> {
    const { orchestrations, operations, queue, policies, stacks } = repositories;
    const { id, operationIDs } = await aPlan(repositories, 1);
    await operations.claim(operationIDs[0] ?? '', EXECUTION, AT);
    await queue.change(true, change);
    await stacks.add(aStack(aDefinition('/acme/jack/shop')));
    await stacks.enterStatus('/acme/jack/shop', 'starting', change);
    await policies.add(EMPTY_POLICY, { after: 0, changedBy: 'alice', reason: 'why', now: AT });
    await orchestrations.transition(id, 'canceling', change);
    return [
      ...['orchestration', 'orchestration', 'orchestration', 'operation', 'queue', 'stack', 'stack'],
      ...['policy', 'orchestration'],
    ];
  }

  it('has what was logged anywhere, in the order of the commits', async () => {
    const wanted = await everything();
    const changes = await readAll(wanted.length);
    expect(changes.map(eventOf)).toEqual(wanted);
    expect(changes.map(({ position }) => position)).toEqual(
      changes.map(({ position }) => position).sort(comparePositions),
    );
    expect(changes[4]).toMatchObject({
      kind: 'paused',
      actor: 'alice',
      reason: 'why',
      position: { id: 1, at: AT },
    });
    expect(changes[7]).toMatchObject({
      kind: 'replaced',
      actor: 'alice',
      reason: 'why',
      position: { id: 1, at: AT },
    });
    expect(changes[5]).toMatchObject({ kind: 'added', stack: '/acme/jack/shop', label: null, object: null });
  });

  it('can be read on from each place, and up to each place, in any portions', async () => {
    const { length } = await everything();
    const all = await readAll(length);
    const places = [BEGINNING, ...all.map(({ position }) => position)];
    for (const [from, after] of places.entries()) {
      for (const [to, last] of places.entries()) {
        const limit = (from + to) % 4 || 100;
        const wanted = all.slice(from, Math.max(from, to)).slice(0, limit);
        expect(await repositories.changes.read(after, limit, last)).toMatchObject({
          changes: wanted,
          isKnown: true,
        });
      }
    }
    expect(await repositories.changes.last()).toEqual(all.at(-1)?.position);
  });

  it('has several logs of one transaction in a fixed order', async () => {
    // Its statements share a snapshot, and so their rows one place, whatever else is written in this cluster.
    await sql.begin('isolation level repeatable read', async (tx) => {
      await tx`insert into stack_events (stack, at, actor, kind, reason) values ('/a/b/c', ${AT}, 'a', 'added', 'third')`;
      await log('first', tx);
      await tx`insert into stack_events (stack, at, actor, kind, reason) values ('/a/b/c', ${AT}, 'a', 'added', 'fourth')`;
      await log('second', tx);
    });
    const all = await readAll(4);
    expect(all.map(({ reason }) => reason)).toEqual(['first', 'second', 'third', 'fourth']);
    for (const [index, { position }] of all.entries())
      expect((await read(position)).changes).toEqual(all.slice(index + 1));
  });

  it('begins before the first row when there is none', async () => {
    expect(await repositories.changes.last()).toEqual(BEGINNING);
    expect(await read()).toEqual({ changes: [], isKnown: true, isHeldUp: false });
  });

  it('does not go on from a row that is not there, or is another one', async () => {
    await log('first');
    const [first] = await readAll(1);
    const position = first?.position ?? BEGINNING;
    await log('second');
    await readAll(2);
    await sql`update events set at = now() where reason = 'first'`;
    expect(await read(position)).toMatchObject({ changes: [], isKnown: false });
    await sql`delete from events where reason = 'first'`;
    expect(await read(position)).toMatchObject({ changes: [], isKnown: false });
  });

  it('takes rows of another cluster, whose transactions have greater numbers, for old ones', async () => {
    for (const reason of ['first', 'second', 'third']) await log(reason);
    await readAll(3);
    await sql`update events set tx = (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000 - id)::text::xid8 where reason <> 'first'`;
    await log('new');
    expect((await readAll(2)).map(({ reason }) => reason)).toEqual(['first', 'new']);
    expect(await repositories.changes.adopt(1)).toBe(1);
    expect(await repositories.changes.adopt(5)).toBe(1);
    expect(await repositories.changes.adopt(5)).toBe(0);
    expect((await readAll(4)).map(({ reason }) => reason)).toEqual(['second', 'third', 'first', 'new']);
  });

  it('has no such rows any more once the database was migrated', async () => {
    await log('first');
    await sql`update events set tx = (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000)::text::xid8`;
    await migrateDatabase(url);
    expect((await readAll(1)).map(({ reason }) => reason)).toEqual(['first']);
    expect(await repositories.changes.adopt(1)).toBe(0);
  });

  it('knows the wave that an event is about', async () => {
    const waves = [
      { number: 0, name: 'canary', size: 1, workers: null, soakMinutes: 0, approval: {}, budgetMax: null },
      { number: 1, name: 'rest', size: 0, workers: null, soakMinutes: 0, approval: null, budgetMax: null },
    ];
    const { orchestrations, control } = repositories;
    const request = aRequest();
    const id = request.orchestrationID;
    await orchestrations.record(request);
    await orchestrations.transition(id, 'in progress', change);
    await sql`insert into waves (orchestration_id, number, name, size, soak_minutes, phase)
      select ${id}, number, name, size, 0, case number when 0 then 'running' else 'waiting' end
      from jsonb_to_recordset(${sql.json(waves)}) as w(number int, name text, size int)`;
    const move = async (to: object): Promise<void> => {
      const { wave } = (await control.wanted(id)) ?? {};
      const [row] = await control.waveRows(id);
      if (!row) throw new Error('There is no wave');
      const seen = { ...row, revision: wave?.revision ?? 0, controlRevision: 0 };
      expect(await control.moveWave(id, seen, { reason: 'why', ...to } as never, AT)).toBe(true);
    };
    await move({ to: 'gate' });
    await move({ to: 'asking', expiresAt: null });
    const answer = { command: 'approve', number: 1, by: 'bob', reason: 'good' } as const;
    expect(await control.command(id, answer, AT)).toMatchObject({ changed: true });
    const told = (await readAll(5)).slice(2);
    expect(told.map((one) => [eventOf(one), one.wave, one.fromState, one.toState])).toEqual([
      ['wave', 0, 'running', 'gate'],
      ['approval', 0, 'gate', 'asking'],
      ['approval', 0, null, null],
    ]);
  });
});

describe('news of changes', () => {
  it('come to other processes when a change is committed, and not before', async () => {
    let heard = 0;
    const other = openDatabase(url);
    atEndOfTest(() => other.close());
    const listening = await other.listen(
      () => (heard += 1),
      () => undefined,
    );
    atEndOfTest(() => listening.close());
    const request = aRequest();
    await sql`select pg_notify(${CHANNEL}, 'first')`;
    await until(() => heard === 1, { what: 'it listens' });
    const holding = await aTransaction((tx) => tx`lock table events in access exclusive mode`);
    const written = repositories.orchestrations.record(request);
    await until(
      async () =>
        (
          await sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        ).length > 0,
      { what: 'the change waits' },
    );
    await sql`select pg_notify(${CHANNEL}, 'second')`;
    await until(() => heard > 1, { what: 'something else is heard' });
    expect(heard).toBe(2);
    await holding.commit();
    await written;
    await until(() => heard > 2, { what: 'the change is heard of' });
  });

  it('end with the connection, and that is said', async () => {
    let losses = 0;
    const listening = await repositories.changes.listen(
      () => undefined,
      () => (losses += 1),
    );
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like '% listener' and datname = current_database()`;
    await until(() => losses > 0, { what: 'the loss is said' });
    await listening.close();
  });
});

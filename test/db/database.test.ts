import { execFile } from 'node:child_process';
import { createServer, type Socket, connect } from 'node:net';
import { inspect, promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { DatabaseError, type Drizzle, openDatabase } from '../../src/db/connection.ts';
import { migrate } from '../../src/db/run-migrations.ts';
import { createRepositories } from '../../src/db/repositories/index.ts';
import { UnavailableError } from '../../src/domain/errors.ts';
import { atEndOfFile, createDatabase, until } from '../support/environment.ts';
import { aPlan, AT } from '../support/rows.ts';

const execute = promisify(execFile);

describe('a database that goes away', () => {
  it('is reported as unavailable within seconds, and used again when it is back', async () => {
    const { url } = await createDatabase();
    const door = await openDoor(new URL(url));
    const database = openDatabase(door.url);
    atEndOfFile(() => database.close());
    const repositories = createRepositories(database);
    await repositories.ping();
    door.close();
    const error: unknown = await repositories.ping().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ system: 'database' });
    door.open();
    const back = (): Promise<boolean> =>
      repositories.ping().then(
        () => true,
        () => false,
      );
    await until(back, { what: 'the database is used again' });
  });

  it.each(['the connection breaks', 'the server ends it'])(
    'in the middle of a transaction breaks nothing but that, when %s, and others work when it is back',
    async (how) => {
      const { url } = await createDatabase();
      const door = await openDoor(new URL(url));
      // One connection, so that the next transaction takes the one that was lost.
      const database = openDatabase(door.url, { max: 1 });
      atEndOfFile(() => database.close());
      const admin = postgres(url, { max: 1, onnotice: () => undefined });
      atEndOfFile(() => admin.end());
      const sleeping = database.run((db) =>
        db.transaction(async (tx) => void (await tx.execute(sql`select pg_sleep(60)`))),
      );
      const lost = sleeping.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      await until(
        async () =>
          (
            await admin`select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
          ).length > 0,
        { what: 'its statement is under way' },
      );
      if (how === 'the connection breaks') door.close();
      else
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
      expect(await lost).toBeInstanceOf(UnavailableError);
      if (how === 'the connection breaks') door.open();
      const again = (): Promise<boolean> =>
        database
          .run((db) => db.transaction(async (tx) => void (await tx.execute(sql`select 1`))))
          .then(
            () => true,
            () => false,
          );
      await until(again, { what: 'a transaction works again' });
    },
  );

  it('shows neither statement nor parameters in an error', async () => {
    const { url } = await createDatabase();
    const database = openDatabase(url);
    atEndOfFile(() => database.close());
    const failing = database.run(async (db) => {
      await db.execute(sql`select ${'s3cret'}::int`);
    });
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: '22P02' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('select $1');
    expect(error).not.toHaveProperty('parameters');
  });
});

describe('a statement', () => {
  const named = sql`select statement from pg_prepared_statements where statement like '%marked%'`;

  /** The marked statements that the one connection of a database keeps. */
  async function preparedBy(url: string, work: (db: Drizzle) => Promise<unknown>): Promise<unknown[]> {
    const database = openDatabase(url, { max: 1 });
    atEndOfFile(() => database.close());
    await database.run(work);
    return (await database.run((db) => db.execute(named))).map(({ statement }) => statement);
  }

  it('is prepared once for a connection, in transactions as well', async () => {
    const { url } = await createDatabase();
    const statements = await preparedBy(url, async (db) => {
      for (const value of [1, 2]) await db.execute(sql`select ${value}::int as marked`);
      await db.transaction(async (tx) => {
        for (const value of [1, 2]) await tx.execute(sql`select ${value}::int as marked_too`);
      });
    });
    expect(statements.sort()).toEqual(['select $1::int as marked', 'select $1::int as marked_too']);
  });

  it('with many parameters is not kept, and no statement where the URL says so', async () => {
    const { url } = await createDatabase();
    const values = sql.join(
      Array.from({ length: 101 }, (_, index) => sql`${index}`),
      sql`, `,
    );
    expect(await preparedBy(url, (db) => db.execute(sql`select ${1} in (${values}) as marked`))).toEqual([]);
    const unprepared = new URL(url);
    unprepared.searchParams.set('prepare', 'false');
    expect(await preparedBy(unprepared.href, (db) => db.execute(sql`select ${1}::int as marked`))).toEqual(
      [],
    );
  });

  it('is prepared anew when its table has changed, and only a transaction has to be tried again', async () => {
    const { url } = await createDatabase();
    const database = openDatabase(url, { max: 1 });
    atEndOfFile(() => database.close());
    const read = sql`select * from marked where ${1} = 1`;
    const alone = (): Promise<unknown[]> => database.run((db) => db.execute(read));
    const within = (): Promise<unknown[]> =>
      database.run((db) => db.transaction(async (tx) => await tx.execute(read)));
    await database.run((db) => db.execute(sql`create table marked as select 1 as one`));
    expect(await within()).toEqual([{ one: 1 }]);
    await database.run((db) => db.execute(sql`alter table marked add column two int default 2`));
    expect(await alone()).toEqual([{ one: 1, two: 2 }]);
    await database.run((db) => db.execute(sql`alter table marked add column three int default 3`));
    await expect(within()).rejects.toThrow(UnavailableError);
    expect(await within()).toEqual([{ one: 1, two: 2, three: 3 }]);
  });
});

describe('migrations', () => {
  it('are applied once by two processes that start together', async () => {
    const { url } = await createDatabase();
    const admin = postgres(url, { max: 1, onnotice: () => undefined });
    atEndOfFile(() => admin.end());
    await admin`drop schema public cascade`;
    await admin`drop schema drizzle cascade`;
    await admin`create schema public`;
    const code = "import { migrate } from './src/db/run-migrations.ts'; await migrate(process.argv[1]);";
    const run = () => execute(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, url]);
    await Promise.all([run(), run()]);
    await migrate(url);
    const [applied] = await admin`select count(*)::int as count from drizzle.__drizzle_migrations`;
    const [files] = await admin`select count(distinct hash)::int as count from drizzle.__drizzle_migrations`;
    expect(applied?.['count']).toBe(files?.['count']);
    const tables =
      await admin`select table_name from information_schema.tables where table_schema = 'public'`;
    expect(tables.map((row) => row['table_name'] as string).sort()).toEqual([
      'backup_entries',
      'backups',
      'events',
      'fleet_reads',
      'installation',
      'left_out_shoots',
      'maintenance_policies',
      'operations',
      'orchestrations',
      'planned_ends',
      'queue_control',
      'retry_requests',
      'rollout_plan_operations',
      'rollout_plans',
      'runtimes',
      'simulated_faults',
      'simulated_journal',
      'simulated_objects',
      'stack_events',
      'stack_objects',
      'stack_oplans',
      'stack_revisions',
      'stack_updates',
      'stack_uses',
      'stacks',
      'unselected_runtimes',
      'waves',
      'webhook_changes',
      'webhook_deliveries',
      'webhook_position',
      'webhooks',
    ]);
  });
});

describe('statements over large plans', () => {
  it('read the plan and its pages by index', async () => {
    const { url } = await createDatabase();
    const database = openDatabase(url, { max: 1 });
    atEndOfFile(() => database.close());
    const repositories = createRepositories(database);
    const { id } = await aPlan(repositories, 1_000);
    // Nineteen times the same again, which the database makes in a moment.
    await database.run((db) =>
      db.execute(sql`insert into operations select copy.* from operations, generate_series(1, 19) as round,
        jsonb_populate_record(operations, jsonb_build_object('id', gen_random_uuid(),
          'position', position + round * 1000, 'runtime_id', runtime_id || '-' || round)) as copy`),
    );
    const explain = async (statement: string): Promise<string> => {
      const client = postgres(url, { max: 1 });
      try {
        await client`analyze operations`;
        const lines = await client.unsafe(`explain (analyze, timing off) ${statement}`);
        return lines.map((line) => String(line['QUERY PLAN'])).join('\n');
      } finally {
        await client.end();
      }
    };
    const page = await explain(
      `select * from operations where orchestration_id = '${id}' and position >= 19000 and position < 19100 order by position`,
    );
    expect(page).toContain('operations_position');
    expect(page).toMatch(/actual rows=100/);
    const last = await explain(`select max(position) from operations where orchestration_id = '${id}'`);
    expect(last).toContain('Index Only Scan Backward using operations_position');
    const plan = await explain(
      `select id from operations where orchestration_id = '${id}' and state in ('pending', 'retrying')
       and due_at <= '${AT}' and (not_before is null or not_before <= '${AT}')
       and (order_at, (-missed), position) > ('${AT}'::timestamptz, 0, 18000)
       order by order_at, (-missed), position limit 200`,
    );
    expect(plan).toContain('operations_plan');
    expect(plan).not.toContain('Seq Scan');
    expect(plan).not.toContain('Rows Removed by Filter');
  });
});

/** A TCP door in front of the database that can be shut and opened again under the same port. */
async function openDoor(target: URL): Promise<{ url: string; close(): void; open(): void }> {
  const sockets = new Set<Socket>();
  const answer = (incoming: Socket): void => {
    const outgoing = connect(Number(target.port), target.hostname);
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    incoming.pipe(outgoing).pipe(incoming);
  };
  let server = createServer(answer);
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  const port = await listen(0);
  const shut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  atEndOfFile(shut);
  const url = new URL(target);
  url.port = String(port);
  return {
    url: url.href,
    close: shut,
    open: () => {
      server = createServer(answer);
      void listen(port);
    },
  };
}

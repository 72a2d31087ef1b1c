import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories } from '../../src/db/repositories/index.ts';
import { migrate } from '../../src/db/run-migrations.ts';
import { eventOf } from '../../src/domain/event-stream/logged-change.ts';
import { BEGINNING } from '../../src/domain/event-stream/position.ts';
import { atEndOfFile, createEmptyDatabase, until } from '../support/environment.ts';
import { firstMigrations } from '../support/migrations.ts';
import { AT } from '../support/rows.ts';

const ID = '07089b96-8e31-49a4-96d0-f8288253c804';

it('events that were written before are read in their order, without having been written anew', async () => {
  const { url } = await createEmptyDatabase();
  const sql = postgres(url, { onnotice: () => undefined });
  atEndOfFile(() => sql.end());
  // 0.3.0 has one.
  await applyMigrations(drizzle(sql), { migrationsFolder: firstMigrations(1) });
  /** As the version before writes them. */
  const event = (kind: string): Promise<unknown> =>
    sql`insert into events (orchestration_id, at, actor, kind, reason) values (${ID}, ${AT}, 'alice', ${kind}, 'before')`;
  const stackEvent = (): Promise<unknown> =>
    sql`insert into stack_events (stack, at, actor, kind, reason) values ('/a/b/c', ${AT}, 'alice', 'added', 'before')`;
  await event('created');
  await stackEvent();
  await event('wave');
  await sql`insert into queue_control values (1, true, 'alice', 'before', ${AT})`;
  await sql`insert into maintenance_policies values (1, 0, '{}', 'alice', 'before', ${AT})`;
  const storage = async (): Promise<unknown> =>
    await sql`select relname, relfilenode from pg_class where relname in ('events', 'stack_events') order by 1`;
  const before = await storage();
  await migrate(url);
  expect(await storage()).toEqual(before);

  // The version before goes on beside this one.
  await event('state');
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  const { changes, events, queue, policies } = createRepositories(database);
  const read = await until(
    async () => {
      const found = await changes.read(BEGINNING, 10);
      return found.changes.length === 6 && found.changes;
    },
    { what: 'all of them can be read' },
  );
  expect(read.map((change) => [eventOf(change), change.position.source, change.position.id])).toEqual([
    ['orchestration', 'upgrades', 1],
    ['wave', 'upgrades', 2],
    ['stack', 'stacks', 1],
    ['queue', 'queue', 1],
    ['policy', 'policy', 1],
    ['orchestration', 'upgrades', 3],
  ]);
  const { rows } = await events.list(ID, {}, { page: 1, pageSize: 10 });
  expect(rows.map(({ kind, wave, reason }) => [kind, wave, reason])).toEqual([
    ['created', null, 'before'],
    ['wave', null, 'before'],
    ['state', null, 'before'],
  ]);
  expect(await queue.latest()).toMatchObject({ revision: 1, isPaused: true });
  expect(await policies.current()).toMatchObject({ version: 1 });
});

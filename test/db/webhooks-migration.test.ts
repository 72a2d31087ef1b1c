import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories } from '../../src/db/repositories/index.ts';
import { migrate } from '../../src/db/run-migrations.ts';
import { atEndOfFile, createEmptyDatabase, until } from '../support/environment.ts';
import { firstMigrations } from '../support/migrations.ts';
import { newSecret } from '../support/receiver.ts';
import { AT } from '../support/rows.ts';

it('webhooks are told of what is logged after they were added, by whichever version', async () => {
  const { url } = await createEmptyDatabase();
  const sql = postgres(url, { onnotice: () => undefined });
  atEndOfFile(() => sql.end());
  await applyMigrations(drizzle(sql), { migrationsFolder: firstMigrations(3) });
  /** As the version before writes them. */
  const event = async (reason: string): Promise<void> => {
    await sql`insert into events (orchestration_id, at, actor, kind, reason)
      values (${randomUUID()}, ${AT}, 'alice', 'created', ${reason})`;
  };
  await event('before');
  await migrate(url);
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  const { webhooks, changes } = createRepositories(database);
  expect(await webhooks.position()).toBeUndefined();
  expect(await webhooks.enabled()).toEqual([]);
  const webhook = { id: randomUUID(), url: 'https://hooks.example.com/', description: '', events: [] };
  await webhooks.add({ ...webhook, secret: newSecret(), createdBy: 'alice', now: AT }, 50);
  await event('after');
  const since = (await webhooks.enabled())[0]?.since ?? '';
  const from = await webhooks.position();
  if (!from) throw new Error('There is no place');
  const reasons = await until(
    async () => {
      const read = await changes.read(from, 10);
      const isForIt = read.changes.filter(
        ({ position: { tx, source } }) => source === 'upgrades' && BigInt(tx) >= BigInt(since),
      );
      return isForIt.length > 0 && isForIt.map(({ reason }) => reason);
    },
    { what: 'the event can be read' },
  );
  expect(reasons).toEqual(['after']);
});

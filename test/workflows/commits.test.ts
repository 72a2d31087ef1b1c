import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import type { Database } from '../../src/db/connection.ts';
import { FleetInMemory } from '../support/fleet.ts';
import { Rig } from '../support/rig.ts';

/** Lets the database note each transaction that changes anything of upgrades; answers how to count them. */
async function countingCommits(database: Database): Promise<() => Promise<number>> {
  await database.run(async (db) => {
    await db.execute(sql`create table writers (xid xid8 primary key)`);
    await db.execute(sql`
      create function note_writer() returns trigger language plpgsql as $$
        begin insert into writers values (pg_current_xact_id()) on conflict do nothing; return null; end $$`);
    for (const table of ['orchestrations', 'operations', 'events']) {
      await db.execute(sql`
        create trigger note_writer after insert or update or delete on ${sql.identifier(table)}
        for each statement execute function note_writer()`);
    }
  });
  return () =>
    database.run(async (db) => {
      const [row] = await db.execute<{ count: number }>(sql`select count(*)::int as count from writers`);
      return row?.count ?? 0;
    });
}

it.each([
  { what: 'a dry run', dryRun: true, most: 3 },
  { what: 'an upgrade', dryRun: false, most: 6 },
])('$what commits to the database at most $most times per operation', async ({ dryRun, most }) => {
  const OPERATIONS = 12;
  const fleet = new FleetInMemory(OPERATIONS);
  const rig = await Rig.start({ fleet });
  const commits = await countingCommits(rig.database);
  expect(await rig.ends(await rig.request({ dryRun, workers: 4, targets: NOTHING }))).toBe('succeeded');
  const ofOrchestration = await commits();
  const id = await rig.request({ dryRun, workers: 4 });
  expect(await rig.ends(id)).toBe('succeeded');
  expect(await rig.statesOf(id)).toEqual({ succeeded: OPERATIONS });
  expect(((await commits()) - 2 * ofOrchestration) / OPERATIONS).toBeLessThanOrEqual(most);
});

const NOTHING = { include: [{ shoot: 'no-such-shoot' }] };

import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/connection.ts';
import {
  createRepositories,
  type Repositories,
  type RuntimeFilter,
} from '../../src/db/repositories/index.ts';
import type { FleetOutlook } from '../../src/domain/upgrades/fleet-outlook.ts';
import type { InventoryShoot } from '../../src/domain/upgrades/inventory-shoot.ts';
import { atEndOfTest } from '../support/endings.ts';
import { createDatabase } from '../support/environment.ts';
import { aRuntime, asShoot, AT } from '../support/rows.ts';

const LATER = '2026-01-02T04:00:00.000000Z';
const OUTLOOK: FleetOutlook = { kind: 'unusable policy', message: 'for the test' };
const PAGE = { page: 1, pageSize: 100 };

let database: Database;
let fleet: Repositories['fleet'];

beforeEach(async () => {
  const { url, drop } = await createDatabase();
  database = openDatabase(url);
  atEndOfTest(async () => {
    await database.close();
    await drop();
  });
  ({ fleet } = createRepositories(database));
});

function shoot(name: string, changes: Partial<InventoryShoot> = {}): InventoryShoot {
  return { ...asShoot(aRuntime({ shootName: name, runtimeID: `r-${name}` })), ...changes };
}

/** Reads all of an inventory; answers how many rows were written, and how many marked. */
async function read(shoots: readonly InventoryShoot[], now = AT): Promise<(number | 'overtaken')[]> {
  const reading = await fleet.begin(now);
  const written = await fleet.write(reading, shoots, now);
  const shootNames = shoots.map(({ shootName }) => shootName);
  return [written, await fleet.finish(reading, { shootNames, outlook: OUTLOOK, now })];
}

async function names(filter: RuntimeFilter = {}): Promise<string[]> {
  const { rows, total } = await fleet.list(filter, PAGE, { kymaConfig: false });
  expect(total).toBe(rows.length);
  return rows.map(({ row }) => row.shootName);
}

/** The writer of each row, and whether anybody has locked it since. */
async function versions(): Promise<unknown[]> {
  return await database.run(async (db) => [
    ...(await db.execute(
      sql`select shoot_name, xmin::text, xmax::text, ctid::text from runtimes order by 1`,
    )),
  ]);
}

describe('a read of the inventory', () => {
  it('writes what has changed, and touches no row of what has not', async () => {
    const shoots = [
      shoot('c-1'),
      shoot('c-2', { maintenanceWindow: undefined, createdAt: undefined, runtimeID: undefined }),
      shoot('c-3', { leftOut: 'being deleted', standing: 'deprovisioning', deletingSince: AT }),
    ];
    expect(await read(shoots)).toEqual([3, 0]);
    const before = await versions();
    expect(await read(shoots, LATER)).toEqual([0, 0]);
    expect(await versions()).toEqual(before);
    expect(await fleet.lastRead()).toMatchObject({ reading: 2, asOf: LATER, failure: null });
    const [, ...others] = shoots;
    const changed = shoot('c-1', { kubernetesVersion: '1.31.0' });
    expect(await read([changed, ...others], LATER)).toEqual([1, 0]);
    const after = await versions();
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).not.toEqual(before[0]);
  });

  it.each([
    ['runtimeID', 'r-other'],
    ['globalAccountID', 'other'],
    ['subAccountID', 'other'],
    ['instanceID', 'other'],
    ['servicePlanID', 'other'],
    ['servicePlanName', 'other'],
    ['region', 'other'],
    ['provider', 'gcp'],
    ['kubernetesVersion', '2'],
    ['machineType', 'other'],
    ['machineImage', 'other'],
    ['machineImageVersion', 'other'],
    ['maintenanceWindow', { begin: '230000+0000', end: '020000+0000' }],
    ['leftOut', 'hibernated'],
    ['standing', 'suspended'],
    ['createdAt', LATER],
    ['deletingSince', LATER],
  ] as const)('notices another %s', async (field, value) => {
    await read([shoot('c-1')]);
    const changed = { ...shoot('c-1'), [field]: value };
    expect(await read([changed], LATER)).toEqual([1, 0]);
    expect(await read([changed], LATER)).toEqual([0, 0]);
  });

  it('keeps since when a Shoot is known that does not say when it was created', async () => {
    const undated = (region: string): InventoryShoot => shoot('c-undated', { createdAt: undefined, region });
    await read([undated('one')]);
    expect(await read([undated('another')], LATER)).toContain(1);
    const { rows } = await fleet.list({ shoots: ['c-undated'] }, PAGE, { kymaConfig: false });
    expect(rows).toMatchObject([{ row: { region: 'another' } }]);
    expect(Date.parse(rows[0]?.row.createdAt ?? '')).toBe(Date.parse(AT));
  });

  it('marks what it has not found, which comes back when it does', async () => {
    await read([shoot('c-1'), shoot('c-2')]);
    expect(await read([shoot('c-2')], LATER)).toEqual([0, 1]);
    expect(await names()).toEqual(['c-2']);
    expect(await names({ states: ['all'] })).toEqual(['c-2']);
    expect(await names({ states: ['deprovisioned'] })).toEqual(['c-1']);
    expect(await read([shoot('c-2')], LATER)).toEqual([0, 0]);
    expect(await read([shoot('c-1'), shoot('c-2')], LATER)).toEqual([1, 0]);
    expect(await names()).toEqual(['c-1', 'c-2']);
  });

  it('forgets what has gone for more than thirty days', async () => {
    await read([shoot('c-1')]);
    await read([], LATER);
    await read([], '2026-02-01T04:00:00.000000Z');
    expect(await names({ states: ['deprovisioned'] })).toEqual(['c-1']);
    await read([], '2026-02-01T04:00:00.000001Z');
    expect(await names({ states: ['deprovisioned'] })).toEqual([]);
  });

  it('writes nothing once a later one has begun, not even what that one has left as it was', async () => {
    await read([shoot('c-1')]);
    const early = await fleet.begin(AT);
    const late = await fleet.begin(LATER);
    expect(await fleet.write(late, [shoot('c-1')], LATER)).toBe(0);
    expect(await fleet.write(early, [shoot('c-1', { region: 'as it was before' })], AT)).toBe('overtaken');
    expect(await fleet.finish(early, { shootNames: [], outlook: OUTLOOK, now: AT })).toBe('overtaken');
    await fleet.fail(early, 'too late to be told', LATER);
    expect(await fleet.finish(late, { shootNames: ['c-1'], outlook: OUTLOOK, now: LATER })).toBe(0);
    expect((await fleet.list({}, PAGE, { kymaConfig: false })).rows[0]?.row.region).toBe('westeurope');
    expect(await fleet.lastRead()).toMatchObject({ reading: late, asOf: LATER, failure: null });
  });

  it('leaves what a newer policy makes of the fleet, which is kept only in place of an older one', async () => {
    const byVersion = (policyVersion: number, groups = 0): Extract<FleetOutlook, { kind: 'windows' }> => ({
      ...{ kind: 'windows', policyVersion },
      windows: { groups: [], withoutWindow: { 'no definition': groups, frozen: 0, 'opted out': 0 } },
    });
    const finish = async (outlook: FleetOutlook): Promise<unknown> => {
      await fleet.finish(await fleet.begin(LATER), { shootNames: [], outlook, now: LATER });
      return (await fleet.lastRead())?.outlook;
    };
    await fleet.recount(byVersion(1));
    expect(await fleet.lastRead()).toBeUndefined();
    await fleet.begin(AT);
    await fleet.recount(byVersion(1));
    expect(await fleet.lastRead()).toMatchObject({ asOf: null, outlook: null });
    expect(await finish(byVersion(1))).toEqual(byVersion(1));
    await fleet.recount(byVersion(3));
    expect(await finish(byVersion(2))).toEqual(byVersion(3));
    await fleet.recount(byVersion(2));
    expect((await fleet.lastRead())?.outlook).toEqual(byVersion(3));
    expect(await finish(byVersion(3, 5))).toEqual(byVersion(3, 5));
    expect(await finish(OUTLOOK)).toEqual(OUTLOOK);
    await fleet.recount(byVersion(1));
    expect((await fleet.lastRead())?.outlook).toEqual(byVersion(1));
  });

  it('that has failed leaves the rows and their age as they are, and says why', async () => {
    await read([shoot('c-1')]);
    const reading = await fleet.begin(LATER);
    await fleet.fail(reading, 'The Gardener API does not answer', LATER);
    expect(await fleet.lastRead()).toMatchObject({
      asOf: AT,
      failedAt: LATER,
      failure: 'The Gardener API does not answer',
    });
    expect(await names()).toEqual(['c-1']);
  });

  it('holds of two that begin at once one only', async () => {
    const numbers = await Promise.all(Array.from({ length: 5 }, () => fleet.begin(AT)));
    expect([...numbers].sort()).toEqual([1, 2, 3, 4, 5]);
    // Each has something of its own to write: what is there already would be left alone without a look at the number.
    const written = await Promise.all(
      numbers.map((number) => fleet.write(number, [shoot(`c-${number}`)], AT)),
    );
    expect(written.filter((rows) => rows !== 'overtaken')).toEqual([1]);
    expect(await names()).toEqual(['c-5']);
  });
});

describe('the list of runtimes', () => {
  it('is in the order of their creation, and pages cover it without gaps', async () => {
    const shoots = Array.from({ length: 25 }, (_, index) =>
      shoot(`c-${String(index).padStart(2, '0')}`, {
        createdAt: new Date(Date.parse(AT) + ((index * 7) % 5) * 1_000).toISOString(),
      }),
    );
    await read(shoots);
    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => fleet.list({}, { page, pageSize: 10 }, { kymaConfig: false })),
    );
    expect(pages.map(({ rows, total }) => [rows.length, total])).toEqual([
      [10, 25],
      [10, 25],
      [5, 25],
      [0, 25],
    ]);
    const listed = pages.flatMap(({ rows }) => rows.map(({ row }) => row));
    const inOrder = listed.toSorted(
      (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.shootName < b.shootName ? -1 : 1),
    );
    expect(listed).toEqual(inOrder);
    expect(new Set(listed.map(({ shootName }) => shootName)).size).toBe(25);
  });

  it('has a page and a total of the same moment, whatever is written meanwhile', async () => {
    const shoots = Array.from({ length: 60 }, (_, index) => shoot(`c-${index}`));
    await read(shoots);
    const over = new AbortController();
    const writing = (async () => {
      while (!over.signal.aborted) for (const count of [30, 60]) await read(shoots.slice(0, count));
    })();
    try {
      for (let round = 0; round < 100; round += 1) {
        const { rows, total } = await fleet.list({}, PAGE, { kymaConfig: false });
        expect(rows.length).toBe(total);
      }
    } finally {
      over.abort();
      await writing;
    }
  });

  it('takes alternatives of one field, and all fields together', async () => {
    await read([
      shoot('c-1', { region: 'eu', servicePlanName: 'azure', globalAccountID: 'g1' }),
      shoot('c-2', { region: 'us', servicePlanName: 'azure', subAccountID: 's2' }),
      shoot('c-3', { region: 'eu', servicePlanName: 'gcp', instanceID: 'i3' }),
    ]);
    expect(await names({ regions: ['eu', 'us'] })).toEqual(['c-1', 'c-2', 'c-3']);
    expect(await names({ regions: ['eu'], plans: ['gcp', 'aws'] })).toEqual(['c-3']);
    expect(await names({ globalAccountIDs: ['g1', 'g9'] })).toEqual(['c-1']);
    expect(await names({ subAccountIDs: ['s2'] })).toEqual(['c-2']);
    expect(await names({ instanceIDs: ['i3'] })).toEqual(['c-3']);
    expect(await names({ runtimeIDs: ['r-c-1', 'r-c-2'] })).toEqual(['c-1', 'c-2']);
    expect(await names({ shoots: ['c-2', 'c-3'], regions: ['us'] })).toEqual(['c-2']);
    expect(await names({ shoots: [] })).toEqual([]);
    // No part of a name, and no pattern.
    expect(await names({ shoots: ['c-'], plans: ['%'] })).toEqual([]);
  });

  it('has neither those that hibernate, unless they are asked for, nor what is no runtime', async () => {
    await read([
      shoot('c-1'),
      shoot('c-2', { leftOut: 'hibernated', standing: 'suspended' }),
      shoot('c-3', { leftOut: 'runtime ID of another Shoot', standing: 'stray', runtimeID: 'r-c-1' }),
      shoot('c-4', { leftOut: 'being deleted', standing: 'deprovisioning' }),
    ]);
    expect(await names()).toEqual(['c-1', 'c-4']);
    expect(await names({ states: ['suspended'] })).toEqual(['c-2']);
    expect(await names({ states: ['all'] })).toEqual(['c-1', 'c-2', 'c-4']);
    expect(await names({ states: ['deprovisioning', 'suspended'] })).toEqual(['c-2', 'c-4']);
    expect(await names({ states: ['updating', 'deprovisionincomplete'] })).toEqual([]);
    const { leftOut, runtimes } = await fleet.counts();
    expect(runtimes).toBe(2);
    expect(leftOut).toEqual([
      { key: 'being deleted', count: 1 },
      { key: 'hibernated', count: 1 },
      { key: 'runtime ID of another Shoot', count: 1 },
    ]);
  });

  it('is read from the index of its order', async () => {
    await read(Array.from({ length: 3_000 }, (_, index) => shoot(`c-${index}`)));
    const plan = await database.run(async (db) => {
      await db.execute(sql`analyze runtimes`);
      const rows = await db.execute(sql`explain select r.* from runtimes r
        where r.removed_at is null and r.standing not in ('suspended', 'stray')
        order by r.created_at, r.shoot_name limit 100`);
      return rows.map((row) => Object.values(row).join('')).join('\n');
    });
    expect(plan).toContain('runtimes_listed');
  });
});

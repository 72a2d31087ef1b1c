import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../../src/db/repositories/index.ts';
import type { BackupEntryRow } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import type { Oplan } from '../../../src/domain/stacks/definition.ts';
import { createDatabase } from '../../support/environment.ts';
import { AT } from '../../support/rows.ts';
import { aDefinition, anOplan, aStack, aStackIn } from '../../support/stacks/rows.ts';

let repositories: Repositories;

beforeEach(async () => {
  const { url, drop } = await createDatabase();
  const database = openDatabase(url);
  repositories = createRepositories(database);
  return async () => {
    await database.close();
    await drop();
  };
});

const change = { actor: 'drydock', reason: 'because', now: AT };
const aBackup = (createdAt = AT) => ({ id: randomUUID(), createdBy: 'alice', createdAt });
const add = (name: string, oplans?: Oplan[]) =>
  repositories.stacks.add(aStack(aDefinition(name, oplans && { oplans })));
const usesVolume = (name: string, volume: string): Oplan =>
  anOplan('servers', 'launchplan', [{ name, storage_attachments: [{ volume, index: 1 }] }]);

async function entriesOf(id: string, kind: 'included' | 'excluded'): Promise<BackupEntryRow[]> {
  const entries: BackupEntryRow[] = [];
  for (;;) {
    const page = await repositories.backups.entries(id, kind, entries.at(-1)?.name ?? '', 700);
    entries.push(...page);
    if (page.length < 700) return entries;
  }
}
async function reasons(): Promise<Record<string, string>> {
  const { id } = await repositories.backups.create(aBackup());
  const excluded = await entriesOf(id, 'excluded');
  expect(excluded.every(({ definition, instances }) => definition === null && instances === null)).toBe(true);
  return Object.fromEntries(excluded.map(({ name, reason }) => [name, reason ?? '']));
}

describe('a backup', () => {
  it('A92: has the definition of a stack and the state of its instances', async () => {
    const name = '/acme/jack/shop';
    const definition = aDefinition(name);
    await aStackIn(repositories, 'ready', definition);
    const instance = { stack: name, label: 'servers', name: `${name}-vm` };
    const runs = { condition: 'running', objectID: 'an ID', owned: true } as const;
    await repositories.stackObjects.change(instance, runs, change);
    const wanted = aBackup();
    const backup = await repositories.backups.create(wanted);
    expect(backup).toEqual({ ...wanted, includedCount: 1, excludedCount: 0 });
    expect(await entriesOf(backup.id, 'included')).toEqual([
      {
        backup: backup.id,
        name,
        definition,
        status: 'ready',
        instances: [{ name: `${name}-vm`, state: 'running', desired_state: 'running', id: 'an ID' }],
        reason: null,
      },
    ]);
  });

  it('A92: is made once under one ID, and stays as it is', async () => {
    await add('/acme/jack/first');
    const wanted = aBackup();
    const [first, second] = await Promise.all([
      repositories.backups.create(wanted),
      repositories.backups.create(wanted),
    ]);
    await add('/acme/jack/second');
    expect(second).toEqual(first);
    expect(await repositories.backups.create({ ...wanted, createdBy: 'bob' })).toEqual(first);
    expect(await entriesOf(wanted.id, 'included')).toHaveLength(1);
  });

  it('A92: is listed newest first, found and removed with its entries', async () => {
    const { backups } = repositories;
    const [old, young] = [aBackup(), aBackup('2026-01-03T00:00:00.000000Z')];
    await add('/acme/jack/shop');
    const rows = [await backups.create(young), await backups.create(old)];
    expect(await backups.list({ page: 1, pageSize: 10 })).toEqual({ rows, total: 2 });
    expect(await backups.list({ page: 2, pageSize: 1 })).toEqual({ rows: rows.slice(1), total: 2 });
    expect(await backups.find(old.id)).toEqual(rows[1]);
    expect(await backups.remove(old.id)).toBe(true);
    expect(await backups.remove(old.id)).toBe(false);
    expect(await backups.find(old.id)).toBeUndefined();
    expect(await entriesOf(old.id, 'included')).toEqual([]);
    expect(await entriesOf(young.id, 'included')).toHaveLength(1);
    expect(await backups.remove('no UUID')).toBe(false);
    expect(await backups.find('no UUID')).toBeUndefined();
    expect(await entriesOf('no UUID', 'excluded')).toEqual([]);
  });

  it('of no stacks at all is empty', async () => {
    expect(await repositories.backups.create(aBackup())).toMatchObject({
      includedCount: 0,
      excludedCount: 0,
    });
  });
});

describe('what a backup leaves out', () => {
  it('A93: is a stack that defines no instance', async () => {
    await add('/acme/jack/disks', [anOplan('disks', 'storage/volume', ['/acme/jack/disk'])]);
    await add('/acme/jack/shop');
    expect(await reasons()).toEqual({
      '/acme/jack/disks': 'It defines no instance, only other objects',
    });
  });

  it('A93: counts no instance of a plan that is no longer defined', async () => {
    const name = '/acme/jack/shop';
    await aStackIn(repositories, 'ready', aDefinition(name));
    const instance = { stack: name, label: 'servers', name: `${name}-vm` };
    await repositories.stackObjects.change(instance, { condition: 'running', owned: true }, change);
    const next = aStack(
      aDefinition(name, { oplans: [anOplan('disks', 'storage/volume', [`${name}-disk`])] }),
    );
    await repositories.stacks.storeRevision(name, next, AT);
    await repositories.stacks.activate(next, change);
    expect(Object.keys(await reasons())).toEqual([name]);
  });

  it('A94: is a stack that creates what an instance of another one uses', async () => {
    const volume = '/acme/jack/shared';
    await add('/acme/jack/a-user', [usesVolume('/acme/jack/vm', volume)]);
    await add('/acme/jack/creator', [
      anOplan('disks', 'storage/volume', ['/acme/jack/private', volume]),
      usesVolume('/acme/jack/vm-2', '/acme/jack/private'),
    ]);
    await add('/acme/jack/z-user', [usesVolume('/acme/jack/vm-3', volume)]);
    expect(await reasons()).toEqual({
      '/acme/jack/creator': `It creates storage/volume ${volume}, which the instance /acme/jack/vm of the orchestration /acme/jack/a-user uses`,
    });
  });

  it('A94: also names a user that comes after the stack itself, which uses the object too', async () => {
    const volume = '/acme/jack/shared';
    await add('/acme/jack/creator', [
      anOplan('disks', 'storage/volume', [volume]),
      usesVolume('/acme/jack/vm', volume),
    ]);
    expect(await reasons()).toEqual({});
    await add('/acme/jack/user', [usesVolume('/acme/jack/vm-2', volume)]);
    expect(await reasons()).toEqual({
      '/acme/jack/creator': `It creates storage/volume ${volume}, which the instance /acme/jack/vm-2 of the orchestration /acme/jack/user uses`,
    });
  });

  it('A94: is no stack that only adopted what others use', async () => {
    const volume = '/acme/jack/shared';
    const disks = anOplan('disks', 'storage/volume', [volume]);
    for (const stack of ['/acme/jack/adopts', '/acme/jack/creates']) {
      await add(stack, [disks, usesVolume(`${stack}-vm`, volume)]);
      const key = { stack, label: 'disks', name: volume };
      const owned = stack.endsWith('creates');
      await repositories.stackObjects.change(key, { condition: 'available', owned }, change);
    }
    expect(Object.keys(await reasons())).toEqual(['/acme/jack/creates']);
  });

  it('A93 A94: is told among 2,000 stacks, of which each fifth is left out', async () => {
    const adding = async (from: number): Promise<void> => {
      for (let index = from; index < 2000; index += 8) {
        const name = `/acme/jack/s-${String(index).padStart(4, '0')}`;
        if (index % 10 === 0) await add(name, [anOplan('disks', 'storage/volume', [`${name}-disk`])]);
        // Its volume is used by the next one.
        else if (index % 10 === 1) await add(name);
        else if (index % 10 === 2) await add(name, [usesVolume(`${name}-vm`, `${name.slice(0, -1)}1-disk`)]);
        else await add(name);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, from) => adding(from)));
    const backup = await repositories.backups.create(aBackup());
    expect(backup).toMatchObject({ includedCount: 1600, excludedCount: 400 });
    const [included, excluded] = [
      await entriesOf(backup.id, 'included'),
      await entriesOf(backup.id, 'excluded'),
    ];
    expect(included).toHaveLength(1600);
    expect(excluded.slice(0, 4).map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      '/acme/jack/s-0000: It defines no instance, only other objects',
      '/acme/jack/s-0001: It creates storage/volume /acme/jack/s-0001-disk, which the instance /acme/jack/s-0002-vm of the orchestration /acme/jack/s-0002 uses',
      '/acme/jack/s-0010: It defines no instance, only other objects',
      '/acme/jack/s-0011: It creates storage/volume /acme/jack/s-0011-disk, which the instance /acme/jack/s-0012-vm of the orchestration /acme/jack/s-0012 uses',
    ]);
    expect(excluded).toHaveLength(400);
  });
});

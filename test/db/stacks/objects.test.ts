import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../../src/db/repositories/index.ts';
import type { ObjectChange, ObjectKey } from '../../../src/db/repositories/stacks/life-cycle-repositories.ts';
import { isTransitional, STACK_STATUSES } from '../../../src/domain/stacks/statuses.ts';
import { freshRepositories } from '../../support/repositories.ts';
import { AT } from '../../support/rows.ts';
import { aDefinition, anOplan, aStack, aStackIn } from '../../support/stacks/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const LATER = '2026-01-02T04:00:00.000000Z';
const change = { actor: 'drydock', reason: 'because', now: LATER };
let number = 0;
const newName = (): string => `/acme/jack/stack-${++number}`;
const eventsOf = async (stack: string): Promise<string[]> =>
  (await repositories.stacks.listEvents(stack, { page: 1, pageSize: 100 })).rows.flatMap(
    ({ kind, object, fromState, toState }) =>
      object === null ? [] : [`${kind} ${object} ${fromState ?? ''}>${toState ?? ''}`],
  );

async function aStackWithInstance(): Promise<ObjectKey> {
  const stack = newName();
  await repositories.stacks.add(aStack(aDefinition(stack)));
  return { stack, label: 'servers', name: `${stack}-vm` };
}
const RUNS: ObjectChange = {
  condition: 'running',
  objectID: 'an ID',
  owned: true,
  attributes: { ip: '10.0.0.1' },
  error: null,
  failureCode: null,
  doneFor: 1,
};

describe('the row of an object', () => {
  it('changes as said and leaves the rest, with an event when its condition differs; twice is once', async () => {
    const key = await aStackWithInstance();
    const failed = { condition: 'failed', error: 'no room', failureCode: 'OBJECT_FAILED' } as const;
    const first = await repositories.stackObjects.change(key, failed, change);
    expect(first).toMatchObject({ ...key, ...failed, conditionAt: LATER, desired: 'running', doneFor: 0 });
    const row = await repositories.stackObjects.change(key, RUNS, { ...change, now: AT });
    expect(row).toMatchObject({ ...RUNS, conditionAt: AT, desired: 'running' });
    expect(await repositories.stackObjects.change(key, RUNS, change)).toEqual(row);
    expect(await repositories.stackObjects.change(key, {}, change)).toEqual(row);
    expect(await repositories.stackObjects.find(key)).toEqual(row);
    expect(await eventsOf(key.stack)).toEqual([
      `object ${key.name} absent>failed`,
      `object ${key.name} failed>running`,
    ]);
    const other = await repositories.stackObjects.find({
      ...key,
      label: 'disks',
      name: `${key.stack}-disk`,
    });
    expect(other).toMatchObject({ condition: 'absent', conditionAt: AT });
  });

  it('names what is desired in its event, and what was observed', async () => {
    const key = await aStackWithInstance();
    await repositories.stackObjects.change(key, RUNS, change);
    for (let time = 0; time < 2; time++) {
      await repositories.stackObjects.change(key, { desired: 'shutdown' }, { ...change, kind: 'desired' });
      await repositories.stackObjects.change(key, { condition: 'stopped' }, { ...change, kind: 'observed' });
    }
    expect((await eventsOf(key.stack)).slice(1)).toEqual([
      `desired ${key.name} running>shutdown`,
      `observed ${key.name} running>stopped`,
    ]);
  });

  it('A86: tells of a notification once, and again when something else has happened', async () => {
    const key = await aStackWithInstance();
    const notified = { ...change, kind: 'notified' } as const;
    await repositories.stackObjects.change(key, {}, notified);
    await repositories.stackObjects.change(key, {}, notified);
    await repositories.stackObjects.change(key, { condition: 'running' }, change);
    await repositories.stackObjects.change(key, {}, notified);
    expect(await eventsOf(key.stack)).toEqual([
      `notified ${key.name} >`,
      `object ${key.name} absent>running`,
      `notified ${key.name} >`,
    ]);
  });

  it('takes no late write of an action before the one that it was brought through', async () => {
    const key = await aStackWithInstance();
    const row = await repositories.stackObjects.change(key, { ...RUNS, doneFor: 3 }, change);
    const late = { condition: 'absent', doneFor: 2 } as const;
    expect(await repositories.stackObjects.change(key, late, change)).toEqual(row);
    expect(await eventsOf(key.stack)).toHaveLength(1);
  });

  it('is of no stack, plan or name that does not exist', async () => {
    const key = await aStackWithInstance();
    const missing = { ...key, label: 'other' };
    expect(await repositories.stackObjects.find(missing)).toBeUndefined();
    expect(await repositories.stackObjects.change(missing, RUNS, change)).toBeUndefined();
  });
});

describe('objects of stacks', () => {
  it('come in the order of the definition, of many stacks at once', async () => {
    const [first, second] = [await aStackWithInstance(), await aStackWithInstance()];
    const names = async (stack: string): Promise<string[]> =>
      (await repositories.stackObjects.ofStack(stack)).map(({ name }) => name);
    expect(await names(first.stack)).toEqual([`${first.stack}-disk`, `${first.stack}-vm`]);
    const all = await repositories.stackObjects.ofStacks([second.stack, '/no/such/stack', first.stack]);
    expect([...all.keys()]).toEqual([second.stack, '/no/such/stack', first.stack]);
    expect([...all.values()].map((rows) => rows.map(({ name }) => name))).toEqual([
      [`${second.stack}-disk`, `${second.stack}-vm`],
      [],
      [`${first.stack}-disk`, `${first.stack}-vm`],
    ]);
  });

  it('are listed by type and folder when they exist, each name once, the owned one first', async () => {
    const { stacks, stackObjects } = repositories;
    const volumes = ['/lists/a/shared', '/lists/a/other', '/lists/b/disk', '/lists/b/never'];
    const [adopts, owns, defines] = ['/lists/x/1', '/lists/x/2', '/lists/x/0'];
    for (const name of [adopts, owns, defines]) {
      const oplans = [anOplan('disks', 'storage/volume', volumes), anOplan('nets', 'vnet', ['/lists/a/n'])];
      await stacks.add(aStack(aDefinition(name, { oplans })));
    }
    const exists = (stack: string, index: number, owned: boolean) =>
      stackObjects.change(
        { stack, label: 'disks', name: volumes[index] ?? '' },
        { condition: 'available', objectID: stack, owned },
        change,
      );
    await exists(adopts, 0, false);
    await exists(owns, 0, true);
    await exists(adopts, 1, true);
    const creating = { stack: owns, label: 'disks', name: '/lists/b/disk' };
    await stackObjects.change(creating, { condition: 'creating' }, change);

    const found = await stackObjects.findByName('storage/volume', '/lists/a/shared');
    expect(found.map(({ stack }) => stack)).toEqual([owns, adopts, defines]);
    expect(await stackObjects.findByName('vnet', '/lists/a/shared')).toEqual([]);

    const folder = { container: 'lists' };
    const page = await stackObjects.listNames('storage/volume', folder, { page: 1, pageSize: 2 });
    expect(page).toEqual({ rows: ['/lists/a/other', '/lists/a/shared'], total: 3 });
    expect(
      await stackObjects.listNamed('storage/volume', [...page.rows, '/lists/a/none'].reverse()),
    ).toMatchObject([
      { name: '/lists/a/other', stack: adopts },
      { name: '/lists/a/shared', stack: owns },
    ]);
    expect(await stackObjects.listNames('storage/volume', folder, { page: 2, pageSize: 2 })).toEqual({
      rows: ['/lists/b/disk'],
      total: 3,
    });
    const user = { container: 'lists', user: 'b' };
    expect(await stackObjects.listNames('storage/volume', user, { page: 1, pageSize: 9 })).toEqual({
      rows: ['/lists/b/disk'],
      total: 1,
    });
    expect(await stackObjects.listNames('vnet', folder, { page: 1, pageSize: 9 })).toEqual({
      rows: [],
      total: 0,
    });
    expect(await stackObjects.listNamed('vnet', ['/lists/a/n'])).toEqual([]);
  });

  it('A71: that were adopted are told gone by the identity of what is gone: one that was made since stays', async () => {
    const { stacks, stackObjects } = repositories;
    const object = { objType: 'storage/volume', name: '/anew/jack/disk' } as const;
    const key = (stack: string): ObjectKey => ({ stack, label: 'disks', name: object.name });
    const [owner, before, since] = ['owner', 'before', 'since'].map((name) => `/anew/jack/${name}`) as [
      string,
      string,
      string,
    ];
    for (const stack of [owner, before, since]) {
      await stacks.add(
        aStack(aDefinition(stack, { oplans: [anOplan('disks', object.objType, [object.name])] })),
      );
      const objectID = stack === since ? 'the new one' : 'the old one';
      const adopted = { condition: 'available', objectID, owned: stack === owner } as const;
      await stackObjects.change(key(stack), adopted, change);
    }
    const gone = { condition: 'absent', objectID: null, owned: null } as const;
    await stackObjects.destroyed(key(owner), gone, change, { ...object, id: 'the old one' });
    expect((await stackObjects.find(key(owner)))?.condition).toBe('absent');
    expect(await stackObjects.find(key(before))).toMatchObject({
      condition: 'absent',
      error: expect.stringContaining(`was destroyed by ${owner}`) as string,
    });
    expect(await stackObjects.find(key(since))).toMatchObject({
      condition: 'available',
      objectID: 'the new one',
      error: null,
    });
  });

  it('A85 A86: that run are walked by keyset, but not those of stacks with an operation in progress', async () => {
    const own = await freshRepositories();
    const expected: string[] = [];
    for (const status of STACK_STATUSES) {
      const name = `/walk/jack/${status}`;
      const nested = anOplan('nested', 'orchestration', [`${name}-nested`]);
      const { oplans } = aDefinition(name);
      await aStackIn(own, status, aDefinition(name, { oplans: [...oplans, nested] }));
      const keys = [
        { stack: name, label: 'disks', name: `${name}-disk` },
        { stack: name, label: 'nested', name: `${name}-nested` },
        { stack: name, label: 'servers', name: `${name}-vm` },
      ];
      for (const key of keys) {
        await own.stackObjects.change(key, { condition: 'running' }, change);
        if (key.label !== 'disks' && !isTransitional(status)) expected.push(key.name);
      }
    }
    const gone = { stack: '/walk/jack/ready', label: 'servers', name: '/walk/jack/ready-vm' };
    await own.stackObjects.change(gone, { condition: 'absent' }, change);
    expected.splice(expected.indexOf(gone.name), 1);

    const walked: ObjectKey[] = [];
    for (;;) {
      const rows = await own.stackObjects.listPowered(walked.at(-1), 4);
      walked.push(...rows);
      if (rows.length < 4) break;
    }
    expect(walked.map(({ name }) => name)).toEqual(expected.sort());
  });
});

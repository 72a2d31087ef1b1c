import { beforeAll, describe, expect, it } from 'vitest';
import type { Repositories } from '../../../src/db/repositories/index.ts';
import {
  isTransitional,
  STACK_ENTERED_FROM,
  STACK_STATUSES,
  type StackStatus,
} from '../../../src/domain/stacks/statuses.ts';
import { planOf } from '../../../src/domain/stacks/prepared-plan.ts';
import { freshRepositories } from '../../support/repositories.ts';
import { AT } from '../../support/rows.ts';
import { aDefinition, anOplan, aStack, aStackIn } from '../../support/stacks/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const LATER = '2026-01-02T04:00:00.000000Z';
const change = { actor: 'bob', reason: 'because', now: LATER };
let number = 0;
const newName = (): string => `/acme/jack/stack-${++number}`;
const eventsOf = async (stack: string): Promise<string[]> =>
  (await repositories.stacks.listEvents(stack, { page: 1, pageSize: 100 })).rows.map(
    ({ kind, actor, fromState, toState }) => `${actor} ${kind} ${fromState ?? ''}>${toState ?? ''}`,
  );

describe('the row of a stack', () => {
  it('A68: is added once, stopped, with plans and objects in order, and read back as it was written', async () => {
    const name = newName();
    const definition = aDefinition(name, {
      oplans: [
        anOplan('z', 'seclist', ['/acme/jack/zz', '/acme/jack/aa'], { ha_policy: 'monitor' }),
        anOplan('a', 'launchplan', [
          { name: '/acme/joe/vm', networking: { eth0: { seclists: ['seclist:/acme/jack/zz'] } } },
        ]),
      ],
    });
    const stack = aStack(definition, { idempotencyKey: `key ${name}`, requestHash: 'hash' });
    const first = await repositories.stacks.add(stack);
    expect(first).toMatchObject({
      name,
      container: '/acme/',
      folder: '/acme/jack/',
      definition,
      revision: stack.revision,
      status: 'stopped',
      statusAt: AT,
      action: 0,
      startedAt: null,
      startedFor: null,
      createdBy: 'alice',
      createdAt: AT,
      requestHash: 'hash',
    });
    expect(await repositories.stacks.add({ ...stack, createdBy: 'somebody else' })).toBeUndefined();
    expect(await repositories.stacks.find(name)).toEqual(first);
    expect(await repositories.stacks.findByIdempotencyKey('alice', `key ${name}`)).toEqual(first);
    expect(await repositories.stacks.findByIdempotencyKey('bob', `key ${name}`)).toBeUndefined();
    expect(await eventsOf(name)).toEqual(['alice added >stopped']);

    const loaded = await repositories.stacks.load(name);
    expect(loaded?.row).toEqual(first);
    expect(loaded?.plan).toEqual(planOf(definition));
    expect(loaded?.retired).toEqual([]);
    expect(loaded?.objects.map(({ label, name: object }) => `${label} ${object}`)).toEqual([
      'z /acme/jack/zz',
      'z /acme/jack/aa',
      'a /acme/joe/vm',
    ]);
    expect(loaded?.objects[2]).toMatchObject({
      objType: 'launchplan',
      folder: '/acme/joe/',
      spec: { name: '/acme/joe/vm', networking: { eth0: { seclists: ['seclist:/acme/jack/zz'] } } },
      condition: 'absent',
      conditionAt: AT,
      desired: 'running',
      objectID: null,
      owned: null,
      doneFor: 0,
    });
  });

  it('is not added a second time under another name with the same idempotency key', async () => {
    const key = { idempotencyKey: 'one key' };
    const [first, second] = await Promise.all(
      [newName(), newName()].map((name) => repositories.stacks.add(aStack(aDefinition(name), key))),
    );
    expect([first, second].filter(Boolean)).toHaveLength(1);
    const standing = await repositories.stacks.findByIdempotencyKey('alice', 'one key');
    expect(standing).toEqual(first ?? second);
  });

  it('takes a thousand objects', async () => {
    const name = newName();
    const objects = Array.from({ length: 1000 }, (_, index) => `/acme/jack/o-${index}`);
    await repositories.stacks.add(
      aStack(aDefinition(name, { oplans: [anOplan('many', 'seclist', objects)] })),
    );
    const loaded = await repositories.stacks.load(name);
    expect(loaded?.objects.map((object) => object.name)).toEqual(objects);
  });

  it('A73 A74: is removed only while it is stopped, with everything but its events', async () => {
    const name = newName();
    const definition = aDefinition(name);
    await aStackIn(repositories, 'ready', definition);
    const { createdAt = '' } = (await repositories.stacks.find(name)) ?? {};
    await repositories.stacks.remove(name, createdAt, change);
    expect(await repositories.stacks.find(name)).toBeDefined();
    for (const status of ['stopping', 'stopped'] as const) {
      await repositories.stacks.enterStatus(name, status, change);
    }
    // Another stack had that name before: what is to become of it is nothing of this one's.
    await repositories.stacks.remove(name, '2020-01-01T00:00:00Z', change);
    expect(await repositories.stacks.find(name)).toBeDefined();
    await repositories.stacks.remove(name, createdAt, change);
    await repositories.stacks.remove(name, createdAt, change);
    expect(await repositories.stacks.find(name)).toBeUndefined();
    expect(await repositories.stacks.load(name)).toBeUndefined();
    expect(await repositories.stackObjects.ofStack(name)).toEqual([]);
    expect((await eventsOf(name)).slice(-2)).toEqual(['bob status stopping>stopped', 'bob removed stopped>']);
    expect(await repositories.stacks.add(aStack(definition))).toMatchObject({ action: 0 });
  });
});

describe('the status of a stack', () => {
  it('A78 A87: follows the table, each change with one event; anything else changes nothing', async () => {
    for (const from of STACK_STATUSES) {
      for (const to of STACK_STATUSES) {
        const name = newName();
        const before = await aStackIn(repositories, from, aDefinition(name));
        const events = await eventsOf(name);
        const after = await repositories.stacks.enterStatus(name, to, change);
        if (!STACK_ENTERED_FROM[to].includes(from)) {
          expect(after).toEqual(before);
          expect(await repositories.stacks.find(name)).toEqual(before);
          expect(await eventsOf(name)).toEqual(events);
          continue;
        }
        const counted = isTransitional(to) || to === 'scheduled';
        expect(after).toMatchObject({
          status: to,
          statusAt: LATER,
          action: before.action + (counted ? 1 : 0),
        });
        expect(await eventsOf(name)).toEqual([...events, `bob status ${from}>${to}`]);
        expect(await repositories.stacks.enterStatus(name, to, change)).toEqual(after);
        expect(await eventsOf(name)).toHaveLength(events.length + 1);
      }
    }
  });

  it('keeps when it was started and for whom, until it is started again', async () => {
    const name = newName();
    const enter = async (status: StackStatus, now: string, startedFor?: string) => {
      const row = await repositories.stacks.enterStatus(name, status, { ...change, now, startedFor });
      return { at: row?.startedAt?.slice(11, 16), for: row?.startedFor };
    };
    await repositories.stacks.add(aStack(aDefinition(name)));
    const at = (hour: number): string => `2026-01-03T0${hour}:00:00.000000Z`;
    expect(await enter('starting', at(1), '/a/b/c plan /x/y/z')).toEqual({
      at: '01:00',
      for: '/a/b/c plan /x/y/z',
    });
    expect(await enter('error', at(2))).toEqual({ at: '01:00', for: '/a/b/c plan /x/y/z' });
    expect(await enter('starting', at(3), 'another')).toEqual({ at: '01:00', for: '/a/b/c plan /x/y/z' });
    await enter('ready', at(4));
    await enter('stopping', at(4));
    await enter('stopped', at(4));
    expect(await enter('scheduled', at(5), 'me')).toEqual({ at: '05:00', for: 'me' });
    expect(await enter('starting', at(6))).toEqual({ at: '06:00', for: 'me' });
    await enter('stopping', at(6));
    await enter('stopped', at(6));
    expect(await enter('starting', at(7))).toEqual({ at: '07:00', for: null });
  });

  it('is entered once when many ask for it at the same time, and nobody is told otherwise', async () => {
    const name = newName();
    await aStackIn(repositories, 'ready', aDefinition(name));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => repositories.stacks.enterStatus(name, 'stopping', change)),
    );
    expect(answers.map((row) => `${row?.status} ${row?.action}`)).toEqual(Array(8).fill('stopping 2'));
    expect((await eventsOf(name)).filter((event) => event.endsWith('>stopping'))).toHaveLength(1);
  });

  it('is of no stack that does not exist', async () => {
    expect(await repositories.stacks.enterStatus('/no/such/stack', 'starting', change)).toBeUndefined();
  });
});

describe('lists of stacks', () => {
  it('page by name within a folder, by status as asked, with the total', async () => {
    const { stacks } = repositories;
    const names = ['a/z', 'a/b', 'b/a', 'b/A', 'b/a-1', 'b/a.1'].map((name) => `/lists/${name}`);
    for (const name of names) await stacks.add(aStack(aDefinition(name)));
    await stacks.add(aStack(aDefinition('/lists-2/a/a')));
    await stacks.enterStatus('/lists/b/a', 'starting', change);
    const folder = { container: 'lists' };
    const all = ['a/b', 'a/z', 'b/A', 'b/a', 'b/a-1', 'b/a.1'].map((name) => `/lists/${name}`);

    expect(await stacks.listNames({ folder }, { page: 1, pageSize: 4 })).toEqual({
      rows: all.slice(0, 4),
      total: 6,
    });
    const second = await stacks.listNames({ folder }, { page: 2, pageSize: 4 });
    expect(second).toEqual({ rows: [all[4], all[5]], total: 6 });
    expect(await stacks.listNames({ folder }, { page: 3, pageSize: 4 })).toEqual({ rows: [], total: 6 });
    const user = { container: 'lists', user: 'a' };
    expect(await stacks.listNames({ folder: user }, { page: 1, pageSize: 9 })).toEqual({
      rows: all.slice(0, 2),
      total: 2,
    });
    const statuses: StackStatus[] = ['starting', 'ready'];
    const started = await stacks.listNames({ folder, statuses }, { page: 1, pageSize: 9 });
    expect(started).toEqual({ rows: ['/lists/b/a'], total: 1 });
    const defined = await stacks.listDefinitions(['/lists/b/a', '/lists/no/such', '/lists/a/b']);
    expect(defined.map(({ definition }) => definition.name)).toEqual(['/lists/a/b', '/lists/b/a']);
    expect((await stacks.listNames({ folder: {} }, { page: 1, pageSize: 1 })).total).toBeGreaterThan(7);
    const found = await stacks.findMany(['/lists/b/a', '/lists/no/such', '/lists/a/b']);
    expect(found.map(({ name }) => name)).toEqual(['/lists/a/b', '/lists/b/a']);
  });

  it('walk by keyset over the stacks that must go on by themselves', async () => {
    const { stacks } = repositories;
    const wanted: string[] = [];
    for (const status of STACK_STATUSES) {
      for (const stop of [null, '2030-01-01T00:00:00Z']) {
        const name = `/unattended/a/${status}-${stop === null ? 'open' : 'ends'}`;
        const schedule = { start_time: null, stop_time: stop };
        await aStackIn(repositories, status, { ...aDefinition(name), schedule });
        const ends = stop !== null && status !== 'stopped';
        if (isTransitional(status) || status === 'scheduled' || ends) wanted.push(name);
      }
    }
    const walked: string[] = [];
    for (;;) {
      const names = await stacks.listUnattended(walked.at(-1) ?? '', 4);
      walked.push(...names);
      if (names.length < 4) break;
    }
    expect(walked).toEqual([...new Set(walked)].sort());
    expect(walked.filter((name) => name.startsWith('/unattended/'))).toEqual(wanted.sort());
  });
});

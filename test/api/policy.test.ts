/** Reading and replacing the maintenance policy. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiRig, repositoriesAway, repositoriesHanging, whileTimeFlies, type Answer } from './api-rig.ts';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { aPlan, AT } from '../support/rows.ts';
import { aFleet, PATH, SOME } from './policies.ts';

const WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

let base: ApiRig;
let rig: ApiRig;
let repositories: Repositories;

beforeAll(async () => {
  base = await ApiRig.start();
});
beforeEach(async () => {
  // Each has versions of its own.
  repositories = await freshRepositories(atEndOfTest);
  rig = base.with({ repositories });
  rig.gateway.preview = aFleet();
  rig.gateway.previews.length = 0;
  rig.gateway.away = false;
  rig.log.length = 0;
});

const get = (query = ''): Promise<Answer> => rig.call('GET', `${PATH}${query}`);
const put = (
  body: object | string,
  tag: string,
  { query = '', ...call }: { query?: string; token?: string } = {},
): Promise<Answer> => rig.call('PUT', `${PATH}${query}`, { body, headers: { 'If-Match': tag }, ...call });
const tagOf = ({ headers }: Answer): string | null => headers.get('ETag');
const policyWith = (name: string): object => ({
  freezes: [{ name, reason: 'closing', from: '2030-12-20T00:00:00Z', to: '2031-01-02T00:00:00Z' }],
});

describe('a round trip', () => {
  it('begins with an empty policy of version 0', async () => {
    const answer = await get();
    expect(answer).toMatchObject({ status: 200, body: EMPTY_POLICY });
    expect(tagOf(answer)).toBe('"0"');
    expect((await rig.call('GET', `${PATH}/versions`)).body).toEqual({ data: [], count: 0, totalCount: 0 });
  });

  it('answers what was stored, in the order in which people write it, and takes that again', async () => {
    const stored = await put(SOME, '"0"', { query: '?reason=Begin' });
    expect(stored).toMatchObject({ status: 200, body: { version: 1, changedBy: 'alice', reason: 'Begin' } });
    expect(tagOf(stored)).toBe('"1"');
    const answer = await get();
    expect(JSON.stringify(answer.body)).toBe(JSON.stringify(SOME));
    expect(tagOf(answer)).toBe('"1"');
    const again = await put(answer.body as object, tagOf(answer) ?? '');
    expect(again).toMatchObject({ status: 200, body: { version: 2, reason: '' } });
    expect((await get()).body).toEqual(SOME);
  });

  it('answers older versions, and who stored each when and why', async () => {
    await put(SOME, '"0"', { query: '?reason=The%20first' });
    await put({}, '"1"', { token: await rig.tokenOf('bob', 'runtimeAdmin') });
    const first = await get('?version=1');
    expect(first).toMatchObject({ status: 200, body: SOME });
    expect(tagOf(first)).toBe('"1"');
    const { body } = await rig.call('GET', `${PATH}/versions`, { token: 'operator' });
    const changedAt: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(body).toEqual({
      data: [
        { version: 2, changedBy: 'bob', changedAt, reason: '' },
        { version: 1, changedBy: 'alice', changedAt, reason: 'The first' },
      ],
      count: 2,
      totalCount: 2,
    });
    const second = await rig.call('GET', `${PATH}/versions?page=2&page_size=1`);
    expect(second.body).toMatchObject({ data: [{ version: 1 }], count: 1, totalCount: 2 });
  });

  it.each(['3', '2147483647'])('404 for version %s, which there is not', async (version) => {
    await put(SOME, '"0"');
    const answer = await get(`?version=${version}`);
    expect(answer).toMatchObject({ status: 404, body: { type: 'urn:drydock:problem:not-found' } });
    expect(answer.body).toMatchObject({ detail: expect.stringContaining(`${PATH}/versions`) as string });
  });

  it('takes a policy of Kyma Environment Broker unchanged', async () => {
    const times = { timeBegin: '200000+0000', timeEnd: '000000+0000' };
    const document = {
      rules: [
        { match: { globalAccountID: '', plan: 'trial|free', region: '' }, days: null, ...times },
        { match: { globalAccountID: '', plan: '', region: 'europe|eu-|uksouth' }, days: ['Sat'], ...times },
      ],
      default: { days: [], timeBegin: '', timeEnd: '' },
    };
    expect((await put(document, '"0"')).status).toBe(200);
    expect((await get()).body).toEqual({
      rules: [
        { match: { plan: 'trial|free' }, days: WEEK, ...times },
        { match: { region: 'europe|eu-|uksouth' }, days: ['Sat'], ...times },
      ],
      freezes: [],
      optOut: [],
    });
  });
});

describe('If-Match', () => {
  it('428 without it, and nothing is stored', async () => {
    const answer = await rig.call('PUT', PATH, { body: SOME });
    expect(answer).toMatchObject({
      status: 428,
      body: { type: 'urn:drydock:problem:precondition-required' },
    });
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('If-Match: "0"') as string });
    expect(tagOf(await get())).toBe('"0"');
  });

  it('412 for another version, with who stored the one that holds', async () => {
    const none = await put(SOME, '"4"');
    expect(none).toMatchObject({ status: 412, body: { detail: expect.stringMatching(/"0"$/) as string } });
    expect(tagOf(none)).toBe('"0"');
    await put(SOME, '"0"');
    for (const tag of ['"0"', '"2"', '"2147483646"', '"2147483647"', '"99999999999999999999"']) {
      const answer = await put({}, tag);
      expect(answer).toMatchObject({
        status: 412,
        body: { type: 'urn:drydock:problem:precondition-failed' },
      });
      const detail = /^Version 1 holds, which alice stored at \d{4}-\S+Z; .*If-Match: "1"$/;
      expect(answer.body).toMatchObject({ detail: expect.stringMatching(detail) as string });
      expect(tagOf(answer)).toBe('"1"');
    }
    expect((await get()).body).toEqual(SOME);
  });

  it('lets exactly one of two win who have seen the same version', async () => {
    await put(SOME, '"0"');
    const answers = await Promise.all([put(policyWith('one'), '"1"'), put(policyWith('two'), '"1"')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await get()).body).toMatchObject(policyWith(winner === 0 ? 'one' : 'two'));
    expect((await rig.call('GET', `${PATH}/versions`)).body).toMatchObject({ totalCount: 2 });
  });
});

describe('orchestrations under way', () => {
  const waits = () => aPlan(repositories, 1);

  it('are told to look when freezes or opt-outs change, also by a repeated request, and not otherwise', async () => {
    const { id } = await waits();
    const ended = await waits();
    const change = { actor: 'test', reason: '', now: AT };
    await repositories.orchestrations.transition(ended.id, 'canceled', change);
    const told = async (body: object, tag: string): Promise<string[]> => {
      rig.gateway.looks.length = 0;
      expect((await put(body, tag)).status).toBe(200);
      return [...rig.gateway.looks];
    };
    expect(await told({ default: { timeBegin: '220000+0000', timeEnd: '020000+0000' } }, '"0"')).toEqual([]);
    expect(await told(policyWith('one'), '"1"')).toEqual([id]);
    expect(await told(policyWith('one'), '"1"')).toEqual([id]);
  });

  it('are told later when the engine is away', async () => {
    await waits();
    rig.gateway.away = true;
    expect((await put(policyWith('one'), '"0"')).status).toBe(200);
    expect(rig.log.join()).toContain('orchestrations are told of the freezes later');
  });
});

describe('a request that is repeated because its answer was lost', () => {
  const reason = { query: '?reason=closing' };

  it('gets the answer again, with its fields in whatever order, and stores nothing', async () => {
    const first = await put(SOME, '"0"', reason);
    const { rules, ...rest } = SOME;
    const again = await put({ ...rest, rules }, '"0"', reason);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(tagOf(again)).toBe('"1"');
    expect((await rig.call('GET', `${PATH}/versions`)).body).toMatchObject({ totalCount: 1 });
  });

  it('gets it also while the first one is still under way', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => put(SOME, '"0"', reason)));
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
      answers.map(() => ({ status: 200, body: answers[0]?.body })),
    );
  });

  it('is another one with another policy, reason or caller, or once somebody else went on', async () => {
    await put(SOME, '"0"', reason);
    const bob = await rig.tokenOf('bob', 'runtimeAdmin');
    const others = [await put({}, '"0"', reason), await put(SOME, '"0"')];
    others.push(await put(SOME, '"0"', { ...reason, token: bob }));
    await put({}, '"1"', { token: bob });
    others.push(await put(SOME, '"0"', reason));
    expect(others.map(({ status }) => status)).toEqual([412, 412, 412, 412]);
  });
});

describe('the runtimes without a window', () => {
  const named = {
    runtimeID: 'r-1',
    shootName: 'c-1',
    reason: 'opted out' as const,
    optOut: { index: 0, reason: 'go-live', untilMs: Date.parse('2030-11-01T00:00:00Z') },
  };

  it('are counted and named by a worker that has been given the stored policy', async () => {
    rig.gateway.preview = aFleet({
      withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 1 },
      named: [named],
    });
    const { body } = await put(SOME, '"0"');
    expect(body).toMatchObject({
      version: 1,
      withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 1 },
      named: [
        {
          ...named,
          frozenBy: [],
          optOut: { index: 0, reason: 'go-live', until: '2030-11-01T00:00:00.000Z' },
        },
      ],
      notCounted: null,
    });
    expect(rig.gateway.previews).toEqual([{ policy: SOME, fromMs: expect.any(Number) as number }]);
  });

  it('are those that the fleet shows from then on, without another read of the inventory', async () => {
    const { fleet } = repositories;
    const windows = { groups: [], withoutWindow: { 'no definition': 9, frozen: 0, 'opted out': 0 } };
    const outlook = { kind: 'windows' as const, policyVersion: 0, windows };
    await fleet.finish(await fleet.begin(AT), { shootNames: [], outlook, now: AT });
    rig.gateway.preview = aFleet({ touched: [12] });
    await put(SOME, '"0"');
    expect((await rig.call('GET', '/fleet')).body).toMatchObject({
      windows: {
        policyVersion: 1,
        groups: [{ source: { kind: 'rule', rule: SOME.rules[0] } }],
        withoutWindow: { 'no definition': 0 },
      },
      policy: { version: 1 },
    });
    expect((await fleet.lastRead())?.outlook).toMatchObject({ windows: { touched: [12] } });
  });

  it('are not counted while the engine is away, and the policy is stored all the same', async () => {
    rig.gateway.away = true;
    const answer = await put(SOME, '"0"');
    expect(answer).toMatchObject({ status: 200, body: { version: 1, withoutWindow: null, named: [] } });
    expect(answer.body).toMatchObject({
      notCounted: expect.stringMatching(/^The policy is stored\. No worker .*preview/) as string,
    });
    expect((await get()).body).toEqual(SOME);
  });

  it('are not counted while the inventory is away, and its words stay in the log', async () => {
    rig.gateway.preview = { kind: 'inventory away', message: 'https://garden.example refused' };
    const answer = await put(SOME, '"0"');
    expect(answer).toMatchObject({ status: 200, body: { withoutWindow: null } });
    expect(answer.body).toMatchObject({ notCounted: expect.stringContaining('inventory') as string });
    expect(JSON.stringify(answer.body)).not.toContain('garden.example');
    expect(rig.log.join('')).toContain('garden.example');
  });

  it('never turn a policy that is stored into an error', async () => {
    rig.gateway.preview = { kind: 'unknown runtime' };
    const answer = await put(SOME, '"0"');
    expect(answer).toMatchObject({ status: 200, body: { version: 1, withoutWindow: null } });
    expect(rig.log.filter((line) => line.includes('"level":50'))).toHaveLength(1);
  });
});

describe('the size of a policy', () => {
  it('leaves room for 10,000 opt-outs', async () => {
    const optOut = Array.from({ length: 10_000 }, (_, index) => ({
      runtimeID: `5791e81d-8959-4b78-82e4-${String(index).padStart(12, '0')}`,
      reason: 'The customer has asked for it, see ticket 1234567',
      until: '2031-01-02T00:00:00Z',
    }));
    expect((await put({ optOut }, '"0"')).status).toBe(200);
    expect((await get()).body).toEqual({ ...EMPTY_POLICY, optOut });
  });
});

describe('a database', () => {
  const calls = [
    ['GET', ''],
    ['GET', '?version=1'],
    ['GET', '/versions'],
    ['PUT', ''],
    ['POST', '/preview'],
  ] as const;

  it.each([
    ['is away', () => repositoriesAway()],
    ['takes questions and never answers', () => repositoriesHanging(rig.deps.repositories)],
  ])('that %s makes every answer 503', async (_, repositories) => {
    const blind = rig.with({ repositories: repositories() });
    for (const [method, below] of calls) {
      const call = method === 'GET' ? {} : { body: {}, headers: { 'If-Match': '"0"' } };
      const answer = await whileTimeFlies(() => blind.call(method, `${PATH}${below}`, call));
      expect({ method, below, status: answer.status }).toEqual({ method, below, status: 503 });
      expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
      expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable' });
    }
    expect(rig.gateway.previews).toEqual([]);
  });

  it('that refuses a statement shows nothing of it', async () => {
    const add = (): Promise<never> => Promise.reject(new Error('insert into maintenance_policies: s3cret'));
    const { policies } = rig.deps.repositories;
    const failing = rig.with({ repositories: { ...rig.deps.repositories, policies: { ...policies, add } } });
    const answer = await failing.call('PUT', PATH, { body: SOME, headers: { 'If-Match': '"0"' } });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toMatch(/s3cret|insert/);
    expect(rig.log.join('')).toContain('s3cret');
  });
});

import { beforeEach, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { EMPTY_POLICY, type MaintenancePolicy } from '../../src/domain/upgrades/maintenance-policy.ts';
import { atEndOfTest } from '../support/endings.ts';
import { freshRepositories } from '../support/repositories.ts';
import { AT } from '../support/rows.ts';

const LATER = '2026-03-04T05:06:07.000008Z';

let policies: Repositories['policies'];

beforeEach(async () => {
  ({ policies } = await freshRepositories(atEndOfTest));
});

const frozenBy = (name: string): MaintenancePolicy => ({
  ...EMPTY_POLICY,
  freezes: [{ name, reason: "it's \\ \u{1f384} time", from: '2030-12-20T00:00Z', to: '2031-01-02T00:00Z' }],
});
const change = (after: number, changedBy = 'alice', now = AT) => ({ after, changedBy, reason: 'why', now });
const versions = async (): Promise<number[]> =>
  (await policies.list({ page: 1, pageSize: 100 })).rows.map(({ version }) => version);

it('has no version before the first one is stored', async () => {
  expect(await policies.current()).toBeUndefined();
  expect(await policies.find(1)).toBeUndefined();
  expect(await policies.list({ page: 1, pageSize: 10 })).toEqual({ rows: [], total: 0 });
});

it('keeps every version as it was stored, and the newest one holds', async () => {
  const first = await policies.add(frozenBy('first'), change(0));
  const second = await policies.add(EMPTY_POLICY, change(1, 'bob', LATER));
  expect(first).toEqual({
    version: 1,
    freezesSince: 1,
    policy: frozenBy('first'),
    changedBy: 'alice',
    reason: 'why',
    changedAt: AT,
  });
  expect(second).toMatchObject({ version: 2, policy: EMPTY_POLICY, changedBy: 'bob', changedAt: LATER });
  expect(await policies.current()).toEqual(second);
  expect(await policies.find(1)).toEqual(first);
  expect(await policies.find(3)).toBeUndefined();
});

it('knows since which version freezes and opt-outs are what they are', async () => {
  const rule = {
    ...{ match: { region: 'eu' }, days: ['Mon' as const] },
    timeBegin: '220000+0000',
    timeEnd: '020000+0000',
  };
  const optOut = [{ runtimeID: 'r-1', reason: '', until: '2030-11-01T00:00:00Z' }];
  const stored: MaintenancePolicy[] = [
    { ...EMPTY_POLICY, rules: [rule] },
    frozenBy('one'),
    { ...frozenBy('one'), rules: [rule] },
    { ...frozenBy('one'), optOut },
    { ...frozenBy('one'), optOut, default: rule },
    { ...frozenBy('other'), optOut },
    EMPTY_POLICY,
  ];
  const since: (number | undefined)[] = [];
  for (const [after, policy] of stored.entries())
    since.push((await policies.add(policy, change(after)))?.freezesSince);
  expect(since).toEqual([0, 2, 2, 4, 4, 6, 7]);
});

it.each([0, 2, 7])('stores nothing after version %i while version 1 holds', async (after) => {
  await policies.add(frozenBy('kept'), change(0));
  expect(await policies.add(EMPTY_POLICY, change(after))).toBeUndefined();
  expect(await versions()).toEqual([1]);
  expect(await policies.current()).toMatchObject({ policy: frozenBy('kept') });
});

it('lets one of many have the next version', async () => {
  for (const after of [0, 1]) {
    const added = await Promise.all(
      Array.from({ length: 8 }, (_, index) => policies.add(frozenBy(`${index}`), change(after))),
    );
    const won = added.filter((row) => row !== undefined);
    expect(won.map(({ version }) => version)).toEqual([after + 1]);
    expect(await policies.current()).toEqual(won[0]);
  }
  expect(await versions()).toEqual([2, 1]);
});

it('lists versions by page, newest first, without the policies', async () => {
  for (const after of [0, 1, 2]) await policies.add(frozenBy(`${after}`), change(after));
  const { rows, total } = await policies.list({ page: 2, pageSize: 2 });
  expect({ rows, total }).toEqual({
    rows: [{ version: 1, changedBy: 'alice', reason: 'why', changedAt: AT }],
    total: 3,
  });
  expect(await policies.list({ page: 3, pageSize: 2 })).toEqual({ rows: [], total: 3 });
});

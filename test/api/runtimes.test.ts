import { beforeAll, describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../src/api/middleware/json-body.ts';
import { until } from '../support/environment.ts';
import type { InventoryShoot } from '../../src/domain/upgrades/inventory-shoot.ts';
import { aPlan, aRequest, aRuntime, asShoot, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { ApiRig, repositoriesAway, repositoriesHanging, whileTimeFlies } from './api-rig.ts';
import { kcpRow, kcpRuntimes, type RuntimeDTO } from './kcp-runtimes.ts';

const COUNT = 250;
const OUTLOOK = { kind: 'unusable policy', message: 'for the test' } as const;
const PLANS = ['azure', 'aws', 'gcp', 'trial'] as const;

const SECRET = { key: 'password', value: 'hunter2', secret: true };

let rig: ApiRig;
/** In the order of their creation. */
let shoots: InventoryShoot[];
/** Upgraded runtimes, by the positions of the Shoots. */
let upgraded: Record<'succeeded' | 'failed' | 'upgrading', number>;

function aShoot(index: number): InventoryShoot {
  const number = String(index).padStart(3, '0');
  const runtime = aRuntime({
    runtimeID: `runtime ${number}`,
    shootName: `c-${number}`,
    instanceID: `instance-${number}`,
    globalAccountID: `CA${index % 5}*`,
    subAccountID: `sub/${index % 11}`,
    servicePlanName: PLANS[index % 4] ?? '',
    servicePlanID: `plan-${index % 4}`,
    region: `region-${index % 3}`,
  });
  const createdAt = new Date(Date.parse('2023-01-09T08:00:00Z') + index * 3_600_000).toISOString();
  return { ...asShoot(runtime), provider: index % 4 === 1 ? 'aws' : 'azure', createdAt };
}

/** Reads that inventory. */
async function read(inventory: readonly InventoryShoot[], now = AT): Promise<void> {
  const { fleet } = rig.repositories;
  const reading = await fleet.begin(now);
  await fleet.write(reading, inventory, now);
  const shootNames = inventory.map(({ shootName }) => shootName);
  await fleet.finish(reading, { shootNames, outlook: OUTLOOK, now });
}

beforeAll(async () => {
  rig = await ApiRig.start();
  shoots = Array.from({ length: COUNT }, (_, index) => aShoot(index));
  const special: [number, Partial<InventoryShoot>][] = [
    [245, { leftOut: 'hibernated', standing: 'suspended' }],
    [
      246,
      { leftOut: 'being deleted', standing: 'deprovisioning', deletingSince: '2026-01-01T00:00:00.000Z' },
    ],
    [247, { leftOut: 'never finished creating', standing: 'failed' }],
    [248, { leftOut: 'never finished creating', standing: 'provisioning' }],
  ];
  for (const [index, changes] of special) shoots[index] = { ...aShoot(index), ...changes };
  const gone = aShoot(999);
  await read([...shoots.toReversed(), gone]);
  await read(shoots);
  upgraded = { succeeded: 3, failed: 4, upgrading: 5 };
  const { operationIDs } = await aPlan(rig.repositories, 6, aRequest());
  const { operations } = rig.repositories;
  const rows = await operations.findMany(operationIDs);
  // The runtimes of the plan are in the inventory, too.
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  for (const index of Object.values(upgraded)) {
    const { id = '', runtimeID } = byPosition.get(index) ?? {};
    shoots[index] = { ...aShoot(index), runtimeID };
    await operations.claim(id, EXECUTION, AT);
    const config = { kymaConfig: { version: '2.20.5', components: [], configuration: [SECRET] } };
    await operations.recordRequest(id, EXECUTION, { config, baselineOperationID: '' });
    if (index === upgraded.succeeded)
      await operations.finish(id, FIRST, { state: 'succeeded', description: 'done' }, AT);
    if (index === upgraded.failed)
      await operations.fail(id, FIRST, { code: 'UPGRADE_FAILED', message: 'broken' }, AT);
  }
  await read(shoots);
});

const namesOf = (runtimes: readonly RuntimeDTO[]): string[] => runtimes.map(({ shootName }) => shootName);
const named = (matches: (shoot: InventoryShoot, index: number) => boolean): string[] =>
  shoots.filter(matches).map(({ shootName }) => shootName);
const isShown = ({ standing }: InventoryShoot): boolean => standing !== 'suspended';

describe('kcp runtimes', () => {
  it('lists 250 runtimes over three pages, oldest first, without the one that hibernates', async () => {
    const { requests, runtimes, totalCount } = await kcpRuntimes(rig);
    expect(requests).toEqual([
      '/runtimes?op_detail=last&page=1&page_size=100',
      '/runtimes?op_detail=last&page=2&page_size=100',
      '/runtimes?op_detail=last&page=3&page_size=100',
    ]);
    expect(totalCount).toBe(COUNT - 1);
    expect(namesOf(runtimes)).toEqual(named(isShown));
    expect((await kcpRuntimes(rig, { state: ['all'] })).totalCount).toBe(COUNT);
  });

  it('prints states, and the last operation of those that have failed', async () => {
    const { runtimes } = await kcpRuntimes(rig);
    const rows = new Map(runtimes.map((runtime) => [runtime.shootName, kcpRow(runtime)]));
    expect(rows.get('c-000')).toBe('CA0* sub/0 c-000 region-0 azure 2023/01/09 08:00:00 succeeded');
    expect(rows.get('c-003')).toMatch(/ succeeded$/);
    expect(rows.get('c-004')).toMatch(/ error \(kyma upgrade\)$/);
    expect(rows.get('c-005')).toMatch(/ upgrading$/);
    expect(rows.get('c-246')).toMatch(/ deprovisioning$/);
    expect(rows.get('c-247')).toMatch(/ failed \(provision\)$/);
    expect(rows.get('c-248')).toMatch(/ provisioning$/);
    expect(rows.has('c-245')).toBe(false);
  });

  it.each([
    ['account', ['CA3*'], 'account=CA3%2A&op_detail=last&page=1&page_size=100', 'globalAccountID'],
    [
      'account',
      ['CA3*', 'CA1*'],
      'account=CA3%2A&account=CA1%2A&op_detail=last&page=1&page_size=100',
      'globalAccountID',
    ],
    ['subaccount', ['sub/7'], 'op_detail=last&page=1&page_size=100&subaccount=sub%2F7', 'subAccountID'],
    [
      'instance-id',
      ['instance-017'],
      'instance_id=instance-017&op_detail=last&page=1&page_size=100',
      'instanceID',
    ],
    [
      'runtime-id',
      ['runtime 021'],
      'op_detail=last&page=1&page_size=100&runtime_id=runtime+021',
      'runtimeID',
    ],
    [
      'region',
      ['region-2', 'nowhere'],
      'op_detail=last&page=1&page_size=100&region=region-2&region=nowhere',
      'region',
    ],
    ['plan', ['trial'], 'op_detail=last&page=1&page_size=100&plan=trial', 'servicePlanName'],
    ['shoot', ['c-007', 'c-242'], 'op_detail=last&page=1&page_size=100&shoot=c-007&shoot=c-242', 'shootName'],
  ] as const)('filters by --%s %s', async (flag, values, query, field) => {
    const { requests, runtimes } = await kcpRuntimes(rig, { [flag]: [...values] });
    expect(requests[0]).toBe(`/runtimes?${query}`);
    const expected = named((shoot) => isShown(shoot) && values.some((value) => value === shoot[field]));
    expect(expected.length).toBeGreaterThan(0);
    expect(namesOf(runtimes)).toEqual(expected);
  });

  it.each([
    [['upgrading'], [5]],
    [['Error'], [4]],
    [['failed'], [247]],
    [
      ['provisioning', 'deprovisioning'],
      [246, 248],
    ],
    [['suspended'], [245]],
    [['deprovisionIncomplete'], []],
  ])('filters by --state %s', async (state, indices) => {
    const { runtimes } = await kcpRuntimes(rig, { state });
    expect(namesOf(runtimes)).toEqual(indices.map((index) => shoots[index]?.shootName));
  });

  it('has a runtime that is being deleted modified no earlier than that began', async () => {
    const { body } = await rig.call('GET', '/runtimes?state=deprovisioning');
    const [{ status }] = (body as { data: [{ status: { modifiedAt: string } }] }).data;
    expect(Date.parse(status.modifiedAt)).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
  });

  it('finds those that have gone by their instance', async () => {
    const { runtimes } = await kcpRuntimes(rig, {
      state: ['deprovisioned'],
      'instance-id': ['instance-999'],
    });
    expect(runtimes).toMatchObject([
      { shootName: 'c-999', status: { state: 'deprovisioned', deprovisioning: { state: 'succeeded' } } },
    ]);
    expect(runtimes[0]?.status.deletedAt).toBe(runtimes[0]?.status.modifiedAt);
  });

  it('combines filters', async () => {
    const { runtimes } = await kcpRuntimes(rig, {
      plan: ['aws', 'gcp'],
      region: ['region-1'],
      state: ['succeeded'],
    });
    const expected = named(
      ({ servicePlanName: plan, region, standing }, index) =>
        ['aws', 'gcp'].includes(plan) &&
        region === 'region-1' &&
        standing === 'active' &&
        ![4, 5].includes(index),
    );
    expect(namesOf(runtimes)).toEqual(expected);
  });

  it('gets all operations with --ops, and configurations with secrets masked', async () => {
    const flags = { shoot: ['c-003'], ops: true, 'kyma-config': true, 'cluster-config': true };
    const { requests, runtimes } = await kcpRuntimes(rig, flags);
    expect(requests).toEqual([
      '/runtimes?cluster_config=true&kyma_config=true&op_detail=all&page=1&page_size=100&shoot=c-003',
    ]);
    expect(runtimes).toMatchObject([
      {
        provider: 'Azure',
        kymaVersion: '2.20.5',
        kymaConfig: {
          version: '2.20.5',
          configuration: [{ key: 'password', value: '********', secret: true }],
        },
        clusterConfig: { name: 'c-003', provider: 'azure', kubernetesVersion: '1.30.1', region: 'region-0' },
        status: {
          provisioning: { state: 'succeeded', createdAt: '2023-01-09T11:00:00.000000Z' },
          upgradingKyma: {
            count: 1,
            totalCount: 1,
            data: [{ state: 'succeeded', description: 'done', runtimeVersion: '2.20.5', finishedStages: [] }],
          },
        },
      },
    ]);
    const without = await kcpRuntimes(rig, { shoot: ['c-003'] });
    expect(without.runtimes[0]).not.toHaveProperty('kymaConfig');
    expect(without.runtimes[0]).not.toHaveProperty('clusterConfig');
    expect(without.runtimes[0]?.status).not.toHaveProperty('provisioning');
  });

  it('ends although the inventory changes while it reads', async () => {
    const { fleet } = rig.repositories;
    let calls = 0;
    const changing: typeof fleet = {
      ...fleet,
      list: async (...given) => {
        const page = await fleet.list(...given);
        calls += 1;
        await read(calls % 2 === 0 ? shoots : shoots.slice(0, 140));
        return page;
      },
    };
    const other = rig.with({ repositories: { ...rig.repositories, fleet: changing } });
    const { runtimes, totalCount } = await kcpRuntimes(other);
    await read(shoots);
    expect(runtimes.length).toBeGreaterThanOrEqual(totalCount);
  });
});

describe('GET /runtimes', () => {
  it('says how old the inventory is, and answers 503 before it was read', async () => {
    const answer = await rig.call('GET', '/runtimes?page_size=1', { token: 'operator' });
    expect(answer).toMatchObject({ status: 200, body: { count: 1, totalCount: COUNT - 1, asOf: AT } });
    const fresh = await ApiRig.start();
    const early = await fresh.call('GET', '/runtimes');
    expect(early).toMatchObject({
      status: 503,
      body: { type: 'urn:drydock:problem:outside-system-unavailable' },
    });
    expect(early.headers.get('Retry-After')).not.toBeNull();
    expect(await fresh.call('GET', '/fleet')).toMatchObject({
      status: 200,
      body: { runtimes: 0, windows: null, inventory: { asOf: null, ageSeconds: null, failure: null } },
    });
  });

  it.each([
    ['page=0', 'page'],
    ['page=1&page=2', 'page'],
    ['page_size=101', 'page_size'],
    ['state=asleep', 'state'],
    ['op_detail=some', 'op_detail'],
    ['account=a%00b', 'account'],
    ['shoot=c-1&shoot=%00', 'shoot'],
    ['kyma_config=yes', 'kyma_config'],
    ['gardener_config=true', 'gardener_config'],
    ['expired=true', 'expired'],
  ])('names what is wrong in ?%s', async (query, path) => {
    const answer = await rig.call('GET', `/runtimes?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [expect.objectContaining({ path: expect.stringContaining(path) as string })],
    });
  });

  it.each(['/runtimes', '/fleet'])('%s needs a token, and a group that may read', async (path) => {
    expect((await rig.call('GET', path, { token: null })).status).toBe(401);
    expect((await rig.call('GET', path, { token: await rig.token('nobody') })).status).toBe(403);
    expect((await rig.call('GET', path, { token: 'operator' })).status).toBe(200);
    expect((await rig.call('POST', path, { body: {} })).status).toBe(405);
  });

  it.each(['/runtimes', '/fleet'])('%s answers 503 while the database is away, or hangs', async (path) => {
    const away = rig.with({ repositories: repositoriesAway() });
    expect((await away.call('GET', path)).status).toBe(503);
    const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
    expect((await whileTimeFlies(() => hanging.call('GET', path))).status).toBe(503);
  });
});

describe('POST /fleet/targets', () => {
  const count = (targets: object, on = rig) => on.call('POST', '/fleet/targets', { body: { targets } });
  const isUpgradable = ({ leftOut }: InventoryShoot): boolean => leftOut === undefined;

  it('counts what targets select, by the last read of the inventory', async () => {
    const all = named(isUpgradable);
    expect(await count({ include: [{ target: 'all' }] })).toMatchObject({
      status: 200,
      body: { selected: all.length, excluded: 0, total: all.length, shoots: all.slice(0, 10), asOf: AT },
    });
    const chosen = named((shoot, index) => isUpgradable(shoot) && index % 3 === 1 && index % 4 !== 3);
    const excepted = named((shoot, index) => isUpgradable(shoot) && index % 3 === 1 && index % 4 === 3);
    const targets = { include: { region: '^region-1$' }, exclude: [{ planName: 'trial' }] };
    expect((await count(targets)).body).toMatchObject({
      ...{ selected: chosen.length, excluded: excepted.length, total: all.length },
      shoots: chosen.slice(0, 10),
    });
    expect((await count({ include: [{ shoot: 'c-245' }] })).body).toMatchObject({ selected: 0, shoots: [] });
  });

  it('reads a fleet of more than a page whole', async () => {
    const many = await ApiRig.start();
    const { fleet } = many.repositories;
    const inventory = Array.from({ length: 4_001 }, (_, index) => ({
      ...aShoot(index),
      shootName: `c-${String(index).padStart(5, '0')}`,
    }));
    const reading = await fleet.begin(AT);
    await fleet.write(reading, inventory, AT);
    await fleet.finish(reading, {
      shootNames: inventory.map(({ shootName }) => shootName),
      ...{ outlook: OUTLOOK, now: AT },
    });
    expect((await count({ include: [{ planName: 'aws' }] }, many)).body).toMatchObject({
      ...{ selected: 1_000, total: 4_001 },
    });
  });

  it('refuses what an upgrade would refuse, and names it', async () => {
    expect(await count({ include: [{ region: '(' }] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'targets.include[0].region' }] },
    });
    expect((await count({ include: [] })).status).toBe(400);
    expect((await count({ include: [{ target: 'all' }], more: 1 })).status).toBe(400);
  });

  it('refuses a body that is too large, or of another type', async () => {
    const targets = { include: [{ target: 'all' }] };
    const body = { targets, padding: 'x'.repeat(BODY_LIMIT_BYTES) };
    expect((await rig.call('POST', '/fleet/targets', { body })).status).toBe(413);
    const text = new Blob([JSON.stringify({ targets })], { type: 'text/plain' });
    expect(
      (await rig.call('POST', '/fleet/targets', { body: text, headers: { 'Content-Type': 'text/plain' } }))
        .status,
    ).toBe(415);
  });

  it('answers 503 before the inventory was read, and when the database hangs', async () => {
    const fresh = await ApiRig.start();
    expect((await count({ include: [{ target: 'all' }] }, fresh)).status).toBe(503);
    const { fleet } = rig.repositories;
    const upgradable = () => new Promise<never>(() => undefined);
    const hanging = rig.with({ repositories: { ...rig.repositories, fleet: { ...fleet, upgradable } } });
    const answer = await whileTimeFlies(() => count({ include: [{ target: 'all' }] }, hanging));
    expect(answer.status).toBe(503);
  });
});

describe('GET /fleet', () => {
  it('counts what is in sight, and tells of the last failure', async () => {
    const { fleet } = rig.repositories;
    await fleet.fail(await fleet.begin(AT), 'The Gardener API does not answer', AT);
    const clock = (): number => Date.parse(AT) + 90_500;
    const { status, body } = await rig.with({ clock }).call('GET', '/fleet', { token: 'operator' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      runtimes: COUNT - 1,
      byState: [
        { key: 'succeeded', count: COUNT - 6 },
        { key: 'deprovisioning', count: 1 },
        { key: 'error', count: 1 },
        { key: 'failed', count: 1 },
        { key: 'provisioning', count: 1 },
        { key: 'suspended', count: 1 },
        { key: 'upgrading', count: 1 },
      ],
      byKymaVersion: [
        { key: null, count: COUNT - 2 },
        { key: '2.20.5', count: 1 },
      ],
      byKubernetesVersion: [{ key: '1.30.1', count: COUNT - 1 }],
      leftOut: { hibernated: 1, 'being deleted': 1, 'never finished creating': 2 },
      inventory: {
        asOf: AT,
        ageSeconds: 90,
        failure: { at: AT, message: 'The Gardener API does not answer' },
      },
    });
    const { byPlan, byRegion } = body as { byPlan: { count: number }[]; byRegion: { count: number }[] };
    for (const groups of [byPlan, byRegion])
      expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(COUNT - 1);
    await read(shoots);
  });

  it('shows the next windows that are not over, with the rule that they come from', async () => {
    const { fleet, policies } = rig.repositories;
    const rule = {
      match: { region: 'moon' },
      days: ['Mon' as const],
      timeBegin: '220000+0000',
      timeEnd: '020000+0000',
    };
    const policy = { rules: [rule], freezes: [], optOut: [] };
    await policies.add(policy, { after: 0, changedBy: 'alice', reason: '', now: AT });
    const reading = await fleet.begin(AT);
    const at = Date.parse(AT);
    const window = (begin: number) => ({
      begin: at + begin,
      latestStart: at + begin + 2,
      end: at + begin + 3,
      runtimes: 1,
    });
    const groups = [
      {
        ...{ zone: '+00:00', source: { kind: 'rule' as const, index: 0 }, runtimes: 2, nextWindows: 2 },
        next: [window(-3), window(-2)],
        hours: [window(-3), { begin: at - 2, end: at + 1, runtimes: 2 }],
        later: { begin: at + 9, runtimes: 5 },
      },
    ];
    const withoutWindow = { 'no definition': 1, frozen: 0, 'opted out': 0 };
    const outlook = { kind: 'windows' as const, policyVersion: 1, windows: { groups, withoutWindow } };
    const shootNames = shoots.map(({ shootName }) => shootName);
    await fleet.finish(reading, { shootNames, outlook, now: AT });
    const { body } = await rig.with({ clock: () => at }).call('GET', '/fleet');
    expect(body).toMatchObject({
      windows: {
        policyVersion: 1,
        withoutWindow,
        groups: [
          {
            zone: '+00:00',
            source: { kind: 'rule', index: 0, rule: { match: { region: 'moon' } } },
            runtimes: 2,
          },
        ],
      },
    });
    const [group] = (body as { windows: { groups: { next: unknown[]; hours: unknown; later: unknown }[] } })
      .windows.groups;
    expect(group).toMatchObject({
      hours: [{ begin: '2026-01-02T03:04:05.676Z', end: '2026-01-02T03:04:05.679Z', runtimes: 2 }],
      later: { begin: '2026-01-02T03:04:05.687Z', runtimes: 5 },
    });
    expect(group?.next).toEqual([
      {
        begin: '2026-01-02T03:04:05.676Z',
        latestStart: '2026-01-02T03:04:05.678Z',
        end: '2026-01-02T03:04:05.679Z',
        runtimes: 1,
      },
    ]);
  });

  it('names the freezes of the policy that holds now, and whom they touch once that is counted', async () => {
    const other = await ApiRig.start();
    const { fleet, policies } = other.repositories;
    const at = Date.parse(AT);
    const seen = async (): Promise<unknown> =>
      (await other.with({ clock: () => at }).call('GET', '/fleet')).body;
    expect(await seen()).toMatchObject({ policy: { version: 0, freezes: [] } });
    const freeze = (name: string, from: string, to: string) => ({ name, reason: 'closing', from, to });
    const freezes = [
      freeze('over', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'),
      freeze('soon', '2026-01-20T00:00:00Z', '2026-01-21T00:00:00Z'),
      freeze('now', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'),
    ];
    const change = { changedBy: 'alice', reason: '', now: AT };
    await policies.add({ rules: [], freezes, optOut: [] }, { ...change, after: 0 });
    const windows = {
      ...{ groups: [], touched: [0, 7, 40] },
      withoutWindow: { 'no definition': 0, frozen: 0, 'opted out': 0 },
    };
    const reading = await fleet.begin(AT);
    await fleet.finish(reading, {
      shootNames: [],
      outlook: { kind: 'windows', policyVersion: 0, windows },
      now: AT,
    });
    const named = (runtimes: [number, number] | [null, null]) => [
      { index: 2, name: 'now', to: '2026-01-03T00:00:00.000Z', runtimes: runtimes[0] },
      { index: 1, name: 'soon', from: '2026-01-20T00:00:00.000Z', reason: 'closing', runtimes: runtimes[1] },
    ];
    // Counts by another version are not told of this one.
    expect(await seen()).toMatchObject({ policy: { version: 1, freezes: named([null, null]) } });
    await fleet.recount({ kind: 'windows', policyVersion: 1, windows });
    expect(await seen()).toMatchObject({
      policy: { version: 1, freezes: named([40, 7]) },
      windows: { policyVersion: 1 },
    });
  });

  it('is counted once for all who ask within five seconds', async () => {
    let now = Date.parse(AT);
    let counted = 0;
    const { fleet } = rig.repositories;
    const counts: typeof fleet.counts = async () => {
      counted += 1;
      return await fleet.counts();
    };
    const repositories = { ...rig.repositories, fleet: { ...fleet, counts } };
    const other = rig.with({ repositories, clock: () => now, elapsed: () => now });
    const ages = async (): Promise<number> => {
      const { body } = await other.call('GET', '/fleet');
      return (body as { inventory: { ageSeconds: number } }).inventory.ageSeconds;
    };
    expect(await Promise.all([ages(), ages(), ages()])).toEqual([0, 0, 0]);
    now += 4_999;
    expect([await ages(), counted]).toEqual([4, 1]);
    now += 1;
    expect([await ages(), counted]).toEqual([5, 2]);
  });

  it('is counted anew for whoever asks after a policy was stored', async () => {
    const now = Date.parse(AT);
    const { policies } = rig.repositories;
    const other = rig.with({ clock: () => now, elapsed: () => now });
    const version = async (): Promise<number> =>
      ((await other.call('GET', '/fleet')).body as { policy: { version: number } }).policy.version;
    const before = await version();
    const policy = { rules: [], freezes: [], optOut: [] };
    await policies.add(policy, { after: before, changedBy: 'alice', reason: '', now: AT });
    expect(await version()).toBe(before + 1);
  });

  it('is not counted a second time beside a count that takes longer than its callers wait', async () => {
    let counted = 0;
    let answer = (): void => undefined;
    const { fleet } = rig.repositories;
    const counts: typeof fleet.counts = async () => {
      counted += 1;
      await new Promise<void>((resolve) => (answer = resolve));
      return await fleet.counts();
    };
    const other = rig.with({ repositories: { ...rig.repositories, fleet: { ...fleet, counts } } });
    const ask = async (): Promise<number> => (await other.call('GET', '/fleet')).status;
    expect(await whileTimeFlies(() => Promise.all([ask(), ask()]))).toEqual([503, 503]);
    expect([await whileTimeFlies(ask), counted]).toEqual([503, 1]);
    answer();
    await until(async () => (await ask()) === 200, { what: 'the count has ended' });
    expect(counted).toBe(1);
  });
});

it('finds runtimes by a part of the name or the ID, in capitals or not', async () => {
  const found = async (search: string): Promise<unknown[]> => {
    const { body } = await rig.call('GET', `/runtimes?state=all&page_size=20&${search}`);
    return (body as { data: { shootName: string }[] }).data.map(({ shootName }) => shootName);
  };
  expect(await found('search=C-00')).toEqual(Array.from({ length: 10 }, (_, n) => `c-00${n}`));
  expect(await found('search=TIME%20024')).toEqual(['c-024']);
  expect(await found('search=c-0%25')).toEqual([]);
  expect((await rig.call('GET', `/runtimes?search=${'x'.repeat(300)}`)).status).toBe(400);
});

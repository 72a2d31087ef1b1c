import { describe, expect, it } from 'vitest';
import { planHash, rulesHash } from '../../../../src/activities/upgrades/plan-hash.ts';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import type { MaintenancePolicy } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import type { Selector, WaveRequest } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import {
  planRollout,
  readDefinition,
  type Fleet,
  type RolloutRequest,
} from '../../../../src/domain/upgrades/rollout-plan.ts';
import { summarize } from '../../../../src/domain/upgrades/rollout-summary.ts';
import type { ExcludedShoot, Runtime } from '../../../../src/domain/upgrades/runtime.ts';
import { dice, shuffled } from '../../../support/dice.ts';
import { aRequest, aRuntime } from '../../../support/rows.ts';
import { seeds } from '../../../support/seeds.ts';

const NOW = Date.UTC(2027, 0, 1, 12);
const HOUR = 3_600_000;
const BERLIN = { timeBegin: '220000', timeEnd: '020000', timeZone: 'Europe/Berlin' };

function policyOf(document: unknown): MaintenancePolicy {
  const { policy } = parseMaintenancePolicy(document);
  if (!policy) throw new Error('The policy is refused');
  return policy;
}

const POLICY = policyOf({
  rules: [
    { match: { plan: 'berlin' }, ...BERLIN, cutoff: '15m' },
    { match: { plan: 'weekly' }, days: ['Sun'], timeBegin: '010000-0500', timeEnd: '030000-0500' },
    { match: { plan: 'frozen' }, ...BERLIN },
  ],
  default: { timeBegin: '030000', timeEnd: '050000', timeZone: 'Asia/Tokyo' },
  freezes: [
    {
      name: 'always',
      reason: 'r',
      from: '2026-01-01',
      to: '2028-01-01',
      timeZone: 'Etc/UTC',
      match: { plan: 'frozen' },
    },
  ],
  optOut: [{ match: { plan: 'asked' }, reason: 'r', until: '2028-01-01T00:00:00Z' }],
});

function aRolloutRequest(changes: Partial<RolloutRequest['parameters']> = {}): RolloutRequest {
  const { type, parameters } = aRequest();
  const strategy = { ...parameters.strategy, schedule: 'maintenanceWindow' as const };
  return { type, parameters: { ...parameters, strategy, ...changes } };
}

function inWaves(waves: WaveRequest[], changes: Partial<RolloutRequest['parameters']> = {}): RolloutRequest {
  const { strategy } = aRolloutRequest().parameters;
  return aRolloutRequest({ strategy: { ...strategy, waves }, ...changes });
}

const WAVES: WaveRequest[] = [
  { name: 'weekly', targets: { include: [{ planName: 'weekly' }] } },
  { name: 'canary', percent: 10 },
  { name: 'europe', targets: { include: [{ region: 'europe' }] }, count: 3 },
];

const runtime = (runtimeID: string, servicePlanName: string, changes: Partial<Runtime> = {}): Runtime =>
  aRuntime({ runtimeID, shootName: `c-${runtimeID}`, servicePlanName, ...changes });

const plan = (fleet: Partial<Fleet>, request = aRolloutRequest(), policy = POLICY, now = NOW) =>
  planRollout({ runtimes: [], excluded: [], ...fleet }, request, compilePolicy(policy), now);

const hashOf = (fleet: Partial<Fleet>, request = aRolloutRequest(), policy = POLICY, now = NOW): string =>
  planHash(request, policy, plan(fleet, request, policy, now).operations);

describe('a plan', () => {
  const excluded: ExcludedShoot[] = [
    { shootName: 'c-x', reason: 'no runtime ID' },
    { shootName: 'c-y', runtimeID: 'y', reason: 'hibernated' },
  ];
  const runtimes = [
    runtime('2', 'berlin'),
    runtime('1', 'weekly'),
    runtime('own', 'azure'),
    runtime('none', 'azure', { maintenanceWindow: undefined }),
    runtime('cold', 'frozen'),
    runtime('out', 'asked'),
    runtime('far', 'berlin', { region: 'moon' }),
    runtime('not', 'berlin', { shootName: 'spared' }),
  ];
  const targets = {
    include: [{ region: '^westeurope$' }],
    exclude: [{ shoot: 'spared' }, { region: 'moon' }],
  };

  it('puts runtimes into windows in the order of the inventory, and says of all others why they are not in it', () => {
    const made = plan({ runtimes, excluded }, aRolloutRequest({ targets }));
    expect(made.operations.map(({ runtime: { runtimeID }, source }) => [runtimeID, source])).toEqual([
      ['2', { kind: 'rule', index: 0 }],
      ['1', { kind: 'rule', index: 1 }],
      ['own', { kind: 'shoot' }],
      ['none', { kind: 'default' }],
    ]);
    expect(made.operations[0]?.window).toEqual({
      begin: '2027-01-01T21:00:00.000Z',
      latestStart: '2027-01-02T00:45:00.000Z',
      end: '2027-01-02T01:00:00.000Z',
    });
    expect(made.leftOut).toEqual([
      ...excluded,
      { shootName: 'c-cold', runtimeID: 'cold', reason: 'frozen' },
      { shootName: 'c-out', runtimeID: 'out', reason: 'opted out' },
      { shootName: 'spared', runtimeID: 'not', reason: 'excluded by targets' },
    ]);
    // An exclude entry that takes what was not selected says nothing.
    expect(made.notSelected).toEqual(['far']);
  });

  it('leaves out of what can not be upgraded only what the request may mean', () => {
    const shoots: ExcludedShoot[] = [
      ...excluded,
      { shootName: 'c-twin', runtimeID: '1', reason: 'runtime ID of another Shoot' },
    ];
    const toldOf = (...include: Selector[]): [string, string[]] => {
      const made = plan({ runtimes, excluded: shoots }, aRolloutRequest({ targets: { include } }));
      const known = new Set(runtimes.map(({ runtimeID }) => runtimeID));
      const unfit = made.leftOut.filter((one) => shoots.includes(one));
      return [
        unfit.map(({ shootName }) => shootName).join(' '),
        made.notSelected.filter((id) => !known.has(id)),
      ];
    };
    const all = 'c-x c-y c-twin';
    expect(toldOf({ target: 'all' })).toEqual([all, []]);
    expect(toldOf({ region: 'moon' })).toEqual([all, []]);
    expect(toldOf({ planName: 'azure' }, { runtimeID: '2' })).toEqual([all, []]);
    expect(toldOf({ globalAccount: 'ga' })).toEqual([all, []]);
    expect(toldOf({ subAccount: 'sa' })).toEqual([all, []]);
    expect(toldOf({ runtimeID: '2' }, { runtimeID: 'far' })).toEqual(['', ['y']]);
    expect(toldOf({ runtimeID: 'y' })).toEqual(['c-y', []]);
    // The ID decides the entry by itself, and the one that carries it too is told with it.
    expect(toldOf({ runtimeID: '1', region: 'moon' })).toEqual(['c-twin', ['y']]);
    expect(toldOf({ shoot: 'c-x' })).toEqual(['c-x', ['y']]);
    expect(toldOf({ shoot: 'c-y', planName: 'azure' })).toEqual(['c-y', []]);
    expect(toldOf({ instanceID: 'instance' })).toEqual(['c-y c-twin', []]);
    expect(toldOf({ shoot: 'c-x', instanceID: 'instance' })).toEqual(['', ['y']]);
  });

  it('of the rest of another one leaves out no Shoot that was not in that', () => {
    const { parameters } = aRolloutRequest();
    const made = planRollout(
      { runtimes, excluded },
      { parameters, only: new Set(['1', 'y']) },
      compilePolicy(POLICY),
      NOW,
    );
    expect(made.leftOut.map(({ shootName }) => shootName)).toEqual(['c-y']);
  });

  it('carries the definition of each window as text, and none for what begins at once', () => {
    const [inWindow] = plan({ runtimes }).operations;
    expect(readDefinition(inWindow?.definition ?? '')).toEqual({
      days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
      ...BERLIN,
      cutoff: '15m',
    });
    const immediate = aRolloutRequest({
      strategy: { ...aRolloutRequest().parameters.strategy, schedule: 'immediate' },
    });
    const made = plan({ runtimes }, immediate);
    expect(
      made.operations.every(({ window, source, definition }) => !window && !source && definition === ''),
    ).toBe(true);
    expect(made.operations.map(({ definition }) => readDefinition(definition))).toEqual(
      made.operations.map(() => undefined),
    );
    expect(made.leftOut).toEqual([
      { shootName: 'c-none', runtimeID: 'none', reason: 'unreadable maintenance window' },
      { shootName: 'c-cold', runtimeID: 'cold', reason: 'frozen' },
      { shootName: 'c-out', runtimeID: 'out', reason: 'opted out' },
    ]);
  });

  it('leaves out what has no window before the time that the request names', () => {
    const until = new Date(NOW + 10 * HOUR).toISOString();
    const { strategy } = aRolloutRequest().parameters;
    const made = plan({ runtimes }, aRolloutRequest({ strategy: { ...strategy, until } }));
    // Tokyo's begins at 18:00 UTC, Berlin's at 21:00, and the Shoot's own at 22:00, which is no longer in time.
    expect(made.operations.map(({ runtime: { runtimeID } }) => runtimeID)).toEqual([
      '2',
      'none',
      'far',
      'not',
    ]);
    expect(made.leftOut).toContainEqual({
      shootName: 'c-own',
      runtimeID: 'own',
      reason: 'no maintenance window',
    });
  });

  it('selects of the targets only those that an earlier orchestration has left, when it is for these', () => {
    const made = planRollout(
      { runtimes, excluded: [] },
      { ...aRolloutRequest({ targets }), only: new Set(['1', 'cold', 'not', 'far', 'gone']) },
      compilePolicy(POLICY),
      NOW,
    );
    expect(made.operations.map(({ runtime: { runtimeID } }) => runtimeID)).toEqual(['1']);
    expect(made.leftOut.map(({ runtimeID }) => runtimeID)).toEqual(['cold', 'not']);
    expect(made.notSelected).toEqual(['2', 'own', 'none', 'out', 'far']);
  });

  it('upgrades a runtime once that two Shoots claim', () => {
    const made = plan({ runtimes: [runtime('1', 'berlin'), runtime('1', 'weekly')] });
    expect(made.operations).toHaveLength(1);
    expect(made.leftOut).toEqual([]);
  });

  it('is counted by plan, region and zone, largest groups first', () => {
    const fleet = { runtimes: [...runtimes, runtime('3', 'berlin')], excluded };
    const summary = summarize(fleet, plan(fleet, aRolloutRequest({ targets })));
    expect(summary).toEqual({
      total: 5,
      byPlan: {
        entries: [
          { key: 'azure', count: 2 },
          { key: 'berlin', count: 2 },
          { key: 'weekly', count: 1 },
        ],
        rest: 0,
      },
      byRegion: { entries: [{ key: 'westeurope', count: 5 }], rest: 0 },
      byZone: {
        entries: [
          { key: 'Europe/Berlin', source: { kind: 'rule', index: 0 }, count: 2 },
          { key: '+00:00', source: { kind: 'shoot' }, count: 1 },
          { key: '-05:00', source: { kind: 'rule', index: 1 }, count: 1 },
          { key: 'Asia/Tokyo', source: { kind: 'default' }, count: 1 },
        ],
        rest: 0,
      },
      byWave: [],
      leftOut: { 'no runtime ID': 1, hibernated: 1, frozen: 1, 'opted out': 1, 'excluded by targets': 1 },
      notSelected: 1,
      runtimesRead: 9,
      projection: null,
    });
    const regions = Array.from({ length: 203 }, (_, index) =>
      runtime(`${index}`, 'berlin', { region: `r${index % 202}` }),
    );
    const many = summarize({ runtimes: regions, excluded: [] }, plan({ runtimes: regions }));
    expect(many.byRegion.entries).toHaveLength(200);
    expect(many.byRegion.entries[0]).toEqual({ key: 'r0', count: 2 });
    expect(many.byRegion.rest).toBe(2);
  });
});

describe('a plan in waves', () => {
  const fleet = {
    runtimes: [
      ...Array.from({ length: 40 }, (_, index) => runtime(`a${index}`, 'berlin')),
      ...Array.from({ length: 10 }, (_, index) => runtime(`cold${index}`, 'frozen')),
      runtime('1', 'weekly'),
      runtime('far', 'weekly', { region: 'moon' }),
    ],
    excluded: [],
  };

  it('counts what is planned alone, and gives each operation its wave in the order of the inventory', () => {
    const made = plan(fleet, inWaves(WAVES));
    expect(made.operations).toHaveLength(42);
    expect(made.waves).toEqual([
      { name: 'weekly', size: 2, matched: 2 },
      { name: 'canary', size: 5, matched: 42, drawn: 5 },
      { name: 'europe', size: 3, matched: 41, drawn: 3 },
      { name: 'rest', size: 32, matched: 42 },
    ]);
    expect(summarize(fleet, made).byWave).toEqual(made.waves);
    for (const [number, { size }] of made.waves.entries())
      expect(made.operations.filter(({ wave }) => wave === number)).toHaveLength(size);
    const placed = plan(fleet).operations;
    expect(made.operations.map((operation) => ({ ...operation, wave: 0 }))).toEqual(placed);
  });

  it('draws by the version to upgrade to, all of it', () => {
    const drawnFor = (changes: Partial<RolloutRequest['parameters']>): string =>
      plan(fleet, inWaves([{ name: 'canary', percent: 20 }], changes))
        .operations.filter(({ wave }) => wave === 0)
        .map((operation) => operation.runtime.runtimeID)
        .join();
    const cluster = { kyma: undefined, kubernetes: { kubernetesVersion: '1.31.2' } };
    const image = { kyma: undefined, kubernetes: { ...cluster.kubernetes, machineImageVersion: '1.2.3' } };
    const draws = [{}, { kyma: { version: '2.20.6' } }, cluster, image].map(drawnFor);
    expect(new Set(draws).size).toBe(4);
    expect(drawnFor({ dryRun: true })).toBe(drawnFor({}));
  });

  it('is none without waves', () => {
    expect(plan(fleet).waves).toEqual([]);
    expect(plan(fleet).operations.every(({ wave }) => wave === 0)).toBe(true);
  });
});

describe('the hash of a plan', () => {
  const roll = dice(7);
  const kinds = ['berlin', 'weekly', 'azure', 'frozen', 'asked'];
  const fleetOf = (size: number): Runtime[] =>
    Array.from({ length: size }, (_, index) =>
      runtime(`${index}-${roll(1_000)}`, kinds[roll(kinds.length)] ?? '', {
        maintenanceWindow:
          roll(5) === 0 ? undefined : { begin: `${10 + roll(14)}0000+0100`, end: '093000+0100' },
      }),
    );

  it('stays the same when only time passes, and in another order of the inventory', () => {
    for (let round = 0; round < seeds(100); round++) {
      const runtimes = fleetOf(1 + roll(40));
      const later = NOW + roll(29 * 24) * HOUR + roll(3_600_000);
      const elsewhere = shuffled(runtimes, roll);
      for (const request of [aRolloutRequest(), inWaves(WAVES)])
        expect(hashOf({ runtimes: elsewhere }, request, undefined, later)).toBe(
          hashOf({ runtimes }, request),
        );
    }
  });

  it('does not depend on the order of fields, on the plan that the request names, or on who is not in it', () => {
    const runtimes = fleetOf(10);
    const request = aRolloutRequest();
    const { dryRun, ...others } = request.parameters;
    const named = { planHash: 'a'.repeat(64), onPlanChange: 'continue' as const };
    expect(hashOf({ runtimes }, { ...request, parameters: { ...named, ...others, dryRun } })).toBe(
      hashOf({ runtimes }),
    );
    const excluded: ExcludedShoot[] = [{ shootName: 'c', runtimeID: 'r', reason: 'hibernated' }];
    expect(hashOf({ runtimes: [...runtimes, runtime('new', 'frozen')], excluded })).toBe(
      hashOf({ runtimes }),
    );
    const freeze = { name: 'f', reason: 'r', from: '2027-01-01', to: '2027-02-01', timeZone: 'Etc/UTC' };
    const forNobody = { ...freeze, match: { plan: 'nobody' } };
    const policy = { ...POLICY, freezes: [...POLICY.freezes, forNobody] };
    expect(hashOf({ runtimes }, request, policy)).toBe(hashOf({ runtimes }));
  });

  it('is another one with one runtime more, less, or in another window, another request, and another rule', () => {
    const runtimes = [...fleetOf(10), runtime('1', 'berlin'), runtime('own', 'azure')];
    const request = aRolloutRequest();
    const { parameters } = request;
    const moved = runtimes.map((one) =>
      one.runtimeID === 'own'
        ? { ...one, maintenanceWindow: { begin: '010000+0000', end: '020000+0000' } }
        : one,
    );
    const elsewhere = runtimes.map((one) => (one.runtimeID === '1' ? { ...one, runtimeID: 'another' } : one));
    // Of a runtime that no rule matches, and that has its own window, this moves nothing.
    const rule = { match: { plan: 'nobody' }, ...BERLIN, days: POLICY.rules[0]?.days ?? [] };
    const hashes = [
      hashOf({ runtimes }),
      hashOf({ runtimes: [...runtimes, runtime('more', 'berlin')] }),
      hashOf({ runtimes: runtimes.filter(({ runtimeID }) => runtimeID !== '1') }),
      hashOf({ runtimes: moved }),
      hashOf({ runtimes: elsewhere }),
      hashOf({ runtimes }, { ...request, type: 'upgradeCluster' }),
      hashOf({ runtimes }, aRolloutRequest({ dryRun: true })),
      hashOf({ runtimes }, aRolloutRequest({ kyma: { version: '2.20.6' } })),
      hashOf(
        { runtimes },
        aRolloutRequest({ strategy: { ...parameters.strategy, parallel: { workers: 6 } } }),
      ),
      hashOf({ runtimes }, inWaves([{ name: 'a', count: 2 }])),
      hashOf({ runtimes }, inWaves([{ name: 'b', count: 2 }])),
      hashOf({ runtimes }, request, { ...POLICY, rules: [...POLICY.rules, rule] }),
      hashOf({ runtimes }, request, { ...POLICY, default: undefined }),
      hashOf({ runtimes }, request, { ...POLICY, freezes: [] }),
      hashOf({ runtimes }, request, { ...POLICY, optOut: [] }),
    ];
    expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('covers the wave of each runtime', () => {
    const runtimes = ['1', '2', '3', '4'].map((id) => runtime(id, 'berlin'));
    const targets = { include: [{ region: 'eu' }] };
    const request = inWaves([{ name: 'eu', targets }]);
    const moved = runtimes.map((one) => (one.runtimeID === '3' ? { ...one, region: 'us' } : one));
    const renamed = runtimes.map((one) => ({ ...one, region: 'north-eu' }));
    expect(hashOf({ runtimes: moved }, request)).not.toBe(hashOf({ runtimes }, request));
    expect(hashOf({ runtimes: renamed }, request)).toBe(hashOf({ runtimes }, request));
    // Without waves a region decides nothing here.
    expect(hashOf({ runtimes: moved })).toBe(hashOf({ runtimes }));
  });

  it('is that of the rules alone, without freezes and opt-outs, for those', () => {
    expect(rulesHash({ ...POLICY, ...{ freezes: [], optOut: [] } })).toBe(rulesHash(POLICY));
    expect(rulesHash({ ...POLICY, default: undefined })).not.toBe(rulesHash(POLICY));
    expect(rulesHash({ ...POLICY, rules: [...POLICY.rules].reverse() })).not.toBe(rulesHash(POLICY));
  });
});

import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../../src/domain/slices.ts';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import type { Schedule, WaveRequest } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import {
  projectionBasis,
  projectPlan,
  type ProjectedPlan,
} from '../../../../src/domain/upgrades/projection-of-plans.ts';
import { planRollout } from '../../../../src/domain/upgrades/rollout-plan.ts';
import type { Runtime } from '../../../../src/domain/upgrades/runtime.ts';
import { aRequest, aRuntime } from '../../../support/rows.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const HOUR_BASIS = { kind: 'assumed', seconds: 3600 } as const;

function policyOf(input: unknown): Parameters<typeof planRollout>[2] {
  const { policy, issues } = parseMaintenancePolicy(input);
  if (!policy) throw new Error(JSON.stringify(issues));
  return compilePolicy(policy);
}

interface Asked {
  policy?: ReturnType<typeof policyOf>;
  workers?: number;
  until?: string;
  schedule?: Schedule;
  waves?: WaveRequest[];
}

function project(
  runtimes: Runtime[],
  { policy = policyOf({ rules: [] }), workers = 1, until, schedule = 'maintenanceWindow', waves }: Asked = {},
): ProjectedPlan {
  const { parameters } = aRequest();
  const strategy = {
    ...parameters.strategy,
    schedule,
    parallel: { workers },
    ...(until && { until }),
    ...(waves && { waves }),
  };
  const request = { parameters: { ...parameters, strategy } };
  const { operations } = planRollout({ runtimes, excluded: [] }, request, policy, NOON);
  return atOnce(projectPlan(request, operations, policy, HOUR_BASIS, NOON));
}

const begins = ({ spans }: ProjectedPlan): (string | undefined)[] => spans.map((span) => span?.begin);

describe('a projected plan', () => {
  it('begins and ends with its operations, in their windows', () => {
    const { projection, spans } = project([aRuntime(), aRuntime()], { workers: 1 });
    expect(spans).toEqual([
      { begin: '2026-03-02T22:00:00.000Z', end: '2026-03-02T23:00:00.000Z' },
      { begin: '2026-03-02T23:00:00.000Z', end: '2026-03-03T00:00:00.000Z' },
    ]);
    expect(projection).toEqual({
      begin: '2026-03-02T22:00:00.000Z',
      end: '2026-03-03T00:00:00.000Z',
      unplaced: 0,
      from: HOUR_BASIS,
      waves: [],
    });
  });

  it('goes through its waves one after the other, with their workers and soaks', () => {
    const runtimes = Array.from({ length: 6 }, () => aRuntime());
    const waves = [
      { name: 'canary', count: 1, soakMinutes: 30 },
      { name: 'early', count: 2, workers: 1 },
    ];
    const { projection, spans } = project(runtimes, { schedule: 'immediate', workers: 3, waves });
    expect(projection.waves).toEqual([
      { name: 'canary', begin: '2026-03-02T12:00:00.000Z', end: '2026-03-02T13:00:00.000Z', unplaced: 0 },
      { name: 'early', begin: '2026-03-02T13:30:00.000Z', end: '2026-03-02T15:30:00.000Z', unplaced: 0 },
      { name: 'rest', begin: '2026-03-02T15:30:00.000Z', end: '2026-03-02T16:30:00.000Z', unplaced: 0 },
    ]);
    expect(projection).toMatchObject({
      begin: '2026-03-02T12:00:00.000Z',
      end: '2026-03-02T16:30:00.000Z',
      unplaced: 0,
    });
    expect(spans.every((span) => span !== undefined)).toBe(true);
  });

  it('puts a wave whose windows are over when it begins into the next ones', () => {
    const waves = [{ name: 'canary', count: 1, soakMinutes: 360 }];
    const { projection } = project([aRuntime(), aRuntime()], { waves });
    expect(projection.waves.map(({ begin }) => begin)).toEqual([
      '2026-03-02T22:00:00.000Z',
      '2026-03-03T22:00:00.000Z',
    ]);
  });

  it('says of waves without operations that they have no time', () => {
    const waves = [{ name: 'none', targets: { include: [{ region: '^nowhere$' }] } }];
    const { projection } = project([aRuntime()], { schedule: 'immediate', waves });
    expect(projection.waves).toMatchObject([
      { name: 'none', begin: null, end: null },
      { name: 'rest', begin: '2026-03-02T12:00:00.000Z' },
    ]);
  });

  it('begins at once without windows', () => {
    const atOnce = project([aRuntime(), aRuntime()], { schedule: 'immediate' });
    expect(begins(atOnce)).toEqual(['2026-03-02T12:00:00.000Z', '2026-03-02T13:00:00.000Z']);
  });

  it('goes on at once when a freeze has come and gone while all workers were taken', () => {
    const freezes = [
      { name: 'fair', reason: 'r', from: '2026-03-02T13:30:00Z', to: '2026-03-02T13:40:00Z' },
      { name: 'later', reason: 'r', from: '2026-03-02T14:30:00Z', to: '2026-03-02T14:50:00Z' },
    ];
    const runtimes = Array.from({ length: 4 }, () => aRuntime());
    const all = ['12', '13', '14', '15'].map((hour) => `2026-03-02T${hour}:00:00.000Z`);
    const after = (count: number) =>
      project(runtimes, {
        policy: policyOf({ freezes: freezes.slice(0, count) }),
        schedule: 'immediate',
      });
    expect(begins(after(1))).toEqual(all);
    expect(begins(after(2))).toEqual(all);
  });

  it('puts what a freeze cuts off before what can begin all the time', () => {
    const freezes = [
      {
        ...{ name: 'fair', reason: 'r', from: '2026-03-02T13:00:00Z', to: '2026-03-03T00:00:00Z' },
        match: { region: 'asia' },
      },
    ];
    const found = project([aRuntime({ region: 'europe' }), aRuntime({ region: 'asia' })], {
      policy: policyOf({ freezes }),
      schedule: 'immediate',
    });
    expect(begins(found)).toEqual(['2026-03-02T13:00:00.000Z', '2026-03-02T12:00:00.000Z']);
  });

  it('goes on in the windows of its policy, around freezes, and after opt-outs', () => {
    const policy = policyOf({
      rules: [
        {
          match: { plan: 'azure' },
          timeBegin: '220000',
          timeEnd: '233000',
          timeZone: 'Europe/Berlin',
          cutoff: '30m',
        },
      ],
      freezes: [{ name: 'fair', reason: 'r', from: '2026-03-03T00:00:00Z', to: '2026-03-05T00:00:00Z' }],
      optOut: [{ runtimeID: 'late', reason: 'r', until: '2026-03-07T00:00:00Z' }],
    });
    const found = project([aRuntime(), aRuntime({ runtimeID: 'late' }), aRuntime()], { policy });
    expect(begins(found)).toEqual([
      '2026-03-02T21:00:00.000Z',
      '2026-03-07T21:00:00.000Z',
      '2026-03-05T21:00:00.000Z',
    ]);
  });

  it('says what finds no window in time', () => {
    const found = project([aRuntime(), aRuntime(), aRuntime(), aRuntime(), aRuntime()], {
      until: '2026-03-03T12:00:00Z',
    });
    expect(begins(found).filter((begin) => begin === undefined)).toHaveLength(1);
    expect(found.projection).toMatchObject({ unplaced: 1, end: '2026-03-03T02:00:00.000Z' });
  });

  it('says of which wave nothing is left in time after the soaks of earlier ones', () => {
    const { projection } = project([aRuntime(), aRuntime(), aRuntime()], {
      until: '2026-03-05T12:00:00Z',
      waves: [{ name: 'canary', count: 1, soakMinutes: 4 * 1440 }],
    });
    expect(projection).toMatchObject({
      end: '2026-03-02T23:00:00.000Z',
      unplaced: 2,
      waves: [
        { name: 'canary', unplaced: 0 },
        { name: 'rest', begin: null, end: null, unplaced: 2 },
      ],
    });
  });

  it('has neither begin nor end without operations', () => {
    expect(project([]).projection).toEqual({
      begin: null,
      end: null,
      unplaced: 0,
      from: HOUR_BASIS,
      waves: [],
    });
  });
});

describe('how long an operation is taken to last', () => {
  const kyma = { type: 'upgradeKyma', dryRun: false } as const;

  it('is the median of earlier ones', () => {
    expect(projectionBasis(kyma, [100, 10, 40, 30.04, 20])).toEqual({
      kind: 'earlier operations',
      count: 5,
      medianSeconds: 30,
      p90Seconds: 100,
    });
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(projectionBasis(kyma, hundred)).toMatchObject({ count: 100, medianSeconds: 50, p90Seconds: 90 });
    expect(projectionBasis(kyma, [7])).toMatchObject({ count: 1, medianSeconds: 7, p90Seconds: 7 });
  });

  it('is assumed without any, and for a dry run', () => {
    expect(projectionBasis(kyma, [])).toEqual({ kind: 'assumed', seconds: 1800 });
    expect(projectionBasis({ ...kyma, type: 'upgradeCluster' }, [])).toEqual({
      kind: 'assumed',
      seconds: 2700,
    });
    expect(projectionBasis({ ...kyma, dryRun: true }, [600])).toEqual({ kind: 'assumed', seconds: 1 });
  });
});

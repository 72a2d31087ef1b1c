import { expect, it } from 'vitest';
import { atOnce } from '../../../../src/domain/slices.ts';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import { estimateEnd, type Estimate, type OperationLeft } from '../../../../src/domain/upgrades/estimate.ts';
import type { Limits } from '../../../../src/domain/upgrades/limits.ts';
import type { Schedule, WaveRequest } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import type { ProjectionBasis, SoakUnderWay } from '../../../../src/domain/upgrades/projection-of-plans.ts';
import { aRequest, aRuntime } from '../../../support/rows.ts';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const EARLIER: ProjectionBasis = {
  ...{ kind: 'earlier operations', count: 10 },
  ...{ medianSeconds: 3600, p90Seconds: 7200 },
};
const TONIGHT = {
  ...{ begin: '2026-03-02T22:00:00.000Z', latestStart: '2026-03-03T02:00:00.000Z' },
  end: '2026-03-03T02:00:00.000Z',
};

interface Asked {
  schedule?: Schedule;
  workers?: number;
  limits?: Limits;
  waves?: WaveRequest[];
  soak?: SoakUnderWay;
  from?: ProjectionBasis;
  freezes?: object[];
  rules?: object[];
  until?: string;
}

const left = (others: Partial<OperationLeft> = {}): OperationLeft => ({
  runtime: aRuntime(),
  wave: 0,
  ...others,
});

function estimate(operations: OperationLeft[], asked: Asked = {}): Estimate {
  const { schedule = 'immediate', workers = 1, limits, waves, soak, from = EARLIER } = asked;
  const { rules = [], freezes = [] } = asked;
  const { parameters } = aRequest();
  const strategy = { ...parameters.strategy, schedule, ...(limits && { limits }), ...(waves && { waves }) };
  const { policy, issues } = parseMaintenancePolicy({ rules, freezes });
  if (!policy) throw new Error(JSON.stringify(issues));
  const work = estimateEnd(
    {
      parameters: { ...parameters, strategy },
      operations,
      workers,
      windowsUntil: asked.until ?? '2026-04-01T00:00:00Z',
      ...(soak && { soak }),
    },
    compilePolicy(policy),
    from,
    NOON,
  );
  return atOnce(work).estimate;
}

it('takes the median of earlier operations for the earliest end, and the slowest tenth for the latest', () => {
  expect(estimate([left(), left(), left()], { workers: 2 })).toEqual({
    earliest: '2026-03-02T14:00:00.000Z',
    latest: '2026-03-02T16:00:00.000Z',
    unplaced: 0,
    from: EARLIER,
    waves: [],
    at: '2026-03-02T12:00:00.000Z',
  });
});

it('has one end where nothing is known of earlier ones', () => {
  const from = { kind: 'assumed', seconds: 600 } as const;
  expect(estimate([left()], { from })).toMatchObject({
    earliest: '2026-03-02T12:10:00.000Z',
    latest: '2026-03-02T12:10:00.000Z',
  });
});

it('counts what is under way for the rest of its time only, and its slot as taken until then', () => {
  const underWay = left({ startedAt: '2026-03-02T11:30:00Z' });
  expect(estimate([left(), underWay])).toMatchObject({
    earliest: '2026-03-02T13:30:00.000Z',
    latest: '2026-03-02T15:30:00.000Z',
  });
});

it('expects what takes longer than all others to end at any moment', () => {
  const slow = left({ startedAt: '2026-03-01T12:00:00Z' });
  expect(estimate([slow])).toMatchObject({
    earliest: '2026-03-02T12:00:00.000Z',
    latest: '2026-03-02T12:00:00.000Z',
  });
});

it('lets more than there are workers go on, and begins nothing before there is room', () => {
  const underWay = () => left({ startedAt: '2026-03-02T12:00:00Z' });
  expect(estimate([underWay(), underWay(), underWay()], { workers: 1 })).toMatchObject({
    earliest: '2026-03-02T13:00:00.000Z',
    unplaced: 0,
  });
});

it('lets no more of a key begin at once than its limit, and counts what is under way with it', () => {
  const of = (region: string, startedAt?: string): OperationLeft =>
    left({ runtime: aRuntime({ region }), ...(startedAt !== undefined && { startedAt }) });
  const asked = { workers: 5, limits: { perRegion: 1 } };
  expect(estimate([of('eu'), of('us'), of('eu'), of('us')], asked).earliest).toBe('2026-03-02T14:00:00.000Z');
  const underWay = of('eu', '2026-03-02T11:30:00Z');
  expect(estimate([of('eu'), underWay, of('us')], asked).earliest).toBe('2026-03-02T13:30:00.000Z');
  expect(estimate([of('eu'), of('us'), of('eu')], { workers: 5 }).earliest).toBe('2026-03-02T13:00:00.000Z');
});

it('goes on in the windows that operations have, and in the next ones where these are over', () => {
  const scheduled = { schedule: 'maintenanceWindow' } as const;
  expect(estimate([left({ window: TONIGHT })], scheduled).earliest).toBe('2026-03-02T23:00:00.000Z');
  const over = {
    begin: '2026-03-01T22:00:00Z',
    latestStart: '2026-03-02T02:00:00Z',
    end: '2026-03-02T02:00:00Z',
  };
  expect(estimate([left({ window: over })], scheduled).earliest).toBe('2026-03-02T23:00:00.000Z');
  const tomorrow = {
    ...{ begin: '2026-03-03T22:00:00Z', latestStart: '2026-03-04T02:00:00Z' },
    end: '2026-03-04T02:00:00Z',
  };
  // Of one definition, and yet not of one series: one of them has missed tonight already.
  const both = [left({ window: tomorrow }), left({ window: TONIGHT })];
  expect(estimate(both, scheduled).earliest).toBe('2026-03-03T23:00:00.000Z');
});

it('begins another try when its wait is over: in its window, or in the next one where that is over by then', () => {
  const held = (notBefore: string, window?: OperationLeft['window']): OperationLeft =>
    left({ notBefore, ...(window && { window }) });
  const scheduled = { schedule: 'maintenanceWindow', workers: 2 } as const;
  expect(estimate([left(), held('2026-03-02T15:00:00Z')]).earliest).toBe('2026-03-02T16:00:00.000Z');
  expect(estimate([held('2026-03-02T11:00:00Z')]).earliest).toBe('2026-03-02T13:00:00.000Z');
  const one = held('2026-03-03T01:00:00Z', TONIGHT);
  expect(estimate([left({ window: TONIGHT }), one], scheduled).earliest).toBe('2026-03-03T02:00:00.000Z');
  expect(estimate([held('2026-03-02T15:00:00Z', TONIGHT)], scheduled).earliest).toBe(
    '2026-03-02T23:00:00.000Z',
  );
  const late = held('2026-03-03T02:00:00Z', TONIGHT);
  expect(estimate([late], scheduled).earliest).toBe('2026-03-03T23:00:00.000Z');
  expect(estimate([late], { ...scheduled, until: '2026-03-03T12:00:00Z' })).toMatchObject({
    earliest: null,
    unplaced: 1,
  });
});

it('heeds freezes and the time for windows', () => {
  const freezes = [{ name: 'fair', reason: 'r', from: '2026-03-02T20:00:00Z', to: '2026-03-05T00:00:00Z' }];
  const scheduled = { schedule: 'maintenanceWindow', freezes } as const;
  const over = {
    begin: '2026-03-01T22:00:00Z',
    latestStart: '2026-03-02T02:00:00Z',
    end: '2026-03-02T02:00:00Z',
  };
  expect(estimate([left({ window: over })], scheduled).earliest).toBe('2026-03-05T01:00:00.000Z');
  expect(estimate([left({ window: over })], { ...scheduled, until: '2026-03-04T00:00:00Z' })).toMatchObject({
    earliest: null,
    latest: null,
    unplaced: 1,
  });
});

it('goes through the waves that are left, after the soak that is under way', () => {
  const waves = [
    { name: 'canary', count: 1, soakMinutes: 60 },
    { name: 'early', count: 1, soakMinutes: 30 },
  ];
  const soak = { wave: 0, untilMs: Date.parse('2026-03-02T12:15:00Z') };
  const { waves: ends, earliest } = estimate([left({ wave: 1 }), left({ wave: 2 })], { waves, soak });
  expect(ends).toEqual([
    { name: 'early', earliest: '2026-03-02T13:15:00.000Z', latest: '2026-03-02T14:15:00.000Z' },
    { name: 'rest', earliest: '2026-03-02T14:45:00.000Z', latest: '2026-03-02T16:45:00.000Z' },
  ]);
  expect(earliest).toBe('2026-03-02T14:45:00.000Z');
});

it('names a wave of which nothing finds a window in time, and no wave that is over', () => {
  const waves = [
    { name: 'canary', count: 1 },
    { name: 'early', count: 1 },
  ];
  const asked = { schedule: 'maintenanceWindow', waves, until: '2026-03-03T12:00:00Z' } as const;
  const late = left({ wave: 2, window: TONIGHT, notBefore: '2026-03-03T02:00:00Z' });
  expect(estimate([left({ wave: 1, window: TONIGHT }), late], asked).waves).toEqual([
    { name: 'early', earliest: '2026-03-02T23:00:00.000Z', latest: '2026-03-03T00:00:00.000Z' },
    { name: 'rest', earliest: null, latest: null },
  ]);
});

it('lets what is under way go on although its window is over, and keeps the windows of all others', () => {
  const over = {
    begin: '2026-03-01T22:00:00Z',
    latestStart: '2026-03-02T02:00:00Z',
    end: '2026-03-02T02:00:00Z',
  };
  const scheduled = { schedule: 'maintenanceWindow' } as const;
  const underWay = left({ window: over, startedAt: '2026-03-02T11:30:00Z' });
  expect(estimate([underWay], scheduled).earliest).toBe('2026-03-02T12:30:00.000Z');
  // Not the one that the policy would have now: it stands in the row.
  const early = { begin: '2026-03-02T20:00:00Z', latestStart: '2026-03-02T21:00:00Z', end: TONIGHT.end };
  expect(estimate([left({ window: early, notBefore: '2026-03-02T15:00:00Z' })], scheduled).earliest).toBe(
    '2026-03-02T21:00:00.000Z',
  );
});

it('puts each into the next window of its own that has missed one, also where two had the same', () => {
  const short = { timeBegin: '220000+0000', timeEnd: '223000+0000' };
  const rules = [
    { match: { plan: 'weekly' }, days: ['Mon'], ...short },
    { match: { plan: 'daily' }, ...short },
  ];
  const of = (servicePlanName: string): OperationLeft =>
    left({
      runtime: aRuntime({ servicePlanName }),
      window: { ...TONIGHT, latestStart: '2026-03-02T22:30:00Z', end: '2026-03-02T22:30:00Z' },
    });
  const asked = { schedule: 'maintenanceWindow', rules } as const;
  expect(estimate([of('daily'), of('weekly')], asked).earliest).toBe('2026-03-09T23:00:00.000Z');
  expect(estimate([of('daily'), of('daily')], asked).earliest).toBe('2026-03-03T23:00:00.000Z');
});

it('needs no window for what begins at once', () => {
  const none = left({ runtime: aRuntime({ maintenanceWindow: undefined }) });
  expect(estimate([none, none]).earliest).toBe('2026-03-02T14:00:00.000Z');
});

it('has no end where nothing is left', () => {
  expect(estimate([])).toMatchObject({ earliest: null, latest: null, unplaced: 0 });
});

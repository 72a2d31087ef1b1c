import { describe, expect, it } from 'vitest';
import {
  comparePlans,
  describeChanges,
  type ComparedOperation,
  type PlanChanges,
} from '../../../../src/domain/upgrades/plan-comparison.ts';
import { requestDifferences } from '../../../../src/domain/upgrades/request-comparison.ts';
import type { RolloutRequest } from '../../../../src/domain/upgrades/rollout-plan.ts';
import { aRequest } from '../../../support/rows.ts';

const one = (runtimeID: string, definition = '', wave = 0): ComparedOperation => ({
  runtimeID,
  shootName: `c-${runtimeID}`,
  definition,
  wave,
});
const named = (...ids: string[]) => ({
  count: ids.length,
  first: ids.map((runtimeID) => ({ shootName: `c-${runtimeID}`, runtimeID })),
});
const NONE = named();

describe('two plans', () => {
  it('differ by who was added, who is gone, and whose window is defined otherwise', () => {
    const earlier = [one('a', 'mon'), one('b', 'mon'), one('c', 'mon'), one('d')];
    const now = [one('e', 'mon'), one('c', 'tue'), one('a', 'mon'), one('d', 'mon')];
    expect(comparePlans(earlier, now)).toEqual({
      added: named('e'),
      gone: named('b'),
      moved: named('c', 'd'),
    });
    expect(comparePlans(now, earlier)).toEqual({
      added: named('b'),
      gone: named('e'),
      moved: named('c', 'd'),
    });
  });

  it('differ by who is in another wave, in another window or not', () => {
    const earlier = [one('a', 'mon', 0), one('b', 'mon', 1), one('c', 'mon', 1), one('d', 'mon', 2)];
    const now = [one('e', 'mon', 0), one('c', 'tue', 2), one('b', 'mon', 0), one('a', 'mon', 0)];
    expect(comparePlans(earlier, now)).toEqual({
      added: named('e'),
      gone: named('d'),
      moved: named('c'),
      inOtherWaves: named('c', 'b'),
    });
  });

  it('are the same in another order', () => {
    const plan = [one('a', 'mon'), one('b')];
    expect(comparePlans(plan, [...plan].reverse())).toEqual({ added: NONE, gone: NONE, moved: NONE });
  });

  it('are told apart with exact counts and the first hundred names', () => {
    const many = Array.from({ length: 30_000 }, (_, index) => one(`${index}`));
    const { added, gone, moved } = comparePlans(many.slice(20_000), many.slice(0, 20_500));
    expect([added.count, gone.count, moved.count]).toEqual([20_000, 9_500, 0]);
    expect(added.first).toHaveLength(100);
    expect(added.first[0]).toEqual({ shootName: 'c-0', runtimeID: '0' });
    expect(gone.first[0]).toEqual({ shootName: 'c-20500', runtimeID: '20500' });
  });

  it.each<[Partial<PlanChanges>, string]>([
    [{ added: named('a', 'b'), gone: named('c') }, '2 added, 1 gone'],
    [{ moved: named('a'), rulesChanged: true }, '1 in other windows, other rules of the maintenance policy'],
    [
      { inOtherWaves: named('a', 'b'), rulesChanged: true },
      '2 in other waves, other rules of the maintenance policy',
    ],
    [{ isUnknown: true }, expect.stringContaining('is not kept any more') as string],
  ])('%j in words', (changes, words) => {
    expect(
      describeChanges({ added: NONE, gone: NONE, moved: NONE, rulesChanged: false, ...changes }),
    ).toEqual(words);
  });
});

describe('two requests', () => {
  const { type, parameters } = aRequest();
  const request = (changes: Partial<RolloutRequest['parameters']> = {}): RolloutRequest => ({
    type,
    parameters: { ...parameters, ...changes },
  });

  it('mean the same whatever plan they name', () => {
    expect(requestDifferences(request({ planHash: 'a', onPlanChange: 'pause' }), request())).toEqual([]);
  });

  it('differ at the paths that are named', () => {
    const { strategy } = parameters;
    const other = request({
      targets: { include: [{ target: 'all' }, { region: 'eu' }], exclude: [{ shoot: 's' }] },
      strategy: { ...strategy, schedule: 'maintenanceWindow', parallel: { workers: 6 } },
      kyma: undefined,
      dryRun: true,
    });
    const paths = [
      'dryRun',
      'kyma',
      'strategy.parallel.workers',
      'strategy.schedule',
      'targets.exclude',
      'targets.include[1]',
    ];
    expect(requestDifferences(request(), other)).toEqual(paths);
    expect(requestDifferences(other, request())).toEqual(paths);
    expect(requestDifferences(request(), { ...request(), type: 'upgradeCluster' })).toEqual(['type']);
  });
});

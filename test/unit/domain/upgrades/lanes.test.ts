import { describe, expect, it } from 'vitest';
import {
  capOf,
  DEFAULT_LANES,
  isLaneSet,
  laneAsked,
  laneOf,
  whyTooMany,
  type Lanes,
} from '../../../../src/domain/upgrades/lanes.ts';
import { aRequest } from '../../../support/rows.ts';

const LANES: Lanes = [
  { name: 'fleet', cap: 100 },
  { name: 'urgent', cap: 1_000 },
  { name: 'trial', cap: 5 },
];

function asking(lane?: string) {
  const { strategy } = aRequest().parameters;
  return { strategy: { ...strategy, ...(lane !== undefined && { lane }) } };
}

describe('the lane of a request', () => {
  it('is the one that it names, or the first one', () => {
    expect(laneAsked(LANES, asking('trial'))).toBe('trial');
    expect(laneAsked(LANES, asking())).toBe('fleet');
    expect(laneAsked(DEFAULT_LANES, asking())).toBe('default');
  });

  it('stays the one that was found for it, whatever it named', () => {
    expect(laneOf({ lane: 'fleet', parameters: asking() })).toBe('fleet');
    expect(laneOf({ lane: 'fleet', parameters: asking('trial') })).toBe('fleet');
    expect(laneOf({ parameters: asking('trial') })).toBe('trial');
    expect(laneOf({ parameters: asking() })).toBe('default');
  });
});

describe('the lanes that are set', () => {
  it('are known by their names', () => {
    expect(
      ['fleet', 'urgent', 'trial', 'Trial', 'default', ''].map((name) => isLaneSet(LANES, name)),
    ).toEqual([true, true, true, false, false, false]);
  });

  it('cap workers each by itself, and as the first one those of a lane that is gone', () => {
    expect(['fleet', 'urgent', 'trial', 'gone'].map((name) => capOf(LANES, name))).toEqual([
      100, 1_000, 5, 100,
    ]);
  });

  it('refuse more workers than their cap, and name it', () => {
    expect(whyTooMany(LANES, 'trial', 5)).toBeUndefined();
    expect(whyTooMany(LANES, 'trial', 6)).toBe('must not be more than 5 in the lane trial');
    expect(whyTooMany(LANES, 'urgent', 1_001)).toBe('must not be more than 1,000 in the lane urgent');
    expect(whyTooMany(DEFAULT_LANES, 'default', 1_000)).toBeUndefined();
  });
});

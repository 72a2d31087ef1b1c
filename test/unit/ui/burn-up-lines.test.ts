import { describe, expect, it } from 'vitest';
import type { components } from '../../../src/ui/rest-types.ts';
import { burnUpRows, burnUpWords, pictureOf, settledOf } from '../../../src/ui/words/burn-up-lines.ts';

type BurnUp = components['schemas']['BurnUp'];

const BEGIN = Date.parse('2026-11-29T22:00:00Z');
const HOUR = 3_600_000;
const point = (hours: number, count: number) => ({ at: new Date(BEGIN + hours * HOUR).toISOString(), count });

function burnUp(others: Partial<BurnUp> = {}): BurnUp {
  return {
    orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
    total: 20,
    planned: [point(0, 0), point(1, 5), point(4, 20)],
    actual: [point(2, 5)],
    neverBegan: 0,
    ...others,
  };
}

describe('planned and actual ends', () => {
  it('are lines over the time of both, the actual one up to the present', () => {
    expect(pictureOf(burnUp(), BEGIN + 3 * HOUR)).toEqual({
      from: BEGIN,
      to: BEGIN + 4 * HOUR,
      planned: '0,100 0,100 25,100 25,75 100,75 100,0',
      actual: '0,100 50,100 50,75 75,75',
      now: 75,
    });
    expect(pictureOf(burnUp(), BEGIN + 8 * HOUR)).toMatchObject({
      to: BEGIN + 8 * HOUR,
      planned: '0,100 0,100 12.5,100 12.5,75 50,75 50,0',
      now: 100,
    });
  });

  it('never go back to a present that is some seconds old', () => {
    expect(pictureOf(burnUp(), BEGIN + HOUR)).toMatchObject({ actual: '0,100 50,100 50,75 50,75', now: 25 });
  });

  it('end with the last operation', () => {
    const picture = pictureOf(burnUp({ actual: [point(2, 5), point(5, 20)] }), BEGIN + 99 * HOUR);
    expect(picture).toEqual({
      from: BEGIN,
      to: BEGIN + 5 * HOUR,
      planned: '0,100 0,100 20,100 20,75 80,75 80,0',
      actual: '0,100 40,100 40,75 100,75 100,0',
      now: undefined,
    });
  });

  it('are not drawn before the plan, nor of a plan of nothing', () => {
    expect(pictureOf(burnUp({ total: null, planned: [], actual: [] }), BEGIN)).toBeUndefined();
    expect(pictureOf(burnUp({ total: 0, planned: [point(0, 0)], actual: [] }), BEGIN)).toBeUndefined();
    expect(pictureOf(burnUp({ planned: [], actual: [] }), BEGIN)).toBeUndefined();
    // An orchestration that had its plan before anybody kept such lines.
    expect(pictureOf(burnUp({ planned: [] }), BEGIN + 3 * HOUR)).toMatchObject({
      from: BEGIN + 2 * HOUR,
      planned: '',
    });
    expect(pictureOf(burnUp({ actual: [] }), BEGIN)).toMatchObject({ actual: '0,100 0,100', now: 0 });
  });

  it('are told in words', () => {
    expect(burnUpWords(burnUp(), BEGIN + 3 * HOUR)).toBe('5 of 20 have ended; 5 were to have ended by now');
    expect(burnUpWords(burnUp(), BEGIN + 4 * HOUR)).toBe('5 of 20 have ended; 20 were to have ended by now');
    expect(burnUpWords(burnUp({ planned: [] }), BEGIN)).toBe('5 of 20 have ended');
    expect(burnUpWords(burnUp({ actual: [point(5, 20)] }), BEGIN)).toBe('20 of 20 have ended');
  });

  it('tell what never began apart from what has ended, and end with both', () => {
    const stopped = burnUp({ neverBegan: 15 });
    expect(burnUpWords(stopped, BEGIN + 3 * HOUR)).toBe('5 of 20 have ended; 15 never began');
    expect(pictureOf(stopped, BEGIN + 99 * HOUR)).toMatchObject({
      ...{ to: BEGIN + 4 * HOUR, actual: '0,100 50,100 50,75', now: undefined },
    });
    expect(burnUpWords(burnUp({ neverBegan: 1 }), BEGIN + 3 * HOUR)).toBe(
      '5 of 20 have ended; 1 never began; 5 were to have ended by now',
    );
    expect(settledOf(burnUp({ neverBegan: 3 }))).toBe(8);
  });

  it('are rows of tenths', () => {
    const rows = burnUpRows(burnUp());
    expect(rows).toHaveLength(10);
    expect(rows[0]).toEqual({ count: 2, planned: point(1, 5).at, actual: point(2, 5).at });
    expect(rows[9]).toEqual({ count: 20, planned: point(4, 20).at, actual: null });
    expect(burnUpRows(burnUp({ total: 3 })).map(({ count }) => count)).toEqual([1, 2, 3]);
  });
});

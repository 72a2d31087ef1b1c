import { describe, expect, it } from 'vitest';
import { drainOf, overdueBefore } from '../../../../src/domain/upgrades/drain.ts';

const KNOWN = { kind: 'earlier operations' as const, count: 9, medianSeconds: 600, p90Seconds: 1_200 };
const ASSUMED = { kind: 'assumed' as const, seconds: 1_800 };
const IN_FLIGHT = { since: '2026-11-29T01:57:00Z', lastBegunAt: '2026-11-29T02:10:00Z', overdue: 2 };

describe('what is in progress while nothing more begins', () => {
  it('has ended when the last one has taken as long as others', () => {
    expect(drainOf(IN_FLIGHT, KNOWN)).toEqual({
      earliest: '2026-11-29T02:20:00.000Z',
      latest: '2026-11-29T02:30:00.000Z',
      overdue: 2,
      from: KNOWN,
    });
  });

  it('has one end where nobody knows how long others took', () => {
    const { earliest, latest } = drainOf(IN_FLIGHT, ASSUMED);
    expect([earliest, latest]).toEqual(['2026-11-29T02:40:00.000Z', '2026-11-29T02:40:00.000Z']);
  });

  it('takes longer than usual from the slowest tenth on', () => {
    const now = Date.parse('2026-11-29T02:11:00Z');
    expect(overdueBefore(KNOWN, now)).toBe('2026-11-29T01:51:00.000Z');
    expect(overdueBefore(ASSUMED, now)).toBe('2026-11-29T01:41:00.000Z');
  });
});

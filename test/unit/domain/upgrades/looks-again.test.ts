import { describe, expect, it } from 'vitest';
import { describeUncertain, isLastLook, nextLook } from '../../../../src/domain/upgrades/looks-again.ts';

const NOON = Date.parse('2030-10-12T12:00:00Z');
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(NOON + minutes * MINUTE).toISOString();
const FIRST = { looksAgainAt: null, looksUntil: null };

describe('what is uncertain', () => {
  it('is read again each minute, within the time from the end of the first way through', () => {
    expect(nextLook(FIRST, 15 * MINUTE, NOON)).toEqual({ at: at(1), until: at(15) });
    const second = { looksAgainAt: at(1), looksUntil: at(15) };
    expect(nextLook(second, 15 * MINUTE, NOON + 8 * MINUTE)).toEqual({ at: at(9), until: at(15) });
  });

  it('is read for the last time when its time is over, also when looks take long', () => {
    const late = { looksAgainAt: at(14), looksUntil: at(15) };
    for (const minutes of [14.5, 20])
      expect(nextLook(late, 15 * MINUTE, NOON + minutes * MINUTE)).toEqual({ at: at(15), until: at(15) });
  });

  it('is read ten times in a short time', () => {
    expect(nextLook(FIRST, MINUTE, NOON)).toEqual({ at: at(0.1), until: at(1) });
  });

  it('is so no more on the last way through', () => {
    expect(isLastLook(FIRST)).toBe(false);
    expect(isLastLook({ looksAgainAt: at(1), looksUntil: at(15) })).toBe(false);
    // As the database writes it.
    expect(isLastLook({ looksAgainAt: at(15), looksUntil: '2030-10-12T12:15:00.000000Z' })).toBe(true);
  });

  it('comes to an end whatever the time', () => {
    for (const timeout of [1, 999, MINUTE, 1440 * MINUTE]) {
      let times: Parameters<typeof isLastLook>[0] = FIRST;
      let looks = 0;
      for (let now = NOON; !isLastLook(times); looks++) {
        const next = nextLook(times, timeout, now);
        times = { looksAgainAt: next.at, looksUntil: next.until };
        now = Date.parse(next.at);
      }
      expect(looks).toBeLessThanOrEqual(Math.max(1000, timeout / MINUTE));
    }
  });
});

it('names the first runtimes with what they say', () => {
  const first = [
    { shootName: 'c-1', said: 'A is Progressing' },
    { shootName: 'c-2', said: 'B is Unknown' },
  ];
  expect(describeUncertain({ count: 1, first: first.slice(0, 1) })).toBe(
    '1 runtime is read again: c-1 (A is Progressing)',
  );
  expect(describeUncertain({ count: 1200, first })).toBe(
    '1,200 runtimes are read again: c-1 (A is Progressing), c-2 (B is Unknown) and others',
  );
});

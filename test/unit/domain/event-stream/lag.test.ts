import { describe, expect, it } from 'vitest';
import {
  isTooSlow,
  lagAfter,
  MOST_BEHIND,
  MOST_BEHIND_MS,
  type Lag,
} from '../../../../src/domain/event-stream/lag.ts';

const level: Lag = { behind: 0, gainedAtMs: 0 };

describe('a client is too slow', () => {
  it('when it is far behind and has not gained for long', () => {
    const lag = lagAfter(level, MOST_BEHIND + 1, MOST_BEHIND_MS + 1);
    expect(isTooSlow(lag, MOST_BEHIND_MS + 1)).toBe(true);
  });

  it('not when it had everything a moment ago, as after a cancel of thousands', () => {
    const lag = lagAfter(level, 10_000, MOST_BEHIND_MS);
    expect(isTooSlow(lag, MOST_BEHIND_MS)).toBe(false);
  });

  it('not when it is behind by little, for however long', () => {
    const lag = lagAfter(level, MOST_BEHIND, 3_600_000);
    expect(isTooSlow(lag, Infinity)).toBe(false);
  });

  it('not while it gains, however slow its line is', () => {
    let lag: Lag = { behind: 9_000, gainedAtMs: 0 };
    for (let [behind, now] = [9_000, 0]; behind > MOST_BEHIND; behind -= 1, now += 10_000) {
      lag = lagAfter(lag, behind - 1, now);
      expect(isTooSlow(lag, now)).toBe(false);
    }
  });

  it('when it stays as far behind, although it takes what it is sent', () => {
    let lag: Lag = { behind: 9_000, gainedAtMs: 0 };
    for (let now = 0; now <= MOST_BEHIND_MS; now += 500) {
      lag = lagAfter(lag, 9_000, now);
      expect(isTooSlow(lag, now)).toBe(false);
    }
    expect(isTooSlow(lagAfter(lag, 9_000, MOST_BEHIND_MS + 1), MOST_BEHIND_MS + 1)).toBe(true);
  });
});

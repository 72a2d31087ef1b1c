import { describe, expect, it } from 'vitest';
import { isTooSlow, MOST_BEHIND, MOST_BEHIND_MS } from '../../../../src/domain/event-stream/lag.ts';

const standing = { behind: MOST_BEHIND + 1, behindForMs: MOST_BEHIND_MS + 1, isLost: false };

describe('a client is too slow', () => {
  it('when it is far behind for long', () => {
    expect(isTooSlow(standing)).toBe(true);
  });

  it('not when it was sent everything a moment ago, as after a cancel of thousands', () => {
    expect(isTooSlow({ ...standing, behindForMs: MOST_BEHIND_MS })).toBe(false);
  });

  it('not when it is behind by little, for however long', () => {
    expect(isTooSlow({ ...standing, behind: MOST_BEHIND, behindForMs: Infinity })).toBe(false);
  });

  it('when what it has not got is not kept any more', () => {
    expect(isTooSlow({ behind: 1, behindForMs: 0, isLost: true })).toBe(true);
  });
});

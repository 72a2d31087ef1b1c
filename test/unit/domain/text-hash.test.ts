import { describe, expect, it } from 'vitest';
import { textHash } from '../../../src/domain/text-hash.ts';

/** MurmurHash3's fmix32 of the published FNV-1a values, worked out with numbers that do not overflow. */
function finished(fnv1a: number): number {
  const times = (bits: bigint, by: bigint): bigint => (bits * by) & 0xffffffffn;
  let bits = BigInt(fnv1a);
  bits = times(bits ^ (bits >> 16n), 0x85ebca6bn);
  bits = times(bits ^ (bits >> 13n), 0xc2b2ae35n);
  return Number(bits ^ (bits >> 16n));
}

describe('the hash of a text', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
    // One byte, although UTF-8 has two for it.
    ['\u00f6', Number((BigInt(0x811c9dc5 ^ 0xf6) * 0x01000193n) & 0xffffffffn)],
  ])('of %j is that of FNV-1a with the finaliser of MurmurHash3', (text, fnv1a) => {
    expect(textHash(text)).toBe(finished(fnv1a));
  });

  it('looks at both bytes of a unit', () => {
    const hashes = ['\u0141', '\u0041', '\u0241', '\ud83d\ude00', '\ud83d\ude01'].map(textHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each(['2.20.5', '2.20.6', ''])(
    'spreads IDs that differ in a few digits evenly over all its bits, after %j',
    (before) => {
      const texts = Array.from({ length: 64_000 }, (_, index) => `${before}\0runtime-${index}`);
      const hashes = texts.map(textHash);
      for (let bit = 0; bit < 32; bit++) {
        const set = hashes.filter((hash) => ((hash >>> bit) & 1) === 1).length;
        // Six standard deviations of as many fair coins.
        expect(Math.abs(set - 32_000)).toBeLessThan(6 * 126.5);
      }
      const buckets = new Array<number>(64).fill(0);
      for (const hash of hashes) buckets[hash >>> 26] = (buckets[hash >>> 26] ?? 0) + 1;
      // Chi squared with 63 degrees of freedom: above 130 once in a million.
      const chiSquared = buckets.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
      expect(chiSquared).toBeLessThan(130);
    },
  );
});

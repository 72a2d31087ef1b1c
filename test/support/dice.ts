/** Numbers from 0 to below `limit`, the same ones for a seed. */
export function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % limit;
  };
}

/** The same entries in another order. */
export function shuffled<T>(list: readonly T[], roll: (limit: number) => number): T[] {
  return list
    .map((value) => ({ value, at: roll(1_000_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

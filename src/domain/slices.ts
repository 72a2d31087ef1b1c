/** Long work in slices: it yields wherever it may be put down for a while, at least every few milliseconds. */
export type Slices<T> = Generator<void, T, void>;

/** Lines that are gone through between two of those places, where each costs microseconds. */
export const LINES_IN_SLICE = 1_000;

/** All of it without a break. */
export function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** As `Array.map`. */
export function* mapInSlices<T, Result>(
  values: readonly T[],
  of: (value: T, index: number) => Result,
): Slices<Result[]> {
  const results: Result[] = [];
  for (const [index, value] of values.entries()) {
    if (index % LINES_IN_SLICE === LINES_IN_SLICE - 1) yield;
    results.push(of(value, index));
  }
  return results;
}

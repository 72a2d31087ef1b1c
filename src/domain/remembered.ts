/** Remembered answers; a fleet has fewer accounts, regions and Shoot windows, and what is forgotten is worked out again. */
const MOST_REMEMBERED = 100_000;

/** The same function, which answers from memory an input that it has answered. */
export function remembered<In, Out>(
  work: (input: In) => Out,
  keyOf: (input: In) => string,
): (input: In) => Out {
  const known = new Map<string, { answer: Out }>();
  return (input) => {
    const key = keyOf(input);
    const found = known.get(key);
    if (found) return found.answer;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const answer = work(input);
    known.set(key, { answer });
    return answer;
  };
}

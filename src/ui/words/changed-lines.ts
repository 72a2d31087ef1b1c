/** Which lines a text has got and lost. Pure. */

interface ChangedLine {
  sign: '+' | '-';
  line: string;
}

/** Pairs of lines that are compared at most; texts that differ in more places are shown as a whole. */
const MOST_PAIRS = 1_000_000;

/** The lines that are in one of the texts alone, in their order: of a place that was changed first those that are gone. */
export function changedLines(before: string, after: string): ChangedLine[] {
  const [old, now] = differing(before.split('\n'), after.split('\n'));
  if (old.length * now.length > MOST_PAIRS) {
    return [
      ...old.map((line): ChangedLine => ({ sign: '-', line })),
      ...now.map((line): ChangedLine => ({ sign: '+', line })),
    ];
  }
  const same = commonLengths(old, now);
  const changes: ChangedLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (j >= now.length || (i < old.length && at(same, i + 1, j) >= at(same, i, j + 1))) {
      changes.push({ sign: '-', line: old[i++] ?? '' });
    } else changes.push({ sign: '+', line: now[j++] ?? '' });
  }
  return changes;
}

/** The rest of both without their common begin and end. */
function differing(old: string[], now: string[]): [string[], string[]] {
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
}

const at = (lengths: number[][], i: number, j: number): number => lengths[i]?.[j] ?? 0;

/** Length of the longest common subsequence of what is left from each pair of lines on. */
function commonLengths(old: string[], now: string[]): number[][] {
  const lengths: number[][] = Array.from({ length: old.length + 1 }, () => []);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] ?? [];
      row[j] =
        old[i] === now[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

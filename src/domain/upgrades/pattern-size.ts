/** Escapes, classes, openings of groups, counted repetitions and any other single character. */
const TOKEN =
  /\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[imsU-]*:))?|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gsu;

/**
 * About how many instructions a pattern unfolds to, without compiling it: counted repetitions are what makes a short
 * pattern large. Good to about a factor of five; exact only after compilation.
 */
export function estimateSize(pattern: string): number {
  // One sum for each open group, and for the pattern as a whole.
  const sums = [0];
  // A repetition itself can't be repeated: RE2 refuses that.
  let last = 0;
  const add = (size: number): void => {
    last = size;
    sums.push((sums.pop() ?? 0) + size);
  };
  for (const { 0: token, groups } of pattern.matchAll(TOKEN)) {
    if (groups?.['least'] !== undefined) {
      const times = Math.max(1, Number(groups['least']), Number(groups['most'] ?? 0));
      add(last * (times - 1));
    } else if (token.startsWith('(')) {
      sums.push(0);
    } else if (token === ')' && sums.length > 1) {
      add((sums.pop() ?? 0) + 2);
    } else {
      add(1);
    }
  }
  return sums.reduce((total, sum) => total + sum, 0);
}

import { RE2JS } from 're2js';

/** Longest pattern that is accepted, in characters: room for a hundred account IDs in one alternation. */
export const LONGEST_PATTERN = 4_000;
/** Largest compiled pattern: time to match grows with it, and a short pattern may unfold to a very large one. */
const LARGEST_PROGRAM = 20_000;
/** Text without a meaning of its own in RE2: looking for it needs no automaton. */
const LITERAL = /^[\w -]+$/;

/** A pattern that can't be used; its message says why, and what to write instead. */
export class PatternError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PatternError';
  }
}

/**
 * Compiles an unanchored RE2 pattern (https://github.com/google/re2/wiki/Syntax) to a test. RE2 runs in time linear in
 * its input, whatever the pattern. Throws PatternError.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > LONGEST_PATTERN) {
    throw new PatternError(
      `must not be longer than ${LONGEST_PATTERN.toLocaleString('en-US')} characters; spread it over several selectors`,
    );
  }
  if (LITERAL.test(pattern)) return (text) => text.includes(pattern);
  const compiled = compile(pattern);
  if (compiled.programSize() > LARGEST_PROGRAM) {
    throw new PatternError('is too large once its repetitions are unfolded; use smaller counts');
  }
  return (text) => compiled.test(text);
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    throw new PatternError(`is not a valid regular expression (RE2 syntax): ${why}`, { cause: error });
  }
}

/**
 * The patterns of a request. RE2 matches in time linear in its input, whatever the pattern; what compiling and matching
 * cost grows with the size of the patterns, so all patterns of a request together have a budget. The limits were chosen by
 * measurement: what is accepted compiles within half a second, and tests a runtime within some milliseconds.
 */
import { RE2JS } from 're2js';
import { hasControls } from '../texts.ts';
import { estimateSize } from './pattern-size.ts';

/** Longest pattern that is accepted, in characters: room for a hundred account IDs in one alternation. */
export const LONGEST_PATTERN = 4_000;
/** Different patterns of a request: an automaton keeps megabytes of states while it is in use. Plain text does not count. */
export const MOST_PATTERNS = 100;
/**
 * Instructions of all compiled patterns of a request together: compiling takes about 2 µs and matching up to 1 µs for each.
 */
export const MOST_INSTRUCTIONS = 10_000;
/** Characters of all compiled patterns together: a list of Unicode classes takes 60 µs a character to parse. */
export const MOST_CHARACTERS = 5_000;
/** An estimate may be five times too high; above that, a pattern is refused without being compiled. */
const LARGEST_ESTIMATE = 5 * MOST_INSTRUCTIONS;
/** Alternatives without a meaning of their own in RE2, anchored or not: looking for them needs no automaton. */
const PLAIN = /^\^?[\w -]+\$?$/;
const PLAIN_ALTERNATIVES = /^[\w -]+(?:\|[\w -]+)*$/;

type Matches = (text: string) => boolean;

/** A pattern that can't be used; its message says why, and what to write instead. */
export class PatternError extends Error {
  /** The patterns of the request are too much together: none after this one was looked at. */
  readonly isOverBudget: boolean;
  constructor(message: string, options: ErrorOptions & { isOverBudget?: boolean } = {}) {
    super(message, options);
    this.name = 'PatternError';
    this.isOverBudget = options.isOverBudget ?? false;
  }
}

/** A document whose patterns have one budget, and what helps where that is not enough. */
const ADVICE = {
  request: 'select by plain text or runtimeID, which do not count, or create several orchestrations',
  policy: 'use smaller counts, or plain text like europe|eu-, which does not count',
} as const;

/** All patterns of one request or policy: equal ones are compiled once, and together they stay within the budget. */
export class PatternCompiler {
  private readonly known = new Map<string, Matches | PatternError>();
  private overBudget: PatternError | undefined;
  /** Spent so far. */
  readonly spent = { patterns: 0, instructions: 0, characters: 0 };

  constructor(private readonly document: keyof typeof ADVICE = 'request') {}

  /**
   * Compiles an unanchored RE2 pattern (https://github.com/google/re2/wiki/Syntax) to a test. Throws PatternError; once
   * over the budget nothing is compiled any more.
   */
  compile(pattern: string): Matches {
    const plain = plainTest(pattern);
    if (plain) return plain;
    if (this.overBudget) throw this.overBudget;
    const known = this.known.get(pattern) ?? this.compileNew(pattern);
    this.known.set(pattern, known);
    if (known instanceof PatternError) throw known;
    return known;
  }

  private compileNew(pattern: string): Matches | PatternError {
    try {
      assertLength(pattern);
      this.spend('patterns', 1, MOST_PATTERNS);
      this.spend('characters', pattern.length, MOST_CHARACTERS);
      const compiled = compile(pattern);
      this.spend('instructions', compiled.programSize(), MOST_INSTRUCTIONS);
      return (text) => compiled.test(text);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      if (error.isOverBudget) this.overBudget = error;
      return error;
    }
  }

  private spend(kind: keyof PatternCompiler['spent'], amount: number, most: number): void {
    this.spent[kind] += amount;
    if (this.spent[kind] <= most) return;
    const limit = `${most.toLocaleString('en-US')} ${UNITS[kind]}`;
    throw new PatternError(
      `is one too many: all patterns of a ${this.document} together may have ${limit}; ${ADVICE[this.document]}`,
      { isOverBudget: true },
    );
  }
}

const UNITS = {
  patterns: 'different regular expressions',
  instructions: 'instructions once their repetitions are unfolded',
  characters: 'characters',
} as const;

function assertLength(pattern: string): void {
  if (pattern.length <= LONGEST_PATTERN) return;
  throw new PatternError(
    `must not be longer than ${LONGEST_PATTERN.toLocaleString('en-US')} characters; spread it over several entries`,
  );
}

/** A test without an automaton, when the pattern is plain text. */
function plainTest(pattern: string): Matches | undefined {
  if (pattern.length > LONGEST_PATTERN) return undefined;
  if (PLAIN.test(pattern)) {
    const begins = pattern.startsWith('^');
    const ends = pattern.endsWith('$');
    const text = pattern.slice(begins ? 1 : 0, ends ? -1 : undefined);
    if (begins && ends) return (value) => value === text;
    if (begins) return (value) => value.startsWith(text);
    if (ends) return (value) => value.endsWith(text);
    return (value) => value.includes(text);
  }
  if (!PLAIN_ALTERNATIVES.test(pattern)) return undefined;
  const alternatives = pattern.split('|');
  return (value) => alternatives.some((text) => value.includes(text));
}

function compile(pattern: string): RE2JS {
  if (estimateSize(pattern) > LARGEST_ESTIMATE) throw tooLarge();
  const compiled = parse(pattern);
  if (compiled.programSize() > MOST_INSTRUCTIONS) throw tooLarge();
  return compiled;
}

function tooLarge(): PatternError {
  return new PatternError('is too large once its repetitions are unfolded; use smaller counts', {
    isOverBudget: true,
  });
}

function parse(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    throw new PatternError(`is not a valid regular expression (RE2 syntax): ${why}`, { cause: error });
  }
}

/** The fault of a pattern; undefined for one that can be used. What is over the budget of a document ends the look at it. */
export function patternProblem(patterns: PatternCompiler, text: string): PatternError | undefined {
  if (hasControls(text)) return new PatternError('must not contain control characters or broken Unicode');
  try {
    patterns.compile(text);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

import { describe, expect, it } from 'vitest';
import { FinalError } from '../../../../src/domain/errors.ts';
import type { Selector } from '../../../../src/domain/upgrades/orchestration-parameters.ts';
import type { Runtime } from '../../../../src/domain/upgrades/runtime.ts';
import { estimateSize } from '../../../../src/domain/upgrades/pattern-size.ts';
import {
  MOST_CHARACTERS,
  MOST_INSTRUCTIONS,
  MOST_PATTERNS,
  PatternCompiler,
  PatternError,
  patternProblem,
} from '../../../../src/domain/upgrades/patterns.ts';
import { compileTargets } from '../../../../src/domain/upgrades/selectors.ts';

const runtime: Runtime = {
  runtimeID: 'runtime-1',
  shootName: 'c-3a3xdaf',
  globalAccountID: '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae',
  subAccountID: 'A791EFE6-6121-1714-9933-E2D3D8CA2992',
  instanceID: 'instance-1',
  servicePlanID: 'plan-1',
  servicePlanName: 'azure',
  region: 'westeurope',
  maintenanceWindow: { begin: '220000+0000', end: '020000+0000' },
};

const selects = (include: Selector[], exclude?: Selector[]): boolean =>
  compileTargets({ include, exclude })(runtime) === 'selected';

describe('targets', () => {
  it.each<[string, Selector, boolean]>([
    ['A23: target all', { target: 'all' }, true],
    ['A24: its global account', { globalAccount: runtime.globalAccountID }, true],
    ['A24: another global account', { globalAccount: '3e64ebae-38b5-46a0-b1ed-000000000000' }, false],
    ['A25: its subaccount', { subAccount: runtime.subAccountID }, true],
    ['A25: its subaccount in another case', { subAccount: runtime.subAccountID.toLowerCase() }, false],
    ['A25: a pattern over any case', { subAccount: '(?i)^a791efe6-' }, true],
    ['A26: its runtime ID', { runtimeID: 'runtime-1' }, true],
    ['A26: a part of its runtime ID', { runtimeID: 'runtime' }, false],
    ['A27: its plan', { planName: 'azure' }, true],
    ['A27: a part of its plan', { planName: 'azur' }, false],
    ['A28: its region', { region: 'westeurope' }, true],
    ['A28: a part of its region, patterns are unanchored', { region: 'europe' }, true],
    ['A28: an anchored pattern', { region: '^europe' }, false],
    ['A28: one of several regions', { region: '^(north|west)europe$' }, true],
    ['its Shoot', { shoot: 'c-3a3xdaf' }, true],
    ['a part of its Shoot', { shoot: 'c-3a3' }, false],
    ['its instance', { instanceID: 'instance-1' }, true],
    ['another instance', { instanceID: 'instance-2' }, false],
    ['A29: several fields that match', { planName: 'azure', region: 'europe', shoot: 'c-3a3xdaf' }, true],
    ['A29: several fields, one that does not', { planName: 'azure', region: 'us' }, false],
    ['A29: target all with a field that does not', { target: 'all', region: 'us' }, false],
    [
      'A26: the runtime ID decides, whatever else the entry says',
      { runtimeID: 'runtime-1', region: 'us' },
      true,
    ],
    ['A26: another runtime ID decides, too', { runtimeID: 'runtime-2', target: 'all' }, false],
    ['an entry that says nothing', {}, false],
  ])('%s', (_, selector, expected) => {
    expect(selects([selector])).toBe(expected);
  });

  it('are OR-ed, and what is excluded stays out', () => {
    expect(selects([{ planName: 'gcp' }, { region: 'europe' }])).toBe(true);
    expect(selects([{ target: 'all' }], [{ shoot: 'c-3a3xdaf' }])).toBe(false);
    expect(selects([{ runtimeID: 'runtime-1' }], [{ planName: 'azure', region: 'europe' }])).toBe(false);
    expect(selects([{ target: 'all' }], [{ planName: 'azure', region: 'us' }])).toBe(true);
    expect(selects([])).toBe(false);
  });
});

const compilePattern = (pattern: string): ((text: string) => boolean) =>
  new PatternCompiler().compile(pattern);

describe('a pattern', () => {
  it.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*a){20}$'])(
    '%s has no input that makes it slow',
    (pattern) => {
      // A backtracking engine would not end within the lifetime of the universe.
      expect(compilePattern(pattern)(`${'a'.repeat(2_000)}!`)).toBe(false);
    },
  );

  it.each([
    ['(', /missing closing/],
    ['[a', /missing closing/],
    ['(?=x)', /RE2 syntax/],
    ['\\1', /invalid escape/],
    ['x{1001}', /invalid repeat count/],
    ['x'.repeat(4_001), /4,000 characters/],
    ['(\\pL{1000}){1}'.repeat(40), /too large/],
    ['x{1000}'.repeat(571), /too large/],
    ['(?:.?){1000}'.repeat(330), /too large/],
  ])('that cannot be used says why: %.12s', (pattern, why) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
    expect(() => compilePattern(pattern)).toThrow(why);
  });

  it.each<[string, string, string, boolean]>([
    ['plain text', 'west', 'westeurope', true],
    ['plain text, another', 'north', 'westeurope', false],
    ['its beginning', '^west', 'westeurope', true],
    ['not its beginning', '^europe', 'westeurope', false],
    ['its end', 'europe$', 'westeurope', true],
    ['not its end', 'west$', 'westeurope', false],
    ['the whole', '^westeurope$', 'westeurope', true],
    ['not the whole', '^europe$', 'westeurope', false],
    ['alternatives', 'north|east|west', 'westeurope', true],
    ['alternatives, none of them', 'north|east', 'westeurope', false],
    ['an anchor that belongs to one alternative', '^europe|us', 'westeurope', false],
  ])('that is %s is matched as RE2 does, and without spending anything', (_, pattern, text, expected) => {
    const patterns = new PatternCompiler();
    expect(patterns.compile(pattern)(text)).toBe(expected);
    // The same in brackets is no plain text.
    expect(new PatternCompiler().compile(`(?:${pattern})`)(text)).toBe(expected);
    if (!pattern.includes('^europe|')) expect(patterns.spent.patterns).toBe(0);
  });

  it.each([
    'x{1000}',
    '(?:ab?){500}',
    '(a|b|c){900}',
    '[a-z]{10}',
    '((x{10}){10}){10}',
    '(?i)\\pL{20}',
    'a.*b',
    'x{2,100}',
    '(?:a+|b?c*){100}',
    '(((x+)?){100})?',
    '[])(]{200}\\){200}',
  ])('is estimated before it is compiled: %s', (pattern) => {
    const patterns = new PatternCompiler();
    patterns.compile(pattern);
    expect(estimateSize(pattern)).toBeGreaterThan(patterns.spent.instructions / 5);
    expect(estimateSize(pattern)).toBeLessThan(patterns.spent.instructions * 5);
  });
});

describe('a pattern', () => {
  it('may have 4,000 characters, whether or not it is plain text', () => {
    const patterns = new PatternCompiler();
    const [plain, other] = ['a'.repeat(4_000), `a+${'b'.repeat(3_998)}`];
    for (const pattern of [plain, other]) {
      expect(patterns.compile(pattern)(`aa${'b'.repeat(3_998)}${'a'.repeat(4_000)}`)).toBe(true);
      expect(patternProblem(patterns, `${pattern}c`)?.message).toMatch(/^must not be longer than 4,000/);
    }
  });

  it.each([
    ['^eu-1$', ['eu-1']],
    ['^eu-1', ['eu-1', 'eu-12']],
    ['eu-1$', ['eu-1', 'my-eu-1']],
    ['eu-1', ['eu-1', 'eu-12', 'my-eu-1', 'my-eu-12']],
  ])('of plain text is anchored where it says so: %s', (pattern, expected) => {
    const matches = new PatternCompiler().compile(pattern);
    expect(['eu-1', 'eu-12', 'my-eu-1', 'my-eu-12', 'eu-'].filter(matches)).toEqual(expected);
  });

  it('that is too large by itself ends the look at all others', () => {
    for (const large of ['((x{100}){100}){100}', '(?:abcdefghijk){1000}']) {
      const patterns = new PatternCompiler();
      const problem = patternProblem(patterns, large);
      expect(problem?.message).toMatch(/^is too large once its repetitions are unfolded/);
      expect(problem?.isOverBudget).toBe(true);
      expect(() => patterns.compile('a+')).toThrow(problem);
    }
  });

  it.each(['x{2}{3}', 'x+{1000}', 'x**'])('whose repetition is repeated is refused: %s', (pattern) => {
    expect(patternProblem(new PatternCompiler(), pattern)?.message).toMatch(
      /^is not a valid regular expression \(RE2 syntax\): invalid nested repetition operator/,
    );
  });
});

describe('the patterns of a request', () => {
  /** Compiles one pattern after the other and answers why it stopped. */
  function spend(patterns: PatternCompiler, pattern: (index: number) => string): PatternError {
    for (let index = 0; index < 20_000; index++) {
      try {
        patterns.compile(pattern(index));
      } catch (error) {
        if (error instanceof PatternError) return error;
        throw error;
      }
    }
    throw new Error('Everything was taken');
  }

  it('are compiled once when they are equal', () => {
    const patterns = new PatternCompiler();
    for (let index = 0; index < 10_000; index++) patterns.compile('^(east|west)us');
    expect(patterns.spent.patterns).toBe(1);
  });

  it.each<[keyof PatternCompiler['spent'], number, (index: number) => string]>([
    ['patterns', MOST_PATTERNS, (index) => `^(${index})+`],
    ['instructions', MOST_INSTRUCTIONS, (index) => `(x{900})${index}`],
    ['characters', MOST_CHARACTERS, (index) => `[${'\\pL'.repeat(200)}]${index}`],
  ])('have a budget of %s, and nothing more is compiled above it', (kind, most, pattern) => {
    const patterns = new PatternCompiler();
    const why = spend(patterns, pattern);
    expect(why).toMatchObject({ isOverBudget: true });
    expect(why.message).toMatch(/create several orchestrations/);
    expect(patterns.spent[kind]).toBeGreaterThan(most);
    const spent = { ...patterns.spent };
    expect(() => patterns.compile('^(another)+')).toThrow(why);
    expect(patterns.spent).toEqual(spent);
    expect(patterns.compile('plain')('plain text')).toBe(true);
  });

  it('of a stored request that is over the budget fail its orchestration', () => {
    const include = Array.from({ length: 200 }, (_, index) => ({ region: `^(${index})+` }));
    expect(() => compileTargets({ include })).toThrow(
      expect.objectContaining({ name: 'FinalError', code: 'TARGETS_REFUSED' }),
    );
    expect(() => compileTargets({ include: include.slice(0, 60), exclude: include.slice(60) })).toThrow(
      FinalError,
    );
  });
});

it('a pattern that thousands of entries have costs a runtime no more than once for each field', () => {
  const patterns = new PatternCompiler();
  let matched = 0;
  const counting = Object.assign(Object.create(patterns) as PatternCompiler, {
    compile: (pattern: string) => {
      const matches = patterns.compile(pattern);
      return (text: string): boolean => {
        if (pattern === 'x+y') matched += 1;
        return matches(text);
      };
    },
  });
  const include = Array.from({ length: 2_000 }, (_, index): Selector[] => [
    { globalAccount: 'x+y', subAccount: `plain-${index}` },
    { subAccount: 'x+y', globalAccount: `plain-${index}` },
    { region: 'x+y', planName: runtime.servicePlanName },
  ]).flat();
  const selectionOf = compileTargets({ include }, counting);
  expect(selectionOf(runtime)).toBe('not selected');
  expect(matched).toBe(2);
  expect(selectionOf({ ...runtime, globalAccountID: 'xxy', subAccountID: 'plain-7' })).toBe('selected');
});

import { z } from 'zod';
import { fieldAt, type AddIssue } from '../input-checks.ts';
import type { Selector, Targets } from './orchestration-parameters.ts';
import { hasControls } from '../texts.ts';
import {
  LONGEST_PATTERN,
  MOST_CHARACTERS,
  MOST_INSTRUCTIONS,
  MOST_PATTERNS,
  PatternCompiler,
  patternProblem,
} from './patterns.ts';

const LONGEST_NAME = 256;
/** A list is stored with its orchestration and shown in every answer. */
const MOST_SELECTORS = 5_000;

/** Text that may be absent, null or empty, all three meaning "not given", as clients written in Go send it. */
export function givenText(description: string, example: string, longest = LONGEST_NAME) {
  return z
    .string()
    .max(longest, { error: `must not be longer than ${longest.toLocaleString('en-US')} characters` })
    .refine((text) => !hasControls(text), {
      error: 'must not contain control characters or broken Unicode',
    })
    .nullish()
    .meta({ description, examples: [example] });
}

/** Checked together with all other patterns of the request, by `checkPatterns`. */
function pattern(description: string, example: string) {
  return z
    .string()
    .nullish()
    .meta({
      description: `${description}: an RE2 regular expression, unanchored, at most ${LONGEST_PATTERN} characters.`,
      examples: [example],
    });
}

const PATTERN_FIELDS = ['globalAccount', 'subAccount', 'region'] as const;

/**
 * Names every pattern that can't be used, up to the one that goes over the budget, which all targets of a request share. It runs
 * beside the other checks, so that a request gets everything named that is wrong with it; the targets may thus have any shape.
 */
export function checkPatterns(
  all: readonly [path: (string | number)[], targets: unknown][],
  addIssue: AddIssue,
): void {
  const patterns = new PatternCompiler();
  for (const [path, text] of all.flatMap(([at, targets]) => patternsOf(at, targets))) {
    const problem = patternProblem(patterns, text);
    if (problem) addIssue(path, problem.message);
    if (problem?.isOverBudget) return;
  }
}

function patternsOf(at: (string | number)[], targets: unknown): [path: (string | number)[], text: string][] {
  const entries = ['include', 'exclude'].flatMap((name): [(string | number)[], unknown][] => {
    const given = fieldAt(targets, name);
    return Array.isArray(given)
      ? given.map((entry: unknown, index) => [[...at, name, index], entry])
      : [[[...at, name], given]];
  });
  return entries.flatMap(([path, entry]) =>
    PATTERN_FIELDS.flatMap((field): [(string | number)[], string][] => {
      const text = fieldAt(entry, field);
      return typeof text === 'string' && text !== '' ? [[[...path, field], text]] : [];
    }),
  );
}

/** A23 to A29. */
const fields = {
  target: z
    .enum(['all', ''], {
      error: 'must be "all", the only target there is; select anything else by its field',
    })
    .nullish()
    .meta({ description: 'The whole fleet.', examples: ['all'] }),
  globalAccount: pattern('Global account ID', '3e64ebae-38b5-46a0-b1ed-9ccee153a0ae'),
  subAccount: pattern('Subaccount ID', '39b19a66-2c1a-4fe4-a28e-6e5db434084e'),
  region: pattern("Region of the Shoot, as Gardener's provider names it", '^(europe|eu)-'),
  planName: givenText('Name of the service plan, exact.', 'azure'),
  shoot: givenText('Name of the Shoot, exact.', 'c-3a3xdaf'),
  instanceID: givenText('ID of the service instance, exact.', '0a9a4b9e-bb0c-4a2c-8a2c-7b3a4c0f6d11'),
  runtimeID: givenText(
    'ID of the runtime, exact; it decides the entry by itself.',
    '5791e81d-8959-4b78-82e4-7e4edea45683',
  ),
};

const selector = z
  .strictObject(fields)
  .superRefine((entry, context) => {
    if (Object.values(entry).some(Boolean)) return;
    const message = 'selects nothing: give at least one field, or {"target": "all"} for the whole fleet';
    context.addIssue({ code: 'custom', message });
  })
  .meta({
    id: 'TargetSelector',
    description: 'The fields of one selector are AND-ed. A selector that says nothing is refused.',
  });

type SelectorInput = z.infer<typeof selector>;

const list = z.array(selector).max(MOST_SELECTORS, {
  error: `must not have more than ${MOST_SELECTORS.toLocaleString('en-US')} selectors; use patterns`,
});
const oneOrMany = z.union([list, selector], { error: 'must be a selector or a list of selectors' });

/**
 * Which runtimes: answers always show lists, a request may name a single selector as an object (A22). The patterns are checked by
 * {@link checkPatterns}, those of the whole request together.
 */
export const targetsSchema = z
  .strictObject({
    include: oneOrMany
      .nullable()
      .refine((include) => asList(include).length > 0, {
        error: 'must have at least one selector; use {"target": "all"} for the whole fleet',
      })
      // An absent list is checked like a null one: the refinement of an optional field is skipped when its key is missing.
      .prefault(null)
      .meta({ description: 'Runtimes to upgrade: a runtime is in when any entry selects it.' }),
    exclude: oneOrMany.nullish().meta({ description: 'Runtimes that stay out, whatever includes them.' }),
  })
  .meta({
    description: `The runtimes an orchestration is for. All patterns of the request together may have ${MOST_PATTERNS} different regular expressions, ${MOST_CHARACTERS.toLocaleString('en-US')} characters and ${MOST_INSTRUCTIONS.toLocaleString('en-US')} instructions; plain text does not count.`,
  });

/** The same targets without anything that was not given. */
export function normalizeTargets(targets: z.infer<typeof targetsSchema>): Targets {
  const include = asList(targets.include).map(withoutEmpty);
  const exclude = asList(targets.exclude).map(withoutEmpty);
  return exclude.length > 0 ? { include, exclude } : { include };
}

function asList(value: SelectorInput | SelectorInput[] | null | undefined): SelectorInput[] {
  if (!value) return [];
  return Array.isArray(value) ? value : [value];
}

function withoutEmpty({ target, ...texts }: SelectorInput): Selector {
  const given = Object.entries(texts).filter(([, value]) => Boolean(value));
  return { ...(target ? { target } : {}), ...Object.fromEntries(given) };
}

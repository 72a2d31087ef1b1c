import type { z } from 'zod';

/** One thing that is wrong with a request: where, and what to do about it. */
export interface InputIssue {
  /** Like `targets.include[0].region`; empty for the request as a whole. */
  path: string;
  message: string;
}

type ZodIssue = z.core.$ZodIssue;

/** A request of thousands of bad selectors gets the first few named. */
const MOST_ISSUES = 50;
const LONGEST_NAME = 100;

/**
 * A zod error in terms of the request: each unknown field by its own path, nothing twice. `part` is
 * what the sender calls a field of it.
 */
export function formatIssues(error: z.core.$ZodError, part: 'field' | 'parameter' = 'field'): InputIssue[] {
  const seen = new Map<string, InputIssue>();
  for (const issue of error.issues.flatMap((one) => flatten(one, [], part))) {
    if (seen.size >= MOST_ISSUES) break;
    const key = `${issue.path}\n${issue.message}`;
    if (!seen.has(key)) seen.set(key, issue);
  }
  return [...seen.values()];
}

function flatten(issue: ZodIssue, parent: PropertyKey[], part: string): InputIssue[] {
  const path = [...parent, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: formatPath([...path, key]),
        message: `is not a known ${part}; check its spelling, or leave it out`,
      }));
    case 'invalid_union': {
      // The branch that failed deeper than at its top is the one that was meant.
      const meant = issue.errors.find((branch) => branch.some((inner) => !isTopLevelType(inner)));
      if (meant) return meant.flatMap((inner) => flatten(inner, path, part));
      return [{ path: formatPath(path), message: issue.message }];
    }
    default:
      return [{ path: formatPath(path), message: messageOf(issue) }];
  }
}

function isTopLevelType(issue: ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function messageOf(issue: ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  const generated = /^Invalid input: expected (\w+), received (\w+)$/.exec(issue.message);
  if (!generated) return issue.message;
  return generated[2] === 'undefined'
    ? 'is required'
    : `must be of type ${typeName(generated[1])}, not ${generated[2]}`;
}

/** As JSON calls it. */
function typeName(name = ''): string {
  return name === 'record' ? 'object' : name;
}

/** `targets.include[0].region`, of its parts. */
export function formatPath(path: PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part).slice(0, LONGEST_NAME);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

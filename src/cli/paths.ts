/** Paths into an answer, as `-o custom=HEADER:path` has them: `progress.eta.latest`, `pauses[0].by`, `.state`. */
import { CommandError } from './exit-codes.ts';

export interface CustomColumn {
  header: string;
  steps: (string | number)[];
}

const STEP = /^(?:\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\])/;

/** Of the text after `custom=`. Throws a usage error. */
export function parseCustomColumns(text: string): CustomColumn[] {
  return text.split(',').map((part) => {
    const at = part.indexOf(':');
    const header = part.slice(0, at).trim();
    const path = part.slice(at + 1).trim();
    if (at < 1 || header === '' || path === '') throw badColumn(part);
    return { header, steps: parseSteps(path, part) };
  });
}

function parseSteps(path: string, part: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let rest = path;
  while (rest !== '') {
    const [whole, name, index, quoted] = STEP.exec(rest) ?? [];
    if (whole === undefined) throw badColumn(part);
    steps.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
    rest = rest.slice(whole.length);
  }
  return steps;
}

function badColumn(part: string): CommandError {
  return new CommandError(
    'usage',
    `"${part}" is not a column: write HEADER:path, as in custom=ID:orchestrationID,DONE:progress.done`,
  );
}

/** The value there as text; an empty one for nothing. */
export function textAt(value: unknown, steps: readonly (string | number)[]): string {
  let at: unknown = value;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null) return '';
    at = (at as Record<string | number, unknown>)[step];
  }
  if (at === undefined || at === null) return '';
  return typeof at === 'string' ? at : JSON.stringify(at);
}

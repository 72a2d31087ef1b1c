/** Lists and single things as text: for people in a terminal, tab-separated for programs, JSON for both. */
import { styleText } from 'node:util';
import { CommandError } from './exit-codes.ts';
import { parseCustomColumns, textAt, type CustomColumn } from './paths.ts';
import { cut, lengthOf, plain } from './terminal-texts.ts';

export type Format =
  { kind: 'table' | 'wide' | 'json' | 'jsonl' | 'name' } | { kind: 'custom'; columns: CustomColumn[] };

const KINDS = ['table', 'wide', 'json', 'jsonl', 'name'] as const;

/** Of `--output`. Throws a usage error. */
export function parseFormat(text: string): Format {
  if (text.startsWith('custom=')) {
    return { kind: 'custom', columns: parseCustomColumns(text.slice('custom='.length)) };
  }
  const kind = KINDS.find((each) => each === text);
  if (kind) return { kind };
  throw new CommandError(
    'usage',
    `-o ${text} is not known: choose ${KINDS.join(', ')} or custom=HEADER:path`,
  );
}

/** Whether programs read it. */
export function isJSON({ kind }: Format): boolean {
  return kind === 'json' || kind === 'jsonl';
}

/** Where it is shown. */
export interface Place {
  isTerminal: boolean;
  columns: number;
  hasColor: boolean;
}

export interface Column<T> {
  header: string;
  of: (item: T, place: Place) => string;
  /** Only with `-o wide`. */
  isWide?: boolean;
  /** Colored as a state. */
  isState?: boolean;
}

export interface Listing<T> {
  columns: Column<T>[];
  /** For `-o name`. */
  name: (item: T) => string;
}

/** One line for each, with its end; a terminal gets a head. */
export function renderList<T>(
  items: readonly T[],
  listing: Listing<T>,
  format: Format,
  place: Place,
): string {
  switch (format.kind) {
    case 'json':
      return `${JSON.stringify(items, null, 2)}\n`;
    case 'jsonl':
      return items.map((item) => `${JSON.stringify(item)}\n`).join('');
    case 'name':
      return items.map((item) => `${plain(listing.name(item))}\n`).join('');
    case 'custom': {
      const columns = format.columns.map(({ header, steps }): Column<T> => ({
        header,
        of: (item) => textAt(item, steps),
      }));
      return renderRows(items, columns, place, Infinity);
    }
    case 'table':
    case 'wide': {
      const isWide = format.kind === 'wide';
      const columns = listing.columns.filter((column) => isWide || !column.isWide);
      return renderRows(items, columns, place, isWide ? Infinity : place.columns);
    }
  }
}

function renderRows<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  place: Place,
  width: number,
): string {
  const rows = items.map((item) => columns.map((column) => plain(column.of(item, place))));
  if (!place.isTerminal) return rows.map((row) => `${row.join('\t')}\n`).join('');
  if (rows.length === 0) return '';
  const heads = columns.map(({ header }) => header);
  return alignRows([heads, ...rows], width)
    .map((cells, line) => {
      const painted = cells.map((cell, at) =>
        line > 0 && columns[at]?.isState ? paintState(cell, place.hasColor) : cell,
      );
      return `${painted.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Cells filled up to the same width in each column; the last one is cut off where the line ends. */
export function alignRows(rows: readonly (readonly string[])[], width = Infinity): string[][] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, lengthOf(cell));
  }
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const left = Math.max(width - before, 10);
  return rows.map((row) =>
    row.map((cell, at) =>
      at === row.length - 1 ? cut(cell, left) : cell + ' '.repeat((widths[at] ?? 0) - lengthOf(cell)),
    ),
  );
}

/** A line of a description: a table below its name, or a text. */
export type Field = [label: string, value: string | null | undefined];

export interface Description<T> {
  name: (item: T) => string;
  fields: (item: T, place: Place) => Field[];
}

/** Everything about one thing. */
export function renderOne<T>(item: T, description: Description<T>, format: Format, place: Place): string {
  switch (format.kind) {
    case 'json':
      return `${JSON.stringify(item, null, 2)}\n`;
    case 'jsonl':
      return `${JSON.stringify(item)}\n`;
    case 'name':
      return `${plain(description.name(item))}\n`;
    case 'custom':
      return renderList([item], { columns: [], name: description.name }, format, place);
    case 'table':
    case 'wide':
      return renderFields(description.fields(item, place), place);
  }
}

function renderFields(fields: readonly Field[], place: Place): string {
  const given = fields.flatMap(([label, value]): [string, string][] =>
    value === null || value === undefined || value === '' ? [] : [[label, plain(value)]],
  );
  if (!place.isTerminal) return given.map((row) => `${row.join('\t')}\n`).join('');
  return alignRows(given)
    .map(([label = '', value = '']) => `${paint('bold', label, place.hasColor)}  ${value}\n`)
    .join('');
}

const STATE_COLORS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  succeeded: 'green',
  ready: 'green',
  passed: 'green',
  failed: 'red',
  error: 'red',
  canceled: 'yellow',
  canceling: 'yellow',
  warning: 'yellow',
  paused: 'yellow',
  'in progress': 'cyan',
  upgrading: 'cyan',
  retrying: 'cyan',
  running: 'cyan',
  starting: 'cyan',
};

/** The color says nothing that the word does not. */
export function paintState(text: string, hasColor: boolean): string {
  const color = STATE_COLORS[text.trim()];
  return color ? paint(color, text, hasColor) : text;
}

export function paint(color: Parameters<typeof styleText>[0], text: string, hasColor: boolean): string {
  // Whether there are colors is decided by who asks, not by this process's own output.
  return hasColor ? styleText(color, text, { validateStream: false }) : text;
}

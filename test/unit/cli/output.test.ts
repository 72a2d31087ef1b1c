import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/cli/exit-codes.ts';
import {
  parseFormat,
  renderList,
  renderOne,
  type Description,
  type Listing,
  type Place,
} from '../../../src/cli/output.ts';

interface Ship {
  name: string;
  state: string;
  crew: { captain: string; count: number };
  notes: string[];
}

const ships: Ship[] = [
  { name: 'ann', state: 'succeeded', crew: { captain: 'Ann', count: 5 }, notes: ['one\ttwo'] },
  { name: 'berta', state: 'failed', crew: { captain: '', count: 12 }, notes: [] },
];
const listing: Listing<Ship> = {
  name: ({ name }) => name,
  columns: [
    { header: 'NAME', of: ({ name }) => name },
    { header: 'STATE', of: ({ state }) => state, isState: true },
    { header: 'CREW', of: ({ crew }) => String(crew.count), isWide: true },
    { header: 'NOTE', of: ({ notes }) => notes[0] ?? '' },
  ],
};
const terminal: Place = { isTerminal: true, columns: 80, hasColor: false };
const pipe: Place = { isTerminal: false, columns: 80, hasColor: false };

const list = (format: string, place: Place = terminal): string =>
  renderList(ships, listing, parseFormat(format), place);

describe('a list', () => {
  it('is a table with a head in a terminal', () => {
    expect(list('table')).toBe(
      ['NAME   STATE      NOTE', 'ann    succeeded  one two', 'berta  failed', ''].join('\n'),
    );
    expect(list('wide')).toBe(
      ['NAME   STATE      CREW  NOTE', 'ann    succeeded  5     one two', 'berta  failed     12', ''].join(
        '\n',
      ),
    );
  });

  it('is tab-separated without a head elsewhere, each cell on its line', () => {
    expect(list('table', pipe)).toBe('ann\tsucceeded\tone two\nberta\tfailed\t\n');
  });

  it('is JSON as it came, whole or a line each', () => {
    expect(JSON.parse(list('json'))).toEqual(ships);
    expect(
      list('jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(ships);
  });

  it('is names alone', () => {
    expect(list('name')).toBe('ann\nberta\n');
  });

  it('has the columns that were asked for', () => {
    expect(list('custom=WHO:crew.captain,N:.crew.count,NOTE:notes[0],ALL:crew', pipe)).toBe(
      'Ann\t5\tone two\t{"captain":"Ann","count":5}\n\t12\t\t{"captain":"","count":12}\n',
    );
    expect(list('custom=WHO:name')).toBe('WHO\nann\nberta\n');
  });

  it('cuts its last column where a terminal ends, and nowhere with wide', () => {
    const narrow = { ...terminal, columns: 28 };
    const long = [{ ...ships[0], notes: ['a very long note that goes on'] }] as Ship[];
    const lines = renderList(long, listing, { kind: 'table' }, narrow).split('\n');
    expect(lines[1]).toBe('ann   succeeded  a very lon…');
    expect(renderList(long, listing, { kind: 'wide' }, narrow)).toContain('that goes on');
  });

  it('paints states, and nothing else, where there are colors', () => {
    const painted = list('table', { ...terminal, hasColor: true });
    expect(painted).toContain('\u001b[32msucceeded\u001b[39m');
    expect(painted).toContain('\u001b[31mfailed   \u001b[39m');
    expect(painted.split('\n')[0]).toBe('NAME   STATE      NOTE');
  });

  it('lets nothing through that moves the cursor', () => {
    const evil = [{ ...ships[0], name: 'c-1\u001b[2J\u009b1A\r\nx' }] as Ship[];
    for (const format of ['table', 'wide', 'name', 'custom=N:name'])
      expect(renderList(evil, listing, parseFormat(format), terminal)).toMatch(/^[ -~\n]*$/);
  });
});

it.each([
  ['yaml', '-o yaml is not known'],
  ['custom=', 'is not a column'],
  ['custom=NAME', 'is not a column'],
  ['custom=NAME:', 'is not a column'],
  ['custom=:name', 'is not a column'],
  ['custom=NAME:a..b', 'is not a column'],
  ['custom=NAME:a[x]', 'is not a column'],
])('-o %s is refused', (text, problem) => {
  expect(() => parseFormat(text)).toThrow(problem);
  expect(() => parseFormat(text)).toThrow(CommandError);
});

it('one thing is a name and a value a line, without what is empty', () => {
  const description: Description<Ship> = {
    name: ({ name }) => name,
    fields: ({ name, crew }) => [
      ['Name', name],
      ['Captain', crew.captain],
      ['Crew', String(crew.count)],
      ['Port', undefined],
    ],
  };
  const [, berta] = ships;
  const one = (format: string, place: Place): string =>
    renderOne(berta as Ship, description, parseFormat(format), place);
  expect(one('table', terminal)).toBe('Name  berta\nCrew  12\n');
  expect(one('table', pipe)).toBe('Name\tberta\nCrew\t12\n');
  expect(one('name', pipe)).toBe('berta\n');
  expect(one('custom=N:name', pipe)).toBe('berta\n');
  expect(JSON.parse(one('json', pipe))).toEqual(berta);
});

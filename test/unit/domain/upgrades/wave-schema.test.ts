import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RE2JS } from 're2js';
import {
  formatIssues,
  upgradeKymaRequest,
  type InputIssue,
} from '../../../../src/domain/upgrades/request-schema.ts';

const kyma = upgradeKymaRequest({ kymaVersion: '2.20.5', kubernetes: {} });
const include = [{ target: 'all' }];
const requestOf = (strategy: unknown) => ({ targets: { include }, strategy });
const TODAY = { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } };

function issuesOf(strategy: unknown): InputIssue[] {
  const parsed = kyma.safeParse(requestOf(strategy));
  return parsed.success ? [] : formatIssues(parsed.error);
}

const parsed = (strategy: unknown) => kyma.parse(requestOf(strategy)).strategy;

describe('waves and budgets that are taken', () => {
  it('change nothing of requests without them, as clients written in Go send these', () => {
    for (const strategy of [undefined, {}, { waves: null, failureBudget: null }, { waves: [] }])
      expect(parsed(strategy)).toStrictEqual(TODAY);
  });

  it('get their defaults, and what was not given stays absent', () => {
    const waves = [
      { name: 'a', percent: 0.5, approval: {} },
      { name: 'b-2', count: 100_000, workers: 1_000, soakMinutes: 43_200 },
      { name: 'c', targets: { include: { region: 'eu' } }, percent: 100 },
    ];
    expect(parsed({ waves, failureBudget: { max: 0 } })).toStrictEqual({
      ...TODAY,
      waves: [
        { name: 'a', percent: 0.5, approval: { notByCreator: false } },
        { name: 'b-2', count: 100_000, workers: 1_000, soakMinutes: 43_200 },
        { name: 'c', targets: { include: [{ region: 'eu' }] }, percent: 100 },
      ],
      failureBudget: { max: 0, scope: 'all', onExceeded: 'pause', strict: false },
    });
  });

  it('keep all that was given', () => {
    const given = {
      waves: [
        {
          name: 'x'.repeat(40),
          targets: { include: [{ planName: 'trial' }], exclude: [{ region: '^us' }] },
          workers: 3,
          soakMinutes: 1,
          approval: { groups: ['one', 'two'], notByCreator: true, expiresHours: 720 },
        },
      ],
      failureBudget: { percent: 2.5, scope: 'wave', onExceeded: 'cancel', strict: true },
    };
    expect(parsed(given)).toStrictEqual({ ...TODAY, ...given });
  });

  it('take zero values where they can only mean "not given"', () => {
    const nulls = { targets: null, percent: null, count: null, approval: null };
    const approval = { groups: null, notByCreator: null, expiresHours: null };
    const waves = [
      { name: 'a', ...nulls, count: 1, workers: 0, soakMinutes: 0 },
      { name: 'b', ...nulls, workers: null, soakMinutes: null, approval },
    ];
    const failureBudget = { max: null, percent: 0, scope: '', onExceeded: '', strict: null };
    expect(parsed({ waves, failureBudget })).toStrictEqual({
      ...TODAY,
      waves: [
        { name: 'a', count: 1 },
        { name: 'b', approval: { notByCreator: false } },
      ],
      failureBudget: { percent: 0, scope: 'all', onExceeded: 'pause', strict: false },
    });
  });

  it('may be twenty, after each other, also when the last one takes everything', () => {
    const waves = Array.from({ length: 20 }, (_, index) => ({
      name: `w${index}`,
      ...(index < 19 && { count: 1 }),
    }));
    expect(issuesOf({ waves })).toEqual([]);
    expect(issuesOf({ waves: [{ name: 'w', count: 1 }, ...waves] })).toEqual([
      { path: 'strategy.waves', message: 'must not have more than 20 waves' },
    ]);
  });
});

const PERCENT = 'must be a number above 0, up to 100';
const BUDGET_PERCENT = 'must be a number from 0 to 100';
const NAME = 'must consist of 1 to 40 lower case letters, digits and "-"';
const TOO_LATE = 'can never get a runtime: waves[0] takes everything that is left';

describe('a wave is refused', () => {
  it.each<[string, unknown, string, string]>([
    ['without a name', { count: 1 }, 'name', 'is required'],
    ...['', 'A', 'a b', 'ä', 'a\n', 'x'.repeat(41)].map((name): [string, unknown, string, string] => [
      `with the name ${JSON.stringify(name)}`,
      { name },
      'name',
      NAME,
    ]),
    [
      'with the name of the last one',
      { name: 'rest' },
      'name',
      'must be another name: "rest" is the wave of what no other takes',
    ],
    ['with percent 0', { name: 'a', percent: 0 }, 'percent', PERCENT],
    ['with percent -1', { name: 'a', percent: -1 }, 'percent', PERCENT],
    ['with percent 100.5', { name: 'a', percent: 100.5 }, 'percent', PERCENT],
    ['with a text for percent', { name: 'a', percent: '5' }, 'percent', PERCENT],
    ...[0, -1, 1.5, 100_001].map((count): [string, unknown, string, string] => [
      `with count ${count}`,
      { name: 'a', count },
      'count',
      'must be a whole number from 1 to 100,000',
    ]),
    [
      'with percent and count',
      { name: 'a', percent: 1, count: 1 },
      'count',
      'must be left out beside percent: a wave has the one or the other',
    ],
    ...[-1, 1.5, 1_001].map((workers): [string, unknown, string, string] => [
      `with ${workers} workers`,
      { name: 'a', workers },
      'workers',
      'must be a whole number from 1 to 1,000',
    ]),
    ...[-1, NaN, 43_201].map((soakMinutes): [string, unknown, string, string] => [
      `with a soak of ${soakMinutes} minutes`,
      { name: 'a', soakMinutes },
      'soakMinutes',
      'must be a number from 0 to 43,200',
    ]),
    ...[0, -1, 1.5, 721].map((expiresHours): [string, unknown, string, string] => [
      `with a question of ${expiresHours} hours`,
      { name: 'a', approval: { expiresHours } },
      'approval.expiresHours',
      'must be a whole number from 1 to 720',
    ]),
    [
      'with groups that nobody is in',
      { name: 'a', approval: { groups: [] } },
      'approval.groups',
      'must name a group; leave it out for everybody who may change the orchestration',
    ],
    [
      'with too many groups',
      { name: 'a', approval: { groups: Array.from({ length: 21 }, (_, index) => `g${index}`) } },
      'approval.groups',
      'must not have more than 20 groups',
    ],
    ...['', ' ', 'a\u0000', '\ud800'].map((group): [string, unknown, string, string] => [
      `with the group ${JSON.stringify(group)}`,
      { name: 'a', approval: { groups: ['good', group] } },
      'approval.groups[1]',
      'must be the name of a group, without control characters or broken Unicode',
    ]),
    [
      'with a group of a long name',
      { name: 'a', approval: { groups: ['g'.repeat(257)] } },
      'approval.groups[0]',
      'must not be longer than 256 characters',
    ],
    [
      'with a group twice',
      { name: 'a', approval: { groups: ['g', 'h', 'g'] } },
      'approval.groups[2]',
      'must not be named twice',
    ],
    [
      'with a word for a boolean',
      { name: 'a', approval: { notByCreator: 'yes' } },
      'approval.notByCreator',
      'must be of type boolean, not string',
    ],
    [
      'with targets that name nobody',
      { name: 'a', targets: {} },
      'targets.include',
      'must have at least one selector; use {"target": "all"} for the whole fleet',
    ],
    [
      'with a bad pattern',
      { name: 'a', targets: { include: [{ region: '(' }] } },
      'targets.include[0].region',
      'is not a valid regular expression (RE2 syntax): missing closing ): `(`',
    ],
    [
      'with an unknown field',
      { name: 'a', size: 1 },
      'size',
      'is not a known field; check its spelling, or leave it out',
    ],
  ])('%s, naming the field', (_, wave, path, message) => {
    expect(issuesOf({ waves: [wave] })).toEqual([{ path: `strategy.waves[0].${path}`, message }]);
  });

  it('with the name of an earlier one', () => {
    const waves = ['a', 'b', 'a', 'a'].map((name) => ({ name, count: 1 }));
    const message = 'must be another name than that of waves[0]';
    expect(issuesOf({ waves })).toEqual([
      { path: 'strategy.waves[2].name', message },
      { path: 'strategy.waves[3].name', message },
    ]);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['zero values', { targets: null, percent: null, count: null }],
    ['the whole fleet', { targets: { include } }],
    ['the whole fleet as an object', { targets: { include: include[0], exclude: [] } }],
    ['the whole fleet and more', { targets: { include: [{ region: 'eu' }, { target: 'all', shoot: '' }] } }],
  ])('after one that names %s and so takes everything', (_, first) => {
    const waves = [
      { name: 'a', ...first },
      { name: 'b', count: 1 },
      { name: 'c', targets: { include: [{ region: 'eu' }] } },
    ];
    expect(issuesOf({ waves })).toEqual([
      { path: 'strategy.waves[1]', message: TOO_LATE },
      { path: 'strategy.waves[2]', message: TOO_LATE },
    ]);
  });

  it.each<[string, object]>([
    ['a share of everything', { percent: 100 }],
    ['a number', { targets: { include }, count: 1 }],
    ['a part of the fleet', { targets: { include: [{ region: 'eu' }] } }],
    ['the fleet without some', { targets: { include, exclude: [{ region: 'eu' }] } }],
    ['all in a region, in other words', { targets: { include: [{ target: 'all', region: 'eu' }] } }],
  ])('but not after one that takes %s', (_, first) => {
    expect(issuesOf({ waves: [{ name: 'a', ...first }, { name: 'b' }] })).toEqual([]);
  });
});

describe('a failure budget is refused', () => {
  it.each<[string, unknown, string, string]>([
    ['without a number', {}, '', 'must have a max or a percent'],
    [
      'with both numbers, also when they are 0',
      { max: 0, percent: 0 },
      '.percent',
      'must be left out beside max: a budget has the one or the other',
    ],
    ...[-1, 1.5, 100_001].map((max): [string, unknown, string, string] => [
      `with max ${max}`,
      { max },
      '.max',
      'must be a whole number from 0 to 100,000',
    ]),
    ['with percent -1', { percent: -1 }, '.percent', BUDGET_PERCENT],
    ['with percent 101', { percent: 101 }, '.percent', BUDGET_PERCENT],
    ['with another scope', { max: 1, scope: 'region' }, '.scope', 'must be "all" or "wave"'],
    [
      'for each wave in a request without waves',
      { max: 1, scope: 'wave' },
      '.scope',
      'must be "all" in a request without waves',
    ],
    ['with another end', { max: 1, onExceeded: 'stop' }, '.onExceeded', 'must be "pause" or "cancel"'],
    [
      'with a word for a boolean',
      { max: 1, strict: 'yes' },
      '.strict',
      'must be of type boolean, not string',
    ],
    [
      'with an unknown field',
      { max: 1, most: 1 },
      '.most',
      'is not a known field; check its spelling, or leave it out',
    ],
  ])('%s, naming the field', (_, failureBudget, path, message) => {
    expect(issuesOf({ failureBudget })).toEqual([{ path: `strategy.failureBudget${path}`, message }]);
  });
});

it('names all that is wrong with waves and budget at once', () => {
  const waves = [{ name: 'a', percent: '1', targets: { include: [{ region: '[' }] } }, 5, { name: 'a' }];
  const failureBudget = { max: 'x', percent: 1, scope: 'wave' };
  expect(issuesOf({ waves, failureBudget, parallel: { workers: -1 } }).map(({ path }) => path)).toEqual([
    'strategy.parallel.workers',
    'strategy.waves[0].percent',
    'strategy.waves[1]',
    'strategy.waves[2].name',
    'strategy.failureBudget.max',
    'strategy.failureBudget.percent',
    'strategy.waves[0].targets.include[0].region',
  ]);
  for (const strange of [1, 'x', {}, [null], [[]], { 0: { name: 'a' } }])
    expect(issuesOf({ waves: strange })).not.toEqual([]);
});

it('counts the patterns of targets and waves together, equal ones once, and looks at none after the one too many', () => {
  const patterns = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ region: `^(${from + index})+` }));
  const wavesOf = (count: number) => [
    { name: 'same', percent: 1, targets: { include: patterns(0, 60) } },
    { name: 'more', targets: { include: patterns(60, count), exclude: patterns(0, 10) } },
    { name: 'bad', targets: { include: [{ region: '(' }] } },
  ];
  const issues = (count: number) => {
    const result = kyma.safeParse({
      targets: { include: patterns(0, 60) },
      strategy: { waves: wavesOf(count) },
    });
    return result.success ? [] : formatIssues(result.error).map(({ path }) => path);
  };
  expect(issues(40)).toEqual(['strategy.waves[2].targets.include[0].region']);
  const compile = vi.spyOn(RE2JS, 'compile');
  onTestFinished(() => compile.mockRestore());
  expect(issues(41)).toEqual(['strategy.waves[1].targets.include[40].region']);
  expect(compile).toHaveBeenCalledTimes(100);
});

import { describe, expect, it } from 'vitest';
import type { InputIssue } from '../../../../src/domain/issues.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import type { MaintenancePolicy } from '../../../../src/domain/upgrades/maintenance-policy.ts';

const WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const TIMES = { timeBegin: '220000+0000', timeEnd: '020000+0000' };
const LOCAL = { timeBegin: '220000', timeEnd: '020000', timeZone: 'Europe/Berlin' };
const RULE = { match: { plan: 'trial' }, ...TIMES };
const FREEZE = {
  name: 'year-end',
  reason: 'closing',
  from: '2030-12-20',
  to: '2031-01-02',
  timeZone: 'Etc/UTC',
};
const OPT_OUT = { runtimeID: 'runtime-1', reason: 'asked for it', until: '2031-01-02T00:00:00Z' };

function policyOf(input: unknown): MaintenancePolicy {
  const { policy, issues } = parseMaintenancePolicy(input);
  if (!policy) throw new Error(JSON.stringify(issues));
  return policy;
}

const issuesOf = (input: unknown): InputIssue[] => parseMaintenancePolicy(input).issues ?? [];

describe("a policy of Kyma's Environment Broker", () => {
  it('is read as it is: a default of whole days, and no rules', () => {
    const times = { timeBegin: '010000+0000', timeEnd: '010000+0000' };
    expect(policyOf({ rules: [], default: { days: WEEK, ...times } })).toEqual({
      rules: [],
      default: { days: WEEK, ...times },
      freezes: [],
      optOut: [],
    });
  });

  it('is read as it is: regular expressions, and zero values where nothing is meant', () => {
    const rules = [
      {
        match: { globalAccountID: '', plan: 'trial|free', region: '' },
        days: null,
        timeBegin: '010000+0000',
        timeEnd: '010000+0000',
      },
      {
        match: { globalAccountID: '', plan: '', region: 'europe|eu-|uksouth' },
        days: ['Sat'],
        timeBegin: '200000+0000',
        timeEnd: '000000+0000',
      },
    ];
    const none = { days: [], timeBegin: '', timeEnd: '' };
    expect(policyOf({ rules, default: none })).toEqual({
      rules: [
        { match: { plan: 'trial|free' }, days: WEEK, timeBegin: '010000+0000', timeEnd: '010000+0000' },
        {
          match: { region: 'europe|eu-|uksouth' },
          days: ['Sat'],
          timeBegin: '200000+0000',
          timeEnd: '000000+0000',
        },
      ],
      freezes: [],
      optOut: [],
    });
  });
});

describe('a policy', () => {
  it.each([{}, { rules: null, default: null, freezes: null, optOut: null }])(
    'may say nothing: %j',
    (input) => {
      expect(policyOf(input)).toEqual({ rules: [], freezes: [], optOut: [] });
    },
  );

  it('keeps all that was given, with days in the order of the week and once each', () => {
    const given = {
      rules: [{ match: { region: '^eu-' }, days: ['Sun', 'Sat', 'Sun'], ...LOCAL, cutoff: '1h30m' }],
      default: { ...TIMES, cutoff: '0s' },
      freezes: [{ ...FREEZE, match: { plan: '' } }],
      optOut: [
        OPT_OUT,
        { match: { plan: 'trial' }, reason: 'r', until: '2030-06-01', timeZone: 'Asia/Tokyo' },
      ],
    };
    const policy = policyOf(given);
    expect(policy).toEqual({
      rules: [{ match: { region: '^eu-' }, days: ['Sat', 'Sun'], ...LOCAL, cutoff: '1h30m' }],
      default: { days: WEEK, ...TIMES },
      freezes: [FREEZE],
      optOut: given.optOut,
    });
    expect(policyOf(JSON.parse(JSON.stringify(policy)))).toEqual(policy);
  });

  it.each([null, [], 'policy', 5])('is an object, not %j', (input) => {
    expect(issuesOf(input)).toHaveLength(1);
  });

  it('gets everything named at once that is wrong with it', () => {
    const issues = issuesOf({
      rules: [
        { match: { plan: '(', plant: 'x' }, timeBegin: '22:00', timeEnd: '', days: ['Monday'] },
        { ...RULE, match: {}, cutoff: '4h' },
      ],
      freezes: [{ ...FREEZE, to: '2030-12-20' }, { ...FREEZE, name: 'x', timeZone: 'UTC+3' }, FREEZE],
      optOut: [{ reason: '', until: '2031-01-02' }],
      windows: [],
    });
    expect(issues.map(({ path }) => path).sort()).toEqual(
      [
        'freezes[0].to',
        'freezes[1].timeZone',
        'freezes[2].name',
        'optOut[0]',
        'optOut[0].reason',
        'optOut[0].until',
        'rules[0].days[0]',
        'rules[0].match.plan',
        'rules[0].match.plant',
        'rules[0].timeBegin',
        'rules[0].timeEnd',
        'rules[1].cutoff',
        'rules[1].match',
        'windows',
      ].sort(),
    );
  });

  it.each<[string, unknown, string, RegExp]>([
    [
      'a rule for everybody',
      { rules: [{ ...RULE, match: {} }] },
      'rules[0].match',
      /write that window as default/,
    ],
    ['a rule of zero values', { rules: [{ ...RULE, match: { plan: '' } }] }, 'rules[0].match', /default/],
    ['a rule without match', { rules: [TIMES] }, 'rules[0].match', /must have a plan/],
    [
      'a rule whose match is null',
      { rules: [{ ...RULE, match: null }] },
      'rules[0].match',
      /must have a plan/,
    ],
    ['no end', { default: { timeBegin: '220000+0000' } }, 'default.timeEnd', /is required/],
    ['days alone', { default: { days: ['Sat'] } }, 'default.timeBegin', /is required/],
    ['another form', { default: { ...TIMES, timeEnd: '02:00Z' } }, 'default.timeEnd', /like 220000\+0100/],
    ['an hour 24', { default: { ...TIMES, timeEnd: '240000+0000' } }, 'default.timeEnd', /like 220000/],
    ['more than 14 hours', { default: { ...TIMES, timeEnd: '020000+1401' } }, 'default.timeEnd', /14 hours/],
    [
      'an offset and a zone',
      { default: { ...LOCAL, timeBegin: '220000+0100' } },
      'default.timeBegin',
      /has an offset already/,
    ],
    [
      'neither offset nor zone',
      { default: { ...LOCAL, timeZone: '' } },
      'default.timeBegin',
      /needs an offset/,
    ],
    ['an unknown zone', { default: { ...LOCAL, timeZone: 'local' } }, 'default.timeZone', /IANA/],
    ['one time, in a zone', { default: { ...LOCAL, timeEnd: '220000' } }, 'default.timeEnd', /another time/],
    ['a cutoff in seconds', { default: { ...TIMES, cutoff: '90s' } }, 'default.cutoff', /15m or 1h30m/],
    ['a negative cutoff', { default: { ...TIMES, cutoff: '-15m' } }, 'default.cutoff', /15m or 1h30m/],
    ['a cutoff as long as the window', { default: { ...TIMES, cutoff: '4h' } }, 'default.cutoff', /shorter/],
    ['another day', { default: { ...TIMES, days: ['mon'] } }, 'default.days[0]', /Mon, Tue/],
    ['a freeze that ends before', { freezes: [{ ...FREEZE, to: '2030-12-19' }] }, 'freezes[0].to', /later/],
    [
      'a freeze without a reason',
      { freezes: [{ ...FREEZE, reason: ' ', name: '' }] },
      'freezes[0].name',
      /required/,
    ],
    ['no such date', { freezes: [{ ...FREEZE, to: '2031-02-29' }] }, 'freezes[0].to', /2030-12-24/],
    ['two freezes of a name', { freezes: [FREEZE, FREEZE] }, 'freezes[1].name', /unique; freezes\[0\]/],
    [
      'a date without a zone',
      { freezes: [{ ...FREEZE, timeZone: null }] },
      'freezes[0].from',
      /needs an offset/,
    ],
    [
      'an opt-out for nobody',
      { optOut: [{ ...OPT_OUT, runtimeID: '' }] },
      'optOut[0]',
      /runtimeID or a match/,
    ],
    ['an opt-out for both', { optOut: [{ ...OPT_OUT, match: { plan: 'x' } }] }, 'optOut[0]', /not both/],
    [
      'an until without a zone',
      { optOut: [{ ...OPT_OUT, until: '2031-01-02' }] },
      'optOut[0].until',
      /offset/,
    ],
    ['NUL in a pattern', { rules: [{ ...RULE, match: { plan: 'a\0' } }] }, 'rules[0].match.plan', /control/],
    ['NUL in a reason', { optOut: [{ ...OPT_OUT, reason: 'a\0' }] }, 'optOut[0].reason', /control/],
    ['half a character', { freezes: [{ ...FREEZE, name: '\uD800' }] }, 'freezes[0].name', /Unicode/],
    ['no pattern', { rules: [{ ...RULE, match: { region: '(' } }] }, 'rules[0].match.region', /RE2 syntax/],
    [
      'a pattern that unfolds too far',
      { rules: [{ ...RULE, match: { region: '(a{1000}){1000}' } }] },
      'rules[0].match.region',
      /too large once its repetitions are unfolded/,
    ],
    [
      'more patterns than its budget',
      { rules: Array.from({ length: 101 }, (_none, at) => ({ ...RULE, match: { plan: `^a${at}b+$` } })) },
      'rules[100].match.plan',
      /all patterns of a policy together may have 100 different/,
    ],
    [
      'a long reason',
      { optOut: [{ ...OPT_OUT, reason: 'a'.repeat(1_001) }] },
      'optOut[0].reason',
      /1,000 char/,
    ],
  ])('is refused for %s', (_, input, path, message) => {
    expect(issuesOf(input)).toContainEqual({ path, message: expect.stringMatching(message) as string });
  });

  it.each<[string, unknown[], RegExp]>([
    ['rules', Array.from({ length: 1_001 }, () => RULE), /more than 1,000 entries/],
    ['freezes', Array.from({ length: 201 }, (_, n) => ({ ...FREEZE, name: `f${n}` })), /more than 200/],
    ['optOut', Array.from({ length: 10_001 }, () => OPT_OUT), /more than 10,000/],
    [
      'optOut',
      Array.from({ length: 1_001 }, () => ({ match: { plan: 'x' }, reason: 'r', until: OPT_OUT.until })),
      /more than 1,000 entries with a match/,
    ],
  ])('has no more than so many %s', (list, entries, message) => {
    expect(issuesOf({ [list]: entries })).toEqual([
      { path: list, message: expect.stringMatching(message) as string },
    ]);
  });

  it('may opt out more runtimes by their IDs than by a match', () => {
    const byID = Array.from({ length: 1_001 }, (_, n) => ({ ...OPT_OUT, runtimeID: `runtime-${n}` }));
    expect(issuesOf({ optOut: byID })).toEqual([]);
  });

  it('has a budget for the patterns of all its lists together, which plain text does not touch', () => {
    const plain = Array.from({ length: 1_000 }, (_, n) => ({
      ...RULE,
      match: { globalAccountID: `^id-${n}$` },
    }));
    expect(issuesOf({ rules: plain })).toEqual([]);
    const rules = Array.from({ length: 60 }, (_, n) => ({ ...RULE, match: { plan: `a+${n}` } }));
    const freezes = Array.from({ length: 60 }, (_, n) => ({
      ...FREEZE,
      name: `${n}`,
      match: { plan: `b+${n}` },
    }));
    expect(issuesOf({ rules, freezes })).toEqual([
      { path: 'freezes[40].match.plan', message: expect.stringMatching(/100 different/) as string },
    ]);
  });
});

describe('the times of a freeze', () => {
  it.each([
    ['2030-12-20', '2030-12-20T00:01'],
    ['2030-12-20T10:00', '2030-12-20T10:00:01'],
  ])('are local to its zone: %s to %s', (from, to) => {
    expect(issuesOf({ freezes: [{ ...FREEZE, from, to }] })).toEqual([]);
    expect(issuesOf({ freezes: [{ ...FREEZE, from: to, to: from }] })).toHaveLength(1);
  });

  it('are compared as instants, whatever their offsets', () => {
    const freeze = { ...FREEZE, timeZone: '' };
    const span = (from: string, to: string) => issuesOf({ freezes: [{ ...freeze, from, to }] }).length;
    expect(span('2030-12-20T10:00:00+14:00', '2030-12-19T21:00:00.5Z')).toBe(0);
    expect(span('2030-12-20T10:00:00Z', '2030-12-20T11:00:00+01:00')).toBe(1);
    expect(span('2030-12-20T10:00:00Z', '2030-12-20T11:00:60Z')).toBe(1);
  });
});

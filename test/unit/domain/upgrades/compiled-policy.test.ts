import { describe, expect, it } from 'vitest';
import {
  compilePolicy,
  freezesOf,
  optOutOf,
  UnusablePolicyError,
  windowDefinitionFor,
  type CompiledPolicy,
  type PolicyRuntime,
} from '../../../../src/domain/upgrades/compiled-policy.ts';
import type { WindowDefinition } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';

const TIMES = { timeBegin: '220000+0000', timeEnd: '020000+0000' };

const runtime: PolicyRuntime = {
  runtimeID: 'runtime-1',
  servicePlanName: 'azure',
  globalAccountID: 'account-1',
  region: 'westeurope',
  maintenanceWindow: { begin: '030000+0000', end: '040000+0000' },
};

function compiled(input: unknown): CompiledPolicy {
  const { policy, issues } = parseMaintenancePolicy(input);
  if (!policy) throw new Error(JSON.stringify(issues));
  return compilePolicy(policy);
}

describe('the window of a runtime', () => {
  const policy = compiled({
    rules: [
      { match: { plan: '^az', region: '^us' }, ...TIMES },
      { match: { plan: 'azure', region: 'europe', globalAccountID: 'account-[1-3]' }, ...TIMES },
      { match: { region: 'europe|asia' }, ...TIMES },
    ],
    default: TIMES,
  });
  const sourceOf = (changes: Partial<PolicyRuntime>) =>
    windowDefinitionFor(policy, { ...runtime, ...changes })?.source;

  it.each<[string, Partial<PolicyRuntime>, unknown]>([
    ['the first rule of which all patterns match', {}, { kind: 'rule', index: 1 }],
    ['a later rule for another account', { globalAccountID: 'account-4' }, { kind: 'rule', index: 2 }],
    ['an earlier rule for another region', { region: 'us-east-1' }, { kind: 'rule', index: 0 }],
    ["the Shoot's own where no rule matches", { region: 'africa' }, { kind: 'shoot' }],
    [
      'the default without a Shoot window',
      { region: 'africa', maintenanceWindow: undefined },
      { kind: 'default' },
    ],
    [
      'the default with an unreadable Shoot window',
      { region: 'africa', maintenanceWindow: { begin: '', end: '' } },
      { kind: 'default' },
    ],
  ])('is that of %s', (_, changes, source) => {
    expect(sourceOf(changes)).toEqual(source);
    expect(sourceOf(changes)).toEqual(source);
  });

  it('is none where nothing says anything', () => {
    const { maintenanceWindow: _, ...bare } = runtime;
    expect(windowDefinitionFor(compiled({}), bare)).toBeUndefined();
  });

  it("is every day in the Shoot's own times, without a cutoff", () => {
    expect(windowDefinitionFor(policy, { ...runtime, region: 'africa' })?.definition).toEqual({
      days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
      timeBegin: '030000+0000',
      timeEnd: '040000+0000',
    });
  });

  it('is the same object for all runtimes that share it', () => {
    const definitions = ['account-1', 'account-2'].map(
      (globalAccountID) => windowDefinitionFor(policy, { ...runtime, globalAccountID })?.definition,
    );
    expect(definitions[0]).toBe(definitions[1]);
  });

  it('agrees with a plain reading of the rules, for every plan, account and region', () => {
    const parts = ['', 'a', 'b', 'ab'];
    const rules = parts.flatMap((plan) =>
      parts.flatMap((region) =>
        parts.map((globalAccountID) => ({ match: { plan, region, globalAccountID }, ...TIMES })),
      ),
    );
    const given = rules.filter(({ match }) => Object.values(match).join('') !== '').reverse();
    const all = compiled({ rules: given });
    for (const servicePlanName of ['a', 'b', 'abc', '']) {
      for (const region of ['a', 'b', 'xab', '']) {
        for (const globalAccountID of ['a', 'b', 'ab', '']) {
          const expected = given.findIndex(
            ({ match }) =>
              servicePlanName.includes(match.plan) &&
              region.includes(match.region) &&
              globalAccountID.includes(match.globalAccountID),
          );
          const one = { runtimeID: '', servicePlanName, region, globalAccountID };
          const source = windowDefinitionFor(all, one)?.source;
          expect(source).toEqual(expected === -1 ? undefined : { kind: 'rule', index: expected });
        }
      }
    }
  });
});

describe('the freezes of a runtime', () => {
  const policyOf = () =>
    compiled({
      freezes: [
        { name: 'late', reason: 'r', from: '2030-06-01', to: '2030-06-02', timeZone: 'Europe/Berlin' },
        {
          name: 'us',
          reason: 'r',
          from: '2030-01-01T00:00:00Z',
          to: '2030-02-01T00:00:00Z',
          match: { region: '^us' },
        },
        {
          name: 'account',
          reason: 'r',
          from: '2030-03-01T00:00:00+01:00',
          to: '2030-03-02T00:00:00+01:00',
          match: { globalAccountID: 'account-1' },
        },
      ],
    });

  it('are those that match it, in order of their begin, in ms', () => {
    expect(freezesOf(policyOf(), runtime)).toEqual([
      { name: 'account', reason: 'r', fromMs: Date.UTC(2030, 1, 28, 23), toMs: Date.UTC(2030, 2, 1, 23) },
      { name: 'late', reason: 'r', fromMs: Date.UTC(2030, 4, 31, 22), toMs: Date.UTC(2030, 5, 1, 22) },
    ]);
    const other = { ...runtime, region: 'us-east-1', globalAccountID: 'account-2' };
    expect(freezesOf(policyOf(), other).map(({ name }) => name)).toEqual(['us', 'late']);
  });
});

describe('an opt-out', () => {
  const policyOf = () =>
    compiled({
      optOut: [
        { runtimeID: 'runtime-1', reason: 'short', until: '2030-01-01T00:00:00Z' },
        { runtimeID: 'runtime-1', reason: 'long', until: '2030-03-01', timeZone: 'Etc/UTC' },
        { match: { region: 'europe' }, reason: 'region', until: '2030-02-01T00:00:00Z' },
        { match: { plan: 'trial' }, reason: 'plan', until: '2030-04-01T00:00:00Z' },
      ],
    });

  it.each<[string, Partial<PolicyRuntime>, number, number | undefined]>([
    ['the longest that names it', {}, Date.UTC(2029, 0, 1), 1],
    ['still that, a moment before it ends', {}, Date.UTC(2030, 2, 1) - 1, 1],
    ['none when it has ended', {}, Date.UTC(2030, 2, 1), undefined],
    ['the longest that matches', { servicePlanName: 'trial' }, Date.UTC(2029, 0, 1), 3],
    ['one that matches', { runtimeID: 'runtime-2' }, Date.UTC(2029, 0, 1), 2],
    ['none for others', { runtimeID: 'runtime-2', region: 'us' }, Date.UTC(2029, 0, 1), undefined],
  ])('is %s', (_, changes, at, index) => {
    expect(optOutOf(policyOf(), { ...runtime, ...changes }, at)?.index).toBe(index);
  });
});

const RULE_IN_A_NEW_ZONE: WindowDefinition = {
  days: ['Mon'],
  timeBegin: '220000',
  timeEnd: '020000',
  timeZone: 'Mars/Base',
};

it('a stored policy that this machine cannot read is refused', () => {
  const stored = { rules: [], optOut: [], freezes: [{ name: 'n', reason: 'r', from: 'x', to: 'y' }] };
  expect(() => compilePolicy(stored)).toThrow(UnusablePolicyError);
  expect(() => compilePolicy(stored)).toThrow(/can't be used on this machine: The time "x"/);
  const inZone = { ...stored, freezes: [], rules: [{ ...RULE_IN_A_NEW_ZONE, match: { plan: 'x' } }] };
  expect(() => compilePolicy(inZone)).toThrow(/no time zone "Mars\/Base"/);
  const byDefault = { ...stored, freezes: [], default: RULE_IN_A_NEW_ZONE };
  expect(() => compilePolicy(byDefault)).toThrow(UnusablePolicyError);
});

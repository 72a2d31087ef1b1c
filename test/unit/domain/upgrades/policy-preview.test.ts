import { EMPTY_POLICY } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import {
  nextWindowsOf,
  policyGroups,
  type PolicyPreview,
} from '../../../../src/domain/upgrades/policy-preview.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';

const NOW = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const HOUR = 3_600_000;

const { policy: POLICY } = parseMaintenancePolicy({
  rules: [
    { match: { plan: 'berlin' }, timeBegin: '220000', timeEnd: '020000', timeZone: 'Europe/Berlin' },
    { match: { plan: 'frozen|half' }, timeBegin: '220000-0000', timeEnd: '020000-0000' },
  ],
  freezes: [
    {
      name: 'long',
      reason: 'r',
      from: '2026-12-01',
      to: '2027-03-01',
      timeZone: 'Etc/UTC',
      match: { plan: 'frozen' },
    },
    {
      name: 'half',
      reason: 'r',
      from: '2027-01-20',
      to: '2027-03-01',
      timeZone: 'Etc/UTC',
      match: { plan: 'half' },
    },
  ],
  optOut: [
    { runtimeID: 'out', reason: 'asked', until: '2027-06-01T00:00:00Z' },
    { runtimeID: 'soon', reason: 'asked', until: '2027-01-10T00:00:00Z' },
    { runtimeID: 'half-out', reason: 'asked', until: '2027-01-25T00:00:00Z' },
  ],
});
if (!POLICY) throw new Error('The policy is refused');
const compiled = compilePolicy(POLICY);

const runtime = (runtimeID: string, servicePlanName: string, begin = '') => ({
  runtimeID,
  shootName: `shoot-${runtimeID}`,
  servicePlanName,
  globalAccountID: 'account',
  region: 'region',
  maintenanceWindow: { begin, end: '040000+0100' },
});

describe('a fleet under a policy', () => {
  const fleet = [
    ...['a', 'b', 'out', 'soon'].map((id) => runtime(id, 'berlin')),
    ...['c', 'd', 'e'].map((id) => runtime(id, 'frozen')),
    runtime('half-out', 'half'),
    ...['f', 'g'].map((id) => runtime(id, 'other', '030000+0100')),
    runtime('h', 'other'),
  ];
  const previewOf = (runtimes: readonly ReturnType<typeof runtime>[], policy = compiled): PolicyPreview => {
    const preview = policyGroups(policy, NOW, { named: 2 });
    for (const one of runtimes) preview.add(one);
    return preview.result();
  };

  it('is counted by zone and by what says so', () => {
    const result = previewOf(fleet);
    expect(result.runtimes).toBe(fleet.length);
    const counted = result.groups.map(({ zone, source, runtimes }) => ({ zone, source, runtimes }));
    expect(counted).toEqual([
      { zone: '+00:00', source: { kind: 'rule', index: 1 }, runtimes: 4 },
      { zone: '+01:00', source: { kind: 'shoot' }, runtimes: 2 },
      { zone: 'Europe/Berlin', source: { kind: 'rule', index: 0 }, runtimes: 4 },
    ]);
  });

  it('says how many each freeze touches, in the order of the policy', () => {
    expect(previewOf(fleet).touched).toEqual([3, 1]);
    expect(previewOf([]).touched).toEqual([0, 0]);
  });

  it('has all next windows of two days by the hour, and how many come later', () => {
    const own = (id: string, begin: string) => ({
      ...runtime(id, 'other'),
      maintenanceWindow: { begin, end: '040000+0000' },
    });
    const shoots = Array.from({ length: 90 }, (_, index) => {
      const minute = String(index % 60).padStart(2, '0');
      return own(`s-${index}`, `${index < 60 ? '02' : '03'}${minute}00+0000`);
    });
    const [group] = previewOf(shoots).groups;
    expect(group).toMatchObject({ runtimes: 90, nextWindows: 90, next: { length: 5 } });
    const end = NOW + 4 * HOUR;
    expect(group?.hours).toEqual([
      { begin: NOW + 2 * HOUR, end, runtimes: 60 },
      { begin: NOW + 3 * HOUR, end, runtimes: 30 },
    ]);
    expect(group).not.toHaveProperty('later');
    const { policy: sundays } = parseMaintenancePolicy({
      rules: [{ match: { plan: '.' }, days: ['Sun'], timeBegin: '220000+0000', timeEnd: '020000+0000' }],
    });
    if (!sundays) throw new Error('The policy is refused');
    const later = previewOf(fleet, compilePolicy(sundays)).groups[0];
    // 1 January 2027 is a Friday.
    expect(later).toMatchObject({
      hours: [],
      later: { begin: NOW + 2 * DAY + 22 * HOUR, runtimes: fleet.length },
    });
  });

  it('shows the largest group of a zone first, whatever their order, and a group whose windows are all frozen without any', () => {
    const { rules } = POLICY;
    const berlin = { timeBegin: '210000', timeEnd: '230000', timeZone: 'Europe/Berlin' };
    const groups = compilePolicy({
      ...POLICY,
      rules: [...rules, { match: { plan: 'few' }, ...berlin, days: rules[0]?.days ?? [] }],
    });
    const two = [runtime('x', 'few'), runtime('y', 'berlin'), runtime('z', 'berlin')];
    for (const runtimes of [two, [...two].reverse()]) {
      const counted = previewOf(runtimes, groups).groups.map(({ source, runtimes: count }) => [
        source,
        count,
      ]);
      expect(counted).toEqual([
        [{ kind: 'rule', index: 0 }, 2],
        [{ kind: 'rule', index: 2 }, 1],
      ]);
    }
    expect(previewOf([runtime('c', 'frozen')]).groups).toMatchObject([{ next: [], nextWindows: 0 }]);
  });

  it('shows the shorter one of two windows first that begin together', () => {
    const own = (id: string, end: string) => ({
      ...runtime(id, 'x'),
      maintenanceWindow: { begin: '030000+0000', end },
    });
    const windows = ['060000+0000', '040000+0000', '050000+0000'].map((end) => own(end, end));
    const [group] = previewOf(windows, compilePolicy(EMPTY_POLICY)).groups;
    const hours = group?.next.map(({ begin, end }) => (end - begin) / 3_600_000);
    expect(hours).toEqual([1, 2, 3]);
  });

  it('tells the next windows of each group, the first five, with how many runtimes have them', () => {
    const each = policyGroups(compilePolicy(EMPTY_POLICY), NOW);
    const hours = ['22', '21', '20', '19', '18', '17', '22'];
    hours.forEach((hour, index) => each.add(runtime(`r${index}`, 'x', `${hour}0000+0000`)));
    const [group] = each.result().groups;
    expect(group).toMatchObject({ runtimes: 7, nextWindows: 6 });
    expect(group?.next).toHaveLength(5);
    const begins = group?.next.map(({ begin }) => begin) ?? [];
    expect(begins).toEqual([...begins].sort((a, b) => a - b));
    expect(begins.every((begin) => begin > NOW - DAY && begin <= NOW + DAY)).toBe(true);
    const all = policyGroups(compilePolicy(EMPTY_POLICY), NOW);
    for (const id of ['a', 'b']) all.add(runtime(id, 'x', '030000+0100'));
    expect(all.result().groups[0]?.next).toMatchObject([{ runtimes: 2 }]);
  });

  it('has exact numbers of those without a window, and names the first few', () => {
    const result = previewOf(fleet);
    expect(result.withoutWindow).toEqual({ 'no definition': 1, frozen: 3, 'opted out': 2 });
    expect(result.named.map(({ runtimeID, reason }) => `${runtimeID}: ${reason}`)).toEqual([
      'out: opted out',
      'c: frozen',
      'd: frozen',
      'half-out: opted out',
      'h: no definition',
    ]);
    expect(result.named[0]).toMatchObject({ shootName: 'shoot-out', optOut: { index: 0, reason: 'asked' } });
    expect(result.named[1]).toMatchObject({ frozenBy: ['long'] });
  });
});

describe('the next windows of one runtime', () => {
  const next = (id: string, plan: string, most = 2) =>
    nextWindowsOf(compiled, runtime(id, plan), { fromMs: NOW, untilMs: NOW + 30 * DAY, most });
  const begins = ({ windows }: ReturnType<typeof next>) =>
    windows.map(({ begin }) => new Date(begin).toISOString().slice(0, 16));

  it('are so many, with what says so', () => {
    expect(next('a', 'berlin')).toMatchObject({ source: { kind: 'rule', index: 0 }, frozenBy: [] });
    expect(begins(next('a', 'berlin'))).toEqual(['2026-12-31T21:00', '2027-01-01T21:00']);
  });

  it('begin after its opt-out', () => {
    expect(begins(next('soon', 'berlin'))).toEqual(['2027-01-10T00:00', '2027-01-10T21:00']);
    expect(next('soon', 'berlin').optOut).toMatchObject({ index: 1 });
    expect(begins(next('out', 'berlin'))).toEqual([]);
  });

  it('are none, and the freezes are named', () => {
    expect(next('c', 'frozen')).toMatchObject({ windows: [], frozenBy: ['long'] });
    expect(next('h', 'other')).toStrictEqual({ windows: [], frozenBy: [] });
    // An opt-out counts, although there is nothing that it could take.
    expect(next('out', 'other')).toMatchObject({ windows: [], frozenBy: [], optOut: { index: 0 } });
  });
});

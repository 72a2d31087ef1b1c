import { EMPTY_POLICY } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { expect, it } from 'vitest';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import { parseMaintenancePolicy } from '../../../../src/domain/upgrades/policy-schema.ts';
import { windowOriginOf } from '../../../../src/domain/upgrades/window-origin.ts';

const { policy } = parseMaintenancePolicy({
  rules: [
    { match: { plan: 'trial' }, timeBegin: '220000-0500', timeEnd: '020000-0500' },
    { match: { plan: 'berlin' }, timeBegin: '220000', timeEnd: '020000', timeZone: 'Europe/Berlin' },
  ],
  default: { timeBegin: '000000+0000', timeEnd: '040000+0000' },
  freezes: [
    {
      name: 'launch',
      reason: 'r',
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-28T22:00:00Z',
      match: { plan: 'berlin' },
    },
  ],
  optOut: [],
});
if (!policy) throw new Error('The policy is refused');
const held = { version: 4, policy: compilePolicy(policy) };

const BEGIN = Date.parse('2026-11-28T21:00:00Z');
const runtime = (servicePlanName: string, hasWindow = true) => ({
  ...{ runtimeID: 'r-1', shootName: 'c-1', globalAccountID: 'account', region: 'region', servicePlanName },
  maintenanceWindow: hasWindow ? { begin: '220000+0100', end: '040000+0100' } : undefined,
});

it('names the rule by its number and its place, and shows the time on its clock', () => {
  const origin = windowOriginOf(held, runtime('berlin'), BEGIN);
  expect(origin).toMatchObject({
    by: 'by rule 2 (rules[1]) of version 4 of the maintenance policy',
    change:
      'an admin can change it with PUT /maintenance-policy, for orchestrations that are planned after that',
  });
  expect(origin?.clockAt(BEGIN)).toBe('22:00 Europe/Berlin');
  expect(windowOriginOf(held, runtime('trial'), BEGIN)?.clockAt(BEGIN)).toBe('16:00-05:00');
});

it('names the freeze that has taken the beginning of the window', () => {
  expect(windowOriginOf(held, runtime('berlin'), Date.parse('2026-11-28T22:00:00Z'))?.by).toBe(
    'by rule 2 (rules[1]) of version 4 of the maintenance policy, after the freeze "launch"',
  );
});

it("names the Shoot's own window, and the default, which is in UTC already", () => {
  const own = windowOriginOf(held, runtime('azure'), BEGIN);
  expect(own).toMatchObject({
    by: 'by spec.maintenance.timeWindow of the Shoot c-1',
    change: 'the owner of the Shoot can change it, for orchestrations that are planned after that',
  });
  expect(own?.clockAt(BEGIN)).toBe('22:00+01:00');
  const fallback = windowOriginOf(held, runtime('azure', false), BEGIN);
  expect(fallback?.by).toBe('by the default of version 4 of the maintenance policy');
  expect(fallback?.clockAt(BEGIN)).toBeUndefined();
});

it('says nothing where the policy says nothing', () => {
  const none = { version: 0, policy: compilePolicy(EMPTY_POLICY) };
  expect(windowOriginOf(none, runtime('azure', false), BEGIN)).toBeUndefined();
});

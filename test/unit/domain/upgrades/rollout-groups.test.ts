import { expect, it } from 'vitest';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import { EMPTY_POLICY } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import {
  firstGroups,
  groupByZone,
  type AlikeOperations,
} from '../../../../src/domain/upgrades/rollout-groups.ts';

const some = (changes: Partial<AlikeOperations>): AlikeOperations => ({
  region: 'westeurope',
  servicePlanName: 'azure',
  globalAccountID: 'ga',
  dailyWindow: { begin: '220000+0100', end: '020000+0100' },
  state: 'pending',
  count: 1,
  ...changes,
});

it('groups by the zone of the rule, else by the offset of the Shoot, and puts those without a window last', () => {
  const policy = compilePolicy({
    ...EMPTY_POLICY,
    rules: [
      {
        match: { region: 'moon' },
        days: ['Mon'],
        timeBegin: '220000',
        timeEnd: '020000',
        timeZone: 'Europe/Berlin',
      },
    ],
  });
  const alike = [
    some({ dailyWindow: null }),
    some({ region: 'moon', count: 3 }),
    some({ region: 'moon', state: 'failed', dailyWindow: null }),
    some({ count: 2 }),
    some({ state: 'succeeded' }),
    some({ globalAccountID: 'other', count: 5 }),
  ];
  const groups = [
    { key: '+01:00', states: { pending: 7, succeeded: 1 } },
    { key: 'Europe/Berlin', states: { pending: 3, failed: 1 } },
    { key: null, states: { pending: 1 } },
  ];
  expect(groupByZone(policy, alike)).toEqual(groups);
  expect(groupByZone(policy, alike.toReversed())).toEqual(groups);
});

it('counts what is beyond the first groups in one number', () => {
  const groups = ['a', 'b', 'c'].map((key, index) => ({ key, states: { pending: 1, failed: index } }));
  expect(firstGroups(groups, 1)).toEqual({ groups: [groups[0]], others: 5 });
  expect(firstGroups(groups, 3)).toEqual({ groups, others: 0 });
});

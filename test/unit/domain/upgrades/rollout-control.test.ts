import { expect, it } from 'vitest';
import { exceededReason } from '../../../../src/domain/upgrades/failure-budget.ts';
import {
  describePauses,
  pauseOfEverything,
  reasonText,
  type Pause,
} from '../../../../src/domain/upgrades/rollout-control.ts';

const pause = (changes: Partial<Pause>): Pause => ({
  ...{ code: 'person', by: 'alice', reason: '', since: '2030-10-12T20:00:00.000000Z' },
  ...changes,
});

it('says of each reason of a pause who or what it is, and in which words', () => {
  expect(describePauses([pause({})])).toBe('paused by alice since 2030-10-12T20:00Z');
  expect(describePauses([pause({ reason: 'a look at it' }), pause({ code: 'budget', by: 'drydock' })])).toBe(
    'paused by alice since 2030-10-12T20:00Z: a look at it; paused since 2030-10-12T20:00Z, because more had failed than its budget permits',
  );
});

it('tells how many failures count now where that is another number than then', () => {
  const reason = exceededReason({ max: 2 }, 3, true);
  const said = (failed?: number, changes: Partial<Pause> = {}) =>
    describePauses([pause({ code: 'budget', by: 'drydock', reason, ...changes })], failed);
  const then =
    'paused since 2030-10-12T20:00Z, because more had failed than its budget permits: 3 operations had failed or were unhealthy, and at most 2 may';
  expect([said(), said(3), said(1), said(0), said(12)]).toEqual([
    ...[then, then, `${then}; 1 counts now`],
    ...[`${then}; 0 count now`, `${then}; 12 count now`],
  ]);
  expect(said(1, { code: 'person' })).toBe(`paused by drydock since 2030-10-12T20:00Z: ${reason}`);
});

it('pauses everything by the last change of all, if that one pauses', () => {
  const control = {
    isPaused: true,
    changedBy: 'alice',
    reason: 'a look at it',
    changedAt: '2030-10-12T20:00:00Z',
  };
  const paused = { code: 'queue', by: 'alice', reason: 'a look at it', since: '2030-10-12T20:00:00Z' };
  expect(pauseOfEverything(control)).toEqual(paused);
  expect(pauseOfEverything({ ...control, isPaused: false })).toBeUndefined();
  expect(pauseOfEverything(undefined)).toBeUndefined();
});

it('keeps a thousand characters of a reason, without what cannot be shown', () => {
  expect(reasonText(undefined)).toBe('');
  expect(reasonText(null)).toBe('');
  expect(reasonText('  so\u0000 ')).toBe('so\ufffd');
  expect(reasonText(' so \n')).toBe('so');
  expect(reasonText('x'.repeat(1_000))).toBe('x'.repeat(1_000));
  expect(reasonText('x'.repeat(1_001))).toBe(`${'x'.repeat(1_000)}…`);
});

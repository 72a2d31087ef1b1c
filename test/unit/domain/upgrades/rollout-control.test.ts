import { expect, it } from 'vitest';
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
    'paused by alice since 2030-10-12T20:00Z: a look at it; paused since 2030-10-12T20:00Z, because more has failed than its budget permits',
  );
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

import { describe, expect, it } from 'vitest';
import { daysOf, hoursOf, momentOf, whomOf, zoneOf } from '../../../src/ui/words/policy-words.ts';

describe('a window of a policy', () => {
  it.each<[string, Parameters<typeof daysOf>[0]['days']]>([
    ['every day', ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']],
    ['every day', []],
    ['every day', null],
    ['Mon–Thu', ['Mon', 'Tue', 'Wed', 'Thu']],
    ['Sat, Sun', ['Sun', 'Sat']],
    ['Mon, Wed–Fri, Sun', ['Mon', 'Wed', 'Thu', 'Fri', 'Sun']],
  ])('begins on %s', (words, days) => expect(daysOf({ days })).toBe(words));

  it.each([
    ['22:00 to 02:00 the next day', 'Europe/Berlin', '220000', '020000', 'Europe/Berlin'],
    ['01:30 to 04:00:30', '+01:00', '013000+0100', '040030+0100', undefined],
    ['00:00 to 00:00 the next day', 'UTC', '000000+0000', '000000+0000', undefined],
    ['22:00 to 04:00 (+02:00)', '-05:00', '220000-0500', '040000+0200', undefined],
  ])('is %s by the clock of %s', (words, zone, timeBegin, timeEnd, timeZone) => {
    expect([hoursOf({ timeBegin, timeEnd }), zoneOf({ timeBegin, timeZone })]).toEqual([words, zone]);
  });
});

it('an entry says whom it is for', () => {
  expect(whomOf({ match: { plan: '^trial$', region: '^eu-' } })).toBe('plan ^trial$ and region ^eu-');
  expect(whomOf({ match: { globalAccountID: 'abc' } })).toBe('global account abc');
  expect(whomOf({ match: null, runtimeID: 'r-1' })).toBe('runtime r-1');
  expect(whomOf({ runtimeID: 'r-1' }, new Map([['r-1', 'c-3a3xdaf']]))).toBe('shoot c-3a3xdaf');
  expect(whomOf({})).toBe('all runtimes');
});

it('a moment is told as it was written, with its zone', () => {
  expect(momentOf('2030-12-20T18:00', 'Europe/Berlin')).toBe('2030-12-20 18:00 Europe/Berlin');
  expect(momentOf('2030-12-20', 'Europe/Berlin')).toBe('2030-12-20 00:00 Europe/Berlin');
  expect(momentOf('2030-12-20T18:00:00Z', undefined)).toBe('2030-12-20 18:00:00Z');
});

import { describe, expect, it } from 'vitest';
import {
  dayOn,
  fixedClock,
  instantOf,
  isZoneName,
  zoneClock,
} from '../../../../src/domain/upgrades/zone-times.ts';

const HOUR = 3_600_000;

/** When the clock of a zone shows a wall time, as UTC. */
const shown = (zone: string, wall: string): string =>
  new Date(instantOf(zoneClock(zone), Date.parse(`${wall}Z`)).at).toISOString().slice(0, 16);

describe('the name of a time zone', () => {
  it.each(['Europe/Berlin', 'America/Port-au-Prince', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3', 'UTC'])(
    'is known: %s',
    (name) => {
      expect(isZoneName(name)).toBe(true);
    },
  );

  it.each(['', 'local', 'system', 'UTC+3', '+03:00', 'Mars/Olympus', 'europe/berlin', 'Europe/Berlin\n'])(
    'is refused: %j',
    (name) => {
      expect(isZoneName(name)).toBe(false);
      expect(() => zoneClock(name)).toThrow(RangeError);
    },
  );

  it('is not looked up when it is longer than any', () => {
    expect(isZoneName(`Europe/${'A'.repeat(100_000)}`)).toBe(false);
  });
});

describe('the instant at which a clock shows a time', () => {
  it.each([
    ['Europe/Berlin', 'in winter', '2027-01-15T22:00', '2027-01-15T21:00'],
    ['Europe/Berlin', 'in summer', '2027-07-15T22:00', '2027-07-15T20:00'],
    ['Europe/Berlin', 'before the skipped hour', '2027-03-28T01:59', '2027-03-28T00:59'],
    ['Europe/Berlin', 'at the begin of the skipped hour', '2027-03-28T02:00', '2027-03-28T01:00'],
    ['Europe/Berlin', 'in the skipped hour', '2027-03-28T02:30', '2027-03-28T01:00'],
    ['Europe/Berlin', 'after the skipped hour', '2027-03-28T03:00', '2027-03-28T01:00'],
    ['Europe/Berlin', 'later that day', '2027-03-28T03:30', '2027-03-28T01:30'],
    ['Europe/Berlin', 'before the repeated hour', '2027-10-31T01:59', '2027-10-30T23:59'],
    ['Europe/Berlin', 'in the repeated hour', '2027-10-31T02:30', '2027-10-31T00:30'],
    ['Europe/Berlin', 'after the repeated hour', '2027-10-31T03:00', '2027-10-31T02:00'],
    ['America/New_York', 'in the skipped hour', '2027-03-14T02:30', '2027-03-14T07:00'],
    ['America/New_York', 'in the repeated hour', '2027-11-07T01:30', '2027-11-07T05:30'],
    ['Australia/Lord_Howe', 'in the repeated half hour', '2027-04-04T01:45', '2027-04-03T14:45'],
    ['Australia/Lord_Howe', 'after the repeated half hour', '2027-04-04T02:00', '2027-04-03T15:30'],
    ['Australia/Lord_Howe', 'in the skipped half hour', '2027-10-03T02:15', '2027-10-02T15:30'],
    ['America/St_Johns', 'in the skipped hour', '2027-03-14T02:15', '2027-03-14T05:30'],
    ['America/St_Johns', 'in the repeated hour', '2027-11-07T01:15', '2027-11-07T03:45'],
    ['America/Nuuk', 'in the skipped hour before midnight', '2027-03-27T23:30', '2027-03-28T01:00'],
    ['America/Nuuk', 'in the repeated hour before midnight', '2027-10-30T23:30', '2027-10-31T00:30'],
    ['America/Nuuk', 'at the midnight that comes once', '2027-10-31T00:00', '2027-10-31T02:00'],
    ['Africa/Cairo', 'at the midnight that is skipped', '2027-04-30T00:00', '2027-04-29T22:00'],
    ['Asia/Kathmandu', 'with minutes in its offset', '2027-06-01T05:45', '2027-06-01T00:00'],
    ['Pacific/Apia', 'before the date line moved', '2011-12-29T23:59', '2011-12-30T09:59'],
    ['Pacific/Apia', 'on the day that was skipped', '2011-12-30T12:00', '2011-12-30T10:00'],
    ['Pacific/Apia', 'after the date line moved', '2011-12-31T00:01', '2011-12-30T10:01'],
    ['Africa/Casablanca', 'while the month of Ramadan puts it back', '2027-02-15T12:00', '2027-02-15T12:00'],
    ['Etc/GMT-14', 'ahead of all others', '2028-01-01T00:00', '2027-12-31T10:00'],
    ['America/New_York', 'on the leap day', '2028-02-29T22:00', '2028-03-01T03:00'],
  ])('%s, %s', (zone, _, wall, utc) => {
    expect(shown(zone, wall)).toBe(utc);
  });

  it('says how much the clock has skipped', () => {
    const skipped = (zone: string, wall: string) =>
      instantOf(zoneClock(zone), Date.parse(`${wall}Z`)).skipped / HOUR;
    expect(skipped('Europe/Berlin', '2027-03-28T02:30')).toBe(1);
    expect(skipped('Australia/Lord_Howe', '2027-10-03T02:15')).toBe(0.5);
    expect(skipped('Pacific/Apia', '2011-12-30T12:00')).toBe(24);
    expect(skipped('Europe/Berlin', '2027-10-31T02:30')).toBe(0);
  });

  it('is none beyond the years that a Date can hold', () => {
    expect(instantOf(zoneClock('Europe/Berlin'), 8.65e15)).toEqual({ at: NaN, skipped: 0 });
  });

  it('of a fixed offset is plain arithmetic', () => {
    expect(instantOf(fixedClock(14 * HOUR), 0)).toEqual({ at: -14 * HOUR, skipped: 0 });
    expect(dayOn(fixedClock(-14 * HOUR), 13 * HOUR)).toBe(-1);
  });

  it('is told by one clock for each zone, which remembers', () => {
    const clock = zoneClock('Europe/Berlin');
    expect(zoneClock('America/New_York')).not.toBe(clock);
    expect(zoneClock('Europe/Berlin')).toBe(clock);
  });

  it('does not depend on what was asked before', () => {
    const wall = Date.parse('2027-03-28T02:30Z');
    const clock = zoneClock('Europe/Berlin');
    for (const days of [-400, -1, 0, 1, 400]) clock.offsetAt(wall + days * 24 * HOUR);
    expect(instantOf(clock, wall).at).toBe(Date.parse('2027-03-28T01:00Z'));
  });
});

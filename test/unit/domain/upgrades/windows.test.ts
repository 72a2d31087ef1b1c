import { EMPTY_POLICY } from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { describe, expect, it } from 'vitest';
import { FinalError } from '../../../../src/domain/errors.ts';
import { compilePolicy } from '../../../../src/domain/upgrades/compiled-policy.ts';
import { placements, type PlannedWindow } from '../../../../src/domain/upgrades/placement.ts';
import type { DailyWindow } from '../../../../src/domain/upgrades/runtime.ts';
import {
  dailyWindowAsTimestamps,
  describeSpan,
  parseDailyWindow,
  parseTimeOfDay,
} from '../../../../src/domain/upgrades/windows.ts';
import { aRuntime } from '../../../support/rows.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
const DAY = Date.UTC(2026, 1, 28);

describe('a time of day', () => {
  it.each([
    ['000000+0000', 0],
    ['235959+0000', 86_399],
    ['220000+0100', 21 * 3600],
    ['003000+0200', 22.5 * 3600],
    ['223000-0230', 3600],
    ['053000+0530', 0],
    ['220000-0000', 22 * 3600],
    ['120000+1400', 22 * 3600],
  ])('reads %s', (text, seconds) => {
    expect(parseTimeOfDay(text)).toBe(seconds);
  });

  it.each([
    '',
    '22:00',
    '220000',
    '2200+0000',
    '240000+0000',
    '226000+0000',
    '220060+0000',
    '220000Z',
    '220000+00:00',
    '220000+1500',
    '220000+0060',
    ' 220000+0000',
    '220000+0000\n',
    '２２0000+0000',
  ])('refuses %j', (text) => {
    expect(parseTimeOfDay(text)).toBeUndefined();
  });
});

describe('a daily window', () => {
  it('is unreadable when begin and end are the same moment, whatever their offsets', () => {
    expect(parseDailyWindow({ begin: '220000+0000', end: '230000+0100' })).toBeUndefined();
  });

  it.each([
    ['220000+0000', '020000+0000', '22:00:00', '02:00:00'],
    ['040000+0000', '080000+0000', '04:00:00', '08:00:00'],
    ['003000+0100', '043000+0100', '23:30:00', '03:30:00'],
    ['230000-0500', '030000-0500', '04:00:00', '08:00:00'],
    ['053000+0530', '063000+0530', '00:00:00', '01:00:00'],
  ])('A55: shows %s to %s as UTC times of day on 0000-01-01', (begin, end, utcBegin, utcEnd) => {
    expect(dailyWindowAsTimestamps({ begin, end })).toEqual({
      begin: `0000-01-01T${utcBegin}Z`,
      end: `0000-01-01T${utcEnd}Z`,
    });
  });

  it('is described for people, with the day on which it begins', () => {
    const window = { begin: '230000+0100', end: '030000+0100' };
    expect(describeSpan(nextWindow(window, '2026-03-01T12:00:00Z'))).toBe('22:00–02:00 UTC of 2026-03-01');
  });

  it('that is unreadable is named in the error', () => {
    const read = (): unknown => dailyWindowAsTimestamps({ begin: 'noon', end: '' });
    expect(read).toThrow(FinalError);
    expect(read).toThrow(/"noon"/);
  });
});

describe('the window an operation is scheduled into', () => {
  it.each([
    ['before it', '2026-03-01T21:59:59.999Z', '2026-03-01T22:00:00.000Z'],
    ['at its begin', '2026-03-01T22:00:00Z', '2026-03-01T22:00:00.000Z'],
    ['open, before midnight', '2026-03-01T23:00:00Z', '2026-03-01T22:00:00.000Z'],
    ['open, after midnight', '2026-03-02T01:59:59.999Z', '2026-03-01T22:00:00.000Z'],
    ['at its end', '2026-03-02T02:00:00Z', '2026-03-02T22:00:00.000Z'],
    ['over the end of a year', '2026-12-31T23:59:00Z', '2026-12-31T22:00:00.000Z'],
    ['now with an offset', '2026-03-02T03:30:00+02:00', '2026-03-01T22:00:00.000Z'],
  ])('A35: is the open one, or else the next: %s', (_, now, begin) => {
    const window = nextWindow({ begin: '220000+0000', end: '020000+0000' }, now);
    expect(window.begin).toBe(begin);
    expect(Date.parse(window.end) - Date.parse(window.begin)).toBe(4 * 3_600_000);
  });

  it.each([
    ['220000+0000', '020000+0000'],
    ['040000+0000', '080000+0000'],
    ['003000+0530', '013000+0530'],
    ['233000-0930', '003000-0930'],
    ['000000+1400', '235900+1400'],
    ['120000+0000', '115900+0000'],
    ['235900+0000', '000000+0000'],
  ])('A35: agrees with a brute-force reading at every minute of a day: %s to %s', (begin, end) => {
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
      const now = DAY + minute * MINUTE;
      const window = nextWindow({ begin, end }, new Date(now).toISOString());
      const expected = searchWindow(begin, end, now);
      expect([minute, Date.parse(window.begin), Date.parse(window.end)]).toEqual([minute, ...expected]);
    }
  });
});

const NO_POLICY = compilePolicy(EMPTY_POLICY);

/** Where a runtime with that window is put when there is no policy. */
function nextWindow(maintenanceWindow: DailyWindow, now: string): PlannedWindow {
  const from = Date.parse(now);
  const placed = placements(NO_POLICY, from, from + 30 * 86_400_000).inWindow({
    ...aRuntime(),
    maintenanceWindow,
  });
  if (!placed.window) throw new Error(placed.leftOut);
  expect(placed.window.latestStart).toBe(placed.window.end);
  return placed.window;
}

/** Looks at the clock of the window's own zone minute by minute: back to the begin that is open, or on to the next. */
function searchWindow(begin: string, end: string, now: number): [number, number] {
  const sign = begin[6] === '-' ? -1 : 1;
  const offset = sign * (Number(begin.slice(7, 9)) * 60 + Number(begin.slice(9, 11)));
  const wall = (at: number): number => (at / MINUTE + offset + DAY_MINUTES) % DAY_MINUTES;
  const forward = (from: number, time: string): number => {
    const wanted = Number(time.slice(0, 2)) * 60 + Number(time.slice(2, 4));
    let at = from;
    while (wall(at) !== wanted) at += MINUTE;
    return at;
  };
  const latest = forward(now - (DAY_MINUTES - 1) * MINUTE, begin);
  const latestEnd = forward(latest, end);
  if (latest <= now && now < latestEnd) return [latest, latestEnd];
  const next = forward(now, begin);
  return [next, forward(next, end)];
}

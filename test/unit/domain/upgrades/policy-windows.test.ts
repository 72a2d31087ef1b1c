import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  WEEKDAYS,
  type FrozenSpan,
  type Weekday,
  type WindowDefinition,
} from '../../../../src/domain/upgrades/maintenance-policy.ts';
import { firstWindow, windowsFrom } from '../../../../src/domain/upgrades/policy-windows.ts';

const DAY = 86_400_000;

const ms = (utc: string): number => Date.parse(`${utc}Z`);
const utc = (at: number): string => new Date(at).toISOString().slice(0, 16);

function window(
  timeBegin: string,
  timeEnd: string,
  more: Partial<WindowDefinition> | string = {},
): WindowDefinition {
  const fields = typeof more === 'string' ? { timeZone: more } : more;
  return { days: [...WEEKDAYS], timeBegin, timeEnd, ...fields };
}

const frozen = (name: string, from: string, to: string): FrozenSpan => ({
  name,
  reason: `why ${name}`,
  fromMs: ms(from),
  toMs: ms(to),
});

/** Begin and end of each window, as `2027-01-01T22:00/2027-01-02T02:00` in UTC. */
function spans(
  definition: WindowDefinition,
  from: string,
  until: string,
  freezes: FrozenSpan[] = [],
): string[] {
  return [...windowsFrom(definition, freezes, ms(from), ms(until))].map(
    ({ begin, end }) => `${utc(begin)}/${utc(end)}`,
  );
}

describe('a window', () => {
  const nightly = window('220000+0000', '020000+0000', { cutoff: '15m' });

  it.each([
    ['is the next one', '2027-01-01T21:59', '2027-01-01T22:00'],
    ['is the one that opens', '2027-01-01T22:00', '2027-01-01T22:00'],
    ['is the open one', '2027-01-02T01:44', '2027-01-01T22:00'],
    ['is over at its latest start, before its end', '2027-01-02T01:45', '2027-01-02T22:00'],
  ])('%s', (_, from, begin) => {
    const { window: first } = firstWindow(nightly, [], ms(from), ms(from) + 30 * DAY);
    expect(first && utc(first.begin)).toBe(begin);
    expect(first && first.end - first.latestStart).toBe(15 * 60_000);
  });

  it('that begins when the time asked for is over is not told', () => {
    expect(spans(nightly, '2027-01-01T12:00', '2027-01-02T22:00')).toEqual([
      '2027-01-01T22:00/2027-01-02T02:00',
    ]);
    expect(firstWindow(nightly, [], ms('2027-01-01T12:00'), ms('2027-01-01T22:00'))).toEqual({
      frozenBy: [],
    });
  });

  it('without a cutoff may be started in until its end', () => {
    const [first] = windowsFrom(window('220000+0000', '020000+0000'), [], ms('2027-01-01T12:00'), Infinity);
    expect(first && utc(first.latestStart)).toBe('2027-01-02T02:00');
  });

  it('of a whole day follows the one of the day before', () => {
    expect(spans(window('010000+0000', '010000+0000'), '2027-01-01T01:00', '2027-01-02T02:00')).toEqual([
      '2027-01-01T01:00/2027-01-02T01:00',
      '2027-01-02T01:00/2027-01-03T01:00',
    ]);
  });

  it('may end by another offset than it begins', () => {
    expect(spans(window('220000+0000', '020000+0100'), '2027-01-01T12:00', '2027-01-02T12:00')).toEqual([
      '2027-01-01T22:00/2027-01-02T01:00',
    ]);
  });

  it('is refused when it was stored unreadably', () => {
    const unreadable = [
      window('noon', '130000+0000'),
      window('220000', '020000'),
      window('220000+0000', '020000+0000', 'Europe/Berlin'),
      window('220000', '020000', 'Mars/Olympus'),
      window('220000+0000', '020000+0000', { days: [] }),
    ];
    for (const definition of unreadable) {
      expect(() => [...windowsFrom(definition, [], 0, DAY)]).toThrow(RangeError);
    }
  });

  it('beyond the years of a Date is none', () => {
    expect([...windowsFrom(window('220000', '020000', 'Europe/Berlin'), [], 8.64e15, Infinity)]).toEqual([]);
  });
});

describe('days', () => {
  const from = '2027-01-01T00:00';
  const until = '2027-01-08T00:00';

  it.each<[string, Weekday[], WindowDefinition, string[]]>([
    [
      'name the day of the begin, when midnight lies between',
      ['Sat'],
      window('220000+0000', '040000+0000'),
      ['2027-01-02T22:00/2027-01-03T04:00'],
    ],
    [
      'are those of the zone, east of UTC',
      ['Sat'],
      window('080000', '090000', 'Pacific/Auckland'),
      ['2027-01-01T19:00/2027-01-01T20:00'],
    ],
    [
      'are those of the zone, west of UTC',
      ['Sat'],
      window('200000', '210000', 'America/Los_Angeles'),
      ['2027-01-03T04:00/2027-01-03T05:00'],
    ],
    [
      'are those of the offset +14:00',
      ['Sat'],
      window('000000+1400', '010000+1400'),
      ['2027-01-01T10:00/2027-01-01T11:00'],
    ],
    [
      'are those of the offset -14:00',
      ['Sat'],
      window('233000-1400', '003000-1400'),
      ['2027-01-03T13:30/2027-01-03T14:30'],
    ],
    [
      'are those of the offset of the begin',
      ['Sat'],
      window('003000+0200', '000000+0000'),
      ['2027-01-01T22:30/2027-01-02T00:00'],
    ],
    [
      'may be several',
      ['Mon', 'Wed'],
      window('120000+0000', '130000+0000'),
      ['2027-01-04T12:00/2027-01-04T13:00', '2027-01-06T12:00/2027-01-06T13:00'],
    ],
  ])('%s', (_, days, definition, expected) => {
    expect(spans({ ...definition, days }, from, until)).toEqual(expected);
  });

  it('have a leap day among them, and the end of a year', () => {
    const tuesdays = { ...window('230000', '010000', 'Europe/Berlin'), days: ['Tue' as const] };
    expect(spans(tuesdays, '2028-02-27T00:00', '2028-03-02T00:00')).toEqual([
      '2028-02-29T22:00/2028-03-01T00:00',
    ]);
    expect(spans(window('233000+0000', '003000+0000'), '2028-12-31T12:00', '2029-01-01T12:00')).toEqual([
      '2028-12-31T23:30/2029-01-01T00:30',
    ]);
  });
});

describe('in the nights in which the clock changes', () => {
  it.each([
    // 02:30 is skipped: it begins at 03:00 and lasts its two hours, until 05:00 on the wall.
    ['Europe/Berlin', '2027-03-28', '023000', '043000', '2027-03-28T01:00/2027-03-28T03:00'],
    // Four hours, which end at 05:00 on the wall.
    ['Europe/Berlin', '2027-03-28', '000000', '040000', '2027-03-27T23:00/2027-03-28T03:00'],
    // The first 02:30; and four hours end at 03:00 on the wall.
    ['Europe/Berlin', '2027-10-31', '023000', '043000', '2027-10-31T00:30/2027-10-31T02:30'],
    ['Europe/Berlin', '2027-10-31', '000000', '040000', '2027-10-30T22:00/2027-10-31T02:00'],
    ['America/New_York', '2027-03-14', '023000', '033000', '2027-03-14T07:00/2027-03-14T08:00'],
    ['America/New_York', '2027-11-07', '013000', '023000', '2027-11-07T05:30/2027-11-07T06:30'],
    ['Australia/Lord_Howe', '2027-10-03', '021500', '031500', '2027-10-02T15:30/2027-10-02T16:30'],
    ['Australia/Lord_Howe', '2027-04-04', '014500', '024500', '2027-04-03T14:45/2027-04-03T15:45'],
    ['America/St_Johns', '2027-03-14', '021500', '031500', '2027-03-14T05:30/2027-03-14T06:30'],
    ['America/St_Johns', '2027-11-07', '011500', '021500', '2027-11-07T03:45/2027-11-07T04:45'],
    // Saturday's window, though the clock springs from 23:00 right to Sunday.
    ['America/Nuuk', '2027-03-27', '233000', '003000', '2027-03-28T01:00/2027-03-28T02:00'],
    ['Africa/Cairo', '2027-04-30', '000000', '010000', '2027-04-29T22:00/2027-04-29T23:00'],
    ['Asia/Kathmandu', '2027-03-28', '023000', '033000', '2027-03-27T20:45/2027-03-27T21:45'],
  ])('%s on %s: %s to %s is %s', (zone, date, begin, end, expected) => {
    const day = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: 'UTC' }).format(
      Date.parse(date),
    );
    const definition = { ...window(begin, end, zone), days: WEEKDAYS.filter((one) => one === day) };
    const noon = Date.parse(date) + DAY / 2;
    const found = [...windowsFrom(definition, [], noon - 1.5 * DAY, noon + 1.5 * DAY)];
    expect(found.map((piece) => `${utc(piece.begin)}/${utc(piece.end)}`)).toEqual([expected]);
  });

  it('a window does not drift: it begins at 22:00 on the wall all year, whatever the hour in UTC', () => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    const year = [
      ...windowsFrom(
        window('220000', '020000', 'Europe/Berlin'),
        [],
        ms('2027-01-01T12:00'),
        ms('2028-01-01T12:00'),
      ),
    ];
    expect(year).toHaveLength(365);
    expect(new Set(year.map(({ begin }) => format.format(begin)))).toEqual(new Set(['22:00']));
    expect(new Set(year.map(({ begin }) => utc(begin).slice(11)))).toEqual(new Set(['21:00', '20:00']));
  });

  it('a date that a zone leaves out has no window', () => {
    expect(spans(window('000000', '040000', 'Pacific/Apia'), '2011-12-29T15:00', '2011-12-31T12:00')).toEqual(
      ['2011-12-30T10:00/2011-12-30T14:00', '2011-12-31T10:00/2011-12-31T14:00'],
    );
  });

  it('a window from before a date that is left out is open after it', () => {
    expect(spans(window('230000', '225900', 'Pacific/Apia'), '2011-12-31T08:00', '2011-12-31T08:30')).toEqual(
      ['2011-12-30T09:00/2011-12-31T08:59'],
    );
  });

  it('a window that is longer than its day is shortened by nothing, and the next one begins meanwhile', () => {
    const long = window('030000', '025900', 'Europe/Berlin');
    const freezes = [frozen('gap', '2027-03-28T00:30', '2027-03-28T01:30')];
    expect(spans(long, '2027-03-27T12:00', '2027-03-28T12:00', freezes)).toEqual([
      '2027-03-27T02:00/2027-03-28T00:30',
      '2027-03-28T01:30/2027-03-28T01:59',
      '2027-03-28T01:30/2027-03-29T00:59',
    ]);
    const short = [frozen('short', '2027-03-28T01:10', '2027-03-28T01:20')];
    expect(spans(long, '2027-03-27T12:00', '2027-03-28T12:00', short)).toEqual([
      '2027-03-27T02:00/2027-03-28T01:10',
      '2027-03-28T01:00/2027-03-28T01:10',
      '2027-03-28T01:20/2027-03-28T01:59',
      '2027-03-28T01:20/2027-03-29T00:59',
    ]);
  });
});

describe('the zone of the machine', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is never asked for', () => {
    const local = ['getDay', 'getDate', 'getMonth', 'getFullYear', 'getHours', 'getTimezoneOffset'] as const;
    for (const method of local) {
      vi.spyOn(Date.prototype, method).mockImplementation(() => {
        throw new Error(`${method} depends on where the machine is`);
      });
    }
    expect(
      spans(window('220000', '020000', 'America/New_York'), '2027-03-13T00:00', '2027-03-15T12:00'),
    ).toEqual([
      '2027-03-13T03:00/2027-03-13T07:00',
      '2027-03-14T03:00/2027-03-14T07:00',
      '2027-03-15T02:00/2027-03-15T06:00',
    ]);
  });
});

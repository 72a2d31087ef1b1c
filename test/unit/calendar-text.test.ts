import ICAL from 'ical.js';
import { expect, it } from 'vitest';
import { calendarText, MOST_WINDOWS } from '../../src/api/routes/upgrades/calendar/calendar-text.ts';
import type { ComingWindow } from '../../src/db/repositories/upgrades/calendar-repository.ts';

const ID = '07089b96-8e31-49a4-96d0-f8288253c804';
const OPERATION = '17089b96-8e31-49a4-96d0-f8288253c804';

function window(changes: Partial<ComingWindow> = {}): ComingWindow {
  return {
    operationID: OPERATION,
    orchestrationID: ID,
    type: 'upgradeKyma',
    shootName: 'c-1234',
    version: '2.20.5',
    begin: '2030-01-01T22:00:00.000000Z',
    end: '2030-01-02T02:00:00.000000Z',
    createdAt: '2030-01-01T03:04:05.678901Z',
    updatedAt: '2030-01-01T03:05:05.978901Z',
    ...changes,
  };
}

/** As another program reads it. */
function read(text: string): { calendar: ICAL.Component; events: ICAL.Event[] } {
  const calendar = new ICAL.Component(ICAL.parse(text) as ConstructorParameters<typeof ICAL.Component>[0]);
  return { calendar, events: calendar.getAllSubcomponents('vevent').map((each) => new ICAL.Event(each)) };
}

it('is a calendar that other programs can read', async () => {
  const text = await calendarText([window()], 'https://drydock.example.com');
  expect(text.replaceAll('\r\n', '\n')).toMatchInlineSnapshot(`
    "BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Drydock//Coming windows//EN
    NAME:Drydock: coming windows
    X-WR-CALNAME:Drydock: coming windows
    X-WR-CALDESC:Maintenance windows of upgrades that wait
    REFRESH-INTERVAL;VALUE=DURATION:PT1H
    X-PUBLISHED-TTL:PT1H
    BEGIN:VEVENT
    UID:17089b96-8e31-49a4-96d0-f8288253c804
    SEQUENCE:60
    DTSTAMP:20300101T030505Z
    DTSTART:20300101T220000Z
    DTEND:20300102T020000Z
    SUMMARY:Kyma upgrade of c-1234 to 2.20.5
    DESCRIPTION:Orchestration 07089b96-8e31-49a4-96d0-f8288253c804
    URL;VALUE=URI:https://drydock.example.com/ui/orchestrations/07089b96-8e31-
     49a4-96d0-f8288253c804/operations/17089b96-8e31-49a4-96d0-f8288253c804
    CREATED:20300101T030405Z
    LAST-MODIFIED:20300101T030505Z
    END:VEVENT
    END:VCALENDAR
    "
  `);
  // Each line ends with CR and LF, and has 75 bytes at most (RFC 5545, 3.1).
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  const [event] = read(text).events;
  expect(event?.startDate.toJSDate().toISOString()).toBe('2030-01-01T22:00:00.000Z');
  expect(event?.endDate.toJSDate().toISOString()).toBe('2030-01-02T02:00:00.000Z');
  const link = event?.component.getFirstPropertyValue('url');
  expect(link).toBe(`https://drydock.example.com/ui/orchestrations/${ID}/operations/${OPERATION}`);
});

it('names what is upgraded, and to which version', async () => {
  const windows = [
    window(),
    window({ version: null }),
    window({ type: 'upgradeCluster', version: '1.31.2, gardenlinux 1' }),
  ];
  expect(read(await calendarText(windows)).events.map(({ summary }) => summary)).toEqual([
    'Kyma upgrade of c-1234 to 2.20.5',
    'Kyma upgrade of c-1234',
    'Cluster upgrade of c-1234 to 1.31.2, gardenlinux 1',
  ]);
});

it('keeps the UID of a window that is moved, with a higher SEQUENCE', async () => {
  const before = read(await calendarText([window()])).events[0];
  const moved = window({ begin: '2030-01-03T22:00:00.000000Z', updatedAt: '2030-01-01T04:04:05.678901Z' });
  const after = read(await calendarText([moved])).events[0];
  expect([before?.uid, before?.sequence]).toEqual([OPERATION, 60]);
  expect([after?.uid, after?.sequence]).toEqual([OPERATION, 3_600]);
  expect(String(after?.component.getFirstPropertyValue('last-modified'))).toBe('2030-01-01T04:04:05Z');
});

it.each([
  'a\r\nEND:VEVENT\r\nBEGIN:VALARM',
  'a; b, c \\ d: "e"',
  '\u2028x\u0000y\u001B[31m\u202E',
  'ä€😀'.repeat(40),
])('keeps %j a text', async (words) => {
  const { calendar, events } = read(
    await calendarText([window({ shootName: words, version: words }), window()]),
  );
  const shown = words.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
  expect(events.map(({ summary }) => summary)).toEqual([
    `Kyma upgrade of ${shown} to ${shown}`,
    'Kyma upgrade of c-1234 to 2.20.5',
  ]);
  expect(calendar.getAllSubcomponents()).toHaveLength(2);
});

it('says when more follow than it shows, and only then', async () => {
  const windows = Array.from({ length: MOST_WINDOWS }, (_, at) => window({ operationID: `operation-${at}` }));
  const description = (text: string): unknown => read(text).calendar.getFirstPropertyValue('x-wr-caldesc');
  expect(description(await calendarText([]))).toBe('Maintenance windows of upgrades that wait');
  expect(description(await calendarText(windows))).toBe('Maintenance windows of upgrades that wait');
  const more = await calendarText([...windows, window()]);
  expect(description(more)).toBe(
    'Maintenance windows of upgrades that wait: the first 1000 until 2030-01-01T22:00Z. More follow that are not shown',
  );
  expect(read(more).events).toHaveLength(MOST_WINDOWS);
});

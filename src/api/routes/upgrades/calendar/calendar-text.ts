/** Coming windows as iCalendar (RFC 5545). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import ical, { foldLines } from 'ical-generator';
import type { ComingWindow } from '../../../../db/repositories/upgrades/calendar-repository.ts';
import { onOneLine } from '../../../../domain/texts.ts';
import { minuteOf } from '../../../../domain/upgrades/windows.ts';

/** Windows that a calendar has at the most. */
export const MOST_WINDOWS = 1_000;
/** Seconds after which a calendar that is subscribed to is read again. */
const READ_AGAIN_SECONDS = 3_600;

/** Events that are written without a break, which takes some milliseconds. */
const EVENTS_AT_ONCE = 10;
const END = 'END:VCALENDAR';

/**
 * The calendar of the first {@link MOST_WINDOWS} of these, the earliest first. An operation keeps its UID however often its window is moved, and each change has a
 * higher SEQUENCE, so that the event is moved, too. `publicURL` is the beginning of links, without a slash at its end; without it events have none.
 */
export async function calendarText(windows: readonly ComingWindow[], publicURL?: string): Promise<string> {
  const shown = windows.slice(0, MOST_WINDOWS);
  const calendar = ical({
    prodId: { company: 'Drydock', product: 'Coming windows', language: 'EN' },
    name: 'Drydock: coming windows',
    description: describe(shown, windows.length > shown.length),
    ttl: READ_AGAIN_SECONDS,
  });
  const [head = ''] = calendar.toString().split(END);
  const pieces = [head];
  for (let at = 0; at < shown.length; at += EVENTS_AT_ONCE) {
    const some = shown.slice(at, at + EVENTS_AT_ONCE);
    const events = some.map((window) => calendar.createEvent(eventOf(window, publicURL)).toString());
    pieces.push(foldLines(events.join('')));
    // Others are answered in between: a full calendar takes some tenths of a second.
    await nextTurn();
  }
  return `${pieces.join('')}${END}\r\n`;
}

/** Without commas and semicolons: the package writes it as it stands, and programs read it as it stands. */
function describe(shown: readonly ComingWindow[], areMore: boolean): string {
  const what = 'Maintenance windows of upgrades that wait';
  if (!areMore) return what;
  const last = shown.at(-1);
  return `${what}: the first ${MOST_WINDOWS} until ${last ? minuteOf(last.begin) : 'now'}. More follow that are not shown`;
}

function eventOf(window: ComingWindow, publicURL: string | undefined) {
  const { operationID, orchestrationID, begin, end, createdAt, updatedAt } = window;
  const lastModified = new Date(updatedAt);
  const link = publicURL && `${publicURL}/ui/orchestrations/${orchestrationID}/operations/${operationID}`;
  return {
    id: operationID,
    // Whole seconds since it was planned: it never falls, and it rises with what LAST-MODIFIED tells.
    sequence: Math.max(0, Math.floor((Date.parse(updatedAt) - Date.parse(createdAt)) / 1_000)),
    // Without a METHOD it is the time of the last change (RFC 5545, 3.8.7.2): the same rows give the same text.
    ...{ stamp: lastModified, created: new Date(createdAt), lastModified },
    ...{ start: new Date(begin), end: new Date(end) },
    summary: summaryOf(window),
    description: `Orchestration ${orchestrationID}`,
    ...(link !== undefined && link !== '' && { url: link }),
  };
}

function summaryOf({ type, shootName, version }: ComingWindow): string {
  const what = type === 'upgradeKyma' ? 'Kyma' : 'Cluster';
  return onOneLine(`${what} upgrade of ${shootName}${version === null ? '' : ` to ${version}`}`);
}

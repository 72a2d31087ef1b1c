/** Times and numbers as people read them. Pure: the present time and the zone are given. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something is, in its largest unit that fits: `40 s`, `12 min`, `5 h`, `3 d`. */
export function lengthOf(ms: number): string {
  const long = Math.abs(ms);
  if (long < 90_000) return `${Math.round(long / 1_000)} s`;
  if (long < 90 * MINUTE) return `${Math.round(long / MINUTE)} min`;
  if (long < 36 * HOUR) return `${Math.round(long / HOUR)} h`;
  return `${Math.round(long / DAY)} d`;
}

/** How far a moment is away: `in 5 h`, `3 min ago`, `now`. */
export function distanceOf(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 10_000) return 'now';
  return ms > 0 ? `in ${lengthOf(ms)}` : `${lengthOf(ms)} ago`;
}

/** The zone by its city, as people call it: `Berlin` of `Europe/Berlin`. */
function cityOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** Time of day with its zone, and with the day unless it is today: `22:00 Berlin`, `Sun 29 Nov 22:00 Berlin`. */
export function clockOf(at: number, now: number, zone: string): string {
  const time = part(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const isToday = dayOf(at, zone) === dayOf(now, zone);
  return `${isToday ? '' : `${dayOf(at, zone)} `}${time} ${cityOf(zone)}`;
}

/** Likewise without the zone and with seconds, for rows of a table whose head names the zone. */
export function rowClockOf(at: number, now: number, zone: string): string {
  const time = part(at, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return dayOf(at, zone) === dayOf(now, zone) ? time : `${dayOf(at, zone)} ${time}`;
}

function dayOf(at: number, zone: string): string {
  return part(at, zone, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
}

function part(at: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(at);
}

/** The earliest of the times of several reads, or null before all of them; 0 stands for what was never read. */
export function oldestOf(readAt: readonly number[]): number | null {
  const read = readAt.filter((at) => at > 0);
  return read.length > 0 ? Math.min(...read) : null;
}

/** A whole number with separators of thousands. */
export function numberOf(count: number): string {
  return new Intl.NumberFormat('en-GB').format(count);
}

/** `1 runtime`, `3 runtimes`. */
export function countOf(count: number, what: string): string {
  return `${numberOf(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** The part of a whole in percent with one digit, rounded, but neither to nothing nor to all where it is not: `39.9 %`. */
export function shareOf(count: number, total: number): string {
  if (total === 0 || count === 0) return '0 %';
  const rounded = Math.round((count / total) * 1_000) / 10;
  const percent = count === total ? 100 : Math.min(Math.max(rounded, 0.1), 99.9);
  return `${percent % 1 === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

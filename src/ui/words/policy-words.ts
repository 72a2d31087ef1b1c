/** A maintenance policy in the words of people. Pure. */
import type { components } from '../rest-types.ts';
import { zoneName } from './zone-windows.ts';

type Policy = components['schemas']['MaintenancePolicy'];
type Rule = NonNullable<Policy['rules']>[number];
type Window = Omit<Rule, 'match'>;

const WEEK = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `every day`, `Mon–Thu`, `Sat, Sun`: days in a row by the first and the last of them. */
export function daysOf({ days }: Pick<Window, 'days'>): string {
  const chosen = WEEK.filter((day) => !days || days.length === 0 || days.includes(day));
  if (chosen.length === WEEK.length) return 'every day';
  const runs: string[][] = [];
  for (const day of chosen) {
    const last = runs.at(-1);
    const before = last?.at(-1);
    if (last && before && WEEK.findIndex((one) => one === before) === WEEK.indexOf(day) - 1) last.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) => (run.length > 2 ? `${run[0] ?? ''}–${run.at(-1) ?? ''}` : run.join(', ')))
    .join(', ');
}

/** `22:00 to 02:00`, with the offset where one of the two times has another one than the begin. */
export function hoursOf({ timeBegin, timeEnd }: Pick<Window, 'timeBegin' | 'timeEnd'>): string {
  const [begin, end] = [timeBegin ?? '', timeEnd ?? ''];
  const isElsewhere = begin.slice(6) !== end.slice(6);
  const hasPassed = end.slice(0, 6) <= begin.slice(0, 6) && !isElsewhere;
  const to = `${timeOf(end)}${isElsewhere ? ` (${offsetOf(end)})` : ''}`;
  return `${timeOf(begin)} to ${to}${hasPassed ? ' the next day' : ''}`;
}

/** The zone by whose clock a window is meant. */
export function zoneOf({ timeZone, timeBegin }: Pick<Window, 'timeZone' | 'timeBegin'>): string {
  return zoneName(timeZone ? timeZone : offsetOf(timeBegin ?? ''));
}

function timeOf(text: string): string {
  const [hours, minutes, seconds] = [text.slice(0, 2), text.slice(2, 4), text.slice(4, 6)];
  return seconds === '00' ? `${hours}:${minutes}` : `${hours}:${minutes}:${seconds}`;
}

/** `+01:00` of `220000+0100`. */
function offsetOf(text: string): string {
  return `${text.slice(6, 9)}:${text.slice(9)}`;
}

const FIELDS = [
  ['plan', 'plan'],
  ['region', 'region'],
  ['globalAccountID', 'global account'],
] as const;

/** Whom an entry is for, as its regular expressions have it; an opt-out may name a runtime instead, told by its Shoot where that is known. */
export function whomOf(
  { match, runtimeID }: Pick<Rule, 'match'> & { runtimeID?: string | null },
  shoots: ReadonlyMap<string, string> = new Map(),
): string {
  if (runtimeID) {
    const shoot = shoots.get(runtimeID);
    return shoot ? `shoot ${shoot}` : `runtime ${runtimeID}`;
  }
  const parts = FIELDS.flatMap(([field, name]) => {
    const pattern = match?.[field];
    return pattern ? [`${name} ${pattern}`] : [];
  });
  return parts.join(' and ') || 'all runtimes';
}

/** A moment of a policy as it was written, with the zone in which it is meant. */
export function momentOf(text: string | null | undefined, timeZone: string | null | undefined): string {
  // A date is its first moment.
  const written = (text ?? '').replace('T', ' ').replace(/^\d{4}-\d\d-\d\d$/, '$& 00:00');
  return timeZone ? `${written} ${timeZone}` : written;
}

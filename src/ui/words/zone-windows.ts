/** The windows of the next day by their zone: rows are zones, never runtimes. Pure. */
import type { components } from '../rest-types.ts';

export const DAY_MS = 86_400_000;

export interface ZoneWindows {
  zone: string;
  runtimes: number;
  /** When at least one is open, in ms since the epoch, in their order; none overlap. */
  open: { begin: number; end: number }[];
  /** The same as shares of the day from now on. */
  parts: { from: number; to: number }[];
}

interface WindowsOfDay {
  /** Those that open first come first. */
  zones: ZoneWindows[];
  /** Runtimes whose next window opens after the day, and when the first of these does; null when there are none. */
  later: { runtimes: number; begin: number } | null;
}

interface Span {
  begin: number;
  end: number;
  runtimes: number;
}

/** UTC has more names than one: by a zone, and by an offset. */
export function zoneName(zone: string): string {
  return /^(?:\+00:00|(?:Etc\/)?(?:UTC|UCT|Universal|Zulu))$/.test(zone) ? 'UTC' : zone;
}

export function windowsOfDay(
  { windows }: Pick<components['schemas']['Fleet'], 'windows'>,
  now: number,
): WindowsOfDay {
  const byZone = new Map<string, Span[]>();
  const later: Omit<Span, 'end'>[] = [];
  for (const { zone, hours, later: rest } of windows?.groups ?? []) {
    const spans = hours
      .map(({ begin, end, runtimes }) => ({ begin: Date.parse(begin), end: Date.parse(end), runtimes }))
      .filter(({ end }) => end > now);
    const ofDay = spans.filter(({ begin }) => begin < now + DAY_MS);
    const name = zoneName(zone);
    if (ofDay.length > 0) byZone.set(name, [...(byZone.get(name) ?? []), ...ofDay]);
    later.push(...spans.filter(({ begin }) => begin >= now + DAY_MS));
    // Of an inventory that was read long ago it may lie within the day, or be over.
    if (rest && Date.parse(rest.begin) >= now + DAY_MS)
      later.push({ begin: Date.parse(rest.begin), runtimes: rest.runtimes });
  }
  return {
    zones: [...byZone]
      .map(([zone, spans]) => rowOf(zone, spans, now))
      .sort((a, b) => beginOf(a) - beginOf(b)),
    later:
      later.length > 0
        ? { runtimes: runtimesOf(later), begin: Math.min(...later.map(({ begin }) => begin)) }
        : null,
  };
}

function rowOf(zone: string, spans: readonly Span[], now: number): ZoneWindows {
  const open = united(spans);
  return {
    ...{ zone, open, runtimes: runtimesOf(spans) },
    parts: open.map(({ begin, end }) => ({ from: shareOf(begin, now), to: shareOf(end, now) })),
  };
}

const beginOf = ({ open }: ZoneWindows): number => open[0]?.begin ?? 0;

const runtimesOf = (spans: readonly { runtimes: number }[]): number =>
  spans.reduce((sum, { runtimes }) => sum + runtimes, 0);

const shareOf = (at: number, now: number): number => Math.min(1, Math.max(0, (at - now) / DAY_MS));

function united(spans: readonly Span[]): { begin: number; end: number }[] {
  const whole: { begin: number; end: number }[] = [];
  for (const { begin, end } of spans.toSorted((a, b) => a.begin - b.begin)) {
    const last = whole.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else whole.push({ begin, end });
  }
  return whole;
}

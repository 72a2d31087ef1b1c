/** The windows of the next day by their zone: rows are zones, never runtimes. Pure. */
import type { components } from '../rest-types.ts';

export const DAY_MS = 86_400_000;

export interface ZoneWindows {
  zone: string;
  runtimes: number;
  /** Runtimes whose next window the answer leaves out, as only the first ones of a group are in it: it may open within the day, too. */
  more: number;
  /** When the first one opens and the last one closes, in ms since the epoch. */
  begin: number;
  end: number;
  /** When at least one is open, as shares of the day from now on; none overlap. */
  parts: { from: number; to: number }[];
}

/** Those that open first come first. */
export function windowsByZone({ windows }: components['schemas']['Fleet'], now: number): ZoneWindows[] {
  const byZone = new Map<string, { begin: number; end: number; runtimes: number }[]>();
  const more = new Map<string, number>();
  for (const { zone, next, nextWindows, runtimes } of windows?.groups ?? []) {
    const spans = next
      .map(({ begin, end, runtimes }) => ({ begin: Date.parse(begin), end: Date.parse(end), runtimes }))
      .filter(({ begin, end }) => begin < now + DAY_MS && end > now);
    if (spans.length > 0) byZone.set(zone, [...(byZone.get(zone) ?? []), ...spans]);
    // They are in their order: behind one that opens later than within the day there is none that opens earlier.
    if (nextWindows > next.length && spans.length === next.length)
      more.set(zone, (more.get(zone) ?? 0) + runtimes - next.reduce((sum, one) => sum + one.runtimes, 0));
  }
  return [...byZone]
    .map(([zone, spans]) => ({
      zone,
      runtimes: spans.reduce((sum, { runtimes }) => sum + runtimes, 0),
      more: more.get(zone) ?? 0,
      begin: Math.min(...spans.map(({ begin }) => begin)),
      end: Math.max(...spans.map(({ end }) => end)),
      parts: united(spans).map(({ begin, end }) => ({ from: shareOf(begin, now), to: shareOf(end, now) })),
    }))
    .sort((a, b) => a.begin - b.begin);
}

const shareOf = (at: number, now: number): number => Math.min(1, Math.max(0, (at - now) / DAY_MS));

function united(spans: { begin: number; end: number }[]): { begin: number; end: number }[] {
  const whole: { begin: number; end: number }[] = [];
  for (const { begin, end } of spans.toSorted((a, b) => a.begin - b.begin)) {
    const last = whole.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else whole.push({ begin, end });
  }
  return whole;
}

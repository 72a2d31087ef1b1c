/**
 * How much of what is possible in one night the order of the loop reaches, next to the order by the begin of windows: 10,000
 * runtimes in five zones, with workers for about one night. Pure: the same numbers on every machine.
 */
import { WEEKDAYS, type WindowDefinition } from '../../domain/upgrades/maintenance-policy.ts';
import { firstWindow, windowsFrom, type OpenWindow } from '../../domain/upgrades/policy-windows.ts';
import { simulate, type Simulation } from '../../domain/upgrades/plan-simulation.ts';
import { fraction } from '../../dev/landscape/deterministic.ts';

/** In the evening of Tokyo, before the first window of a night that goes around the world. */
const FROM_MS = Date.parse('2026-01-14T10:00:00Z');
const UNTIL_MS = FROM_MS + 14 * 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SEED = 20_260_114;

const ZONES = ['Asia/Tokyo', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles'];
/** Nights, evenings and an hour past midnight; each zone has some of all. */
const TIMES = [
  { timeBegin: '200000', timeEnd: '060000' },
  { timeBegin: '220000', timeEnd: '020000' },
  { timeBegin: '000000', timeEnd: '020000' },
];
const SHORTEST_MINUTES = 20;
const LONGEST_MINUTES = 40;

interface SizedRuntime {
  definition: WindowDefinition;
  /** Its first one, of which all begins still lie ahead. */
  window: OpenWindow;
  durationMs: number;
}

/** The use that an order makes of the first night. */
export interface OrderResult {
  order: 'latest start' | 'begin';
  /** Hours of workers that upgrades take within the first windows of their runtimes. */
  workerHours: number;
  /** Upgrades that begin in the first window of their runtime. */
  firstNight: number;
  /** Hours from the first begin to the last end. */
  hours: number;
}

export interface OrderComparison {
  runtimes: number;
  workers: number;
  /** The most hours of workers within first windows that any order could reach, even one that interrupts upgrades. */
  boundHours: number;
  results: OrderResult[];
}

export function compareOrders(runtimes: number): OrderComparison {
  const fleet = sizedFleet(runtimes);
  const work = fleet.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const workers = Math.max(1, Math.round(work / lengthOf(fleet.map(({ window }) => window))));
  const results = (['latest start', 'begin'] as const).map((order) => {
    const input = { operations: fleet, workers, order, fromMs: FROM_MS, untilMs: UNTIL_MS };
    const durations = ({ durationMs }: SizedRuntime): number => durationMs;
    return measured(order, fleet, simulate({ ...input, durations, nextWindow: nextWindows(fleet) }));
  });
  return { runtimes, workers, boundHours: bound(fleet, workers) / HOUR_MS, results };
}

function sizedFleet(runtimes: number): SizedRuntime[] {
  const kinds = ZONES.flatMap((timeZone) => TIMES.map((times) => kindOf({ ...times, timeZone })));
  return Array.from({ length: runtimes }, (_, index) => {
    const kind = kinds[Math.floor(fraction(SEED, index, 1) * kinds.length)];
    const minutes = Math.round(
      SHORTEST_MINUTES + fraction(SEED, index, 2) * (LONGEST_MINUTES - SHORTEST_MINUTES),
    );
    return kind ? [{ ...kind, durationMs: minutes * MINUTE_MS }] : [];
  }).flat();
}

function kindOf(times: Omit<WindowDefinition, 'days' | 'cutoff'>): Omit<SizedRuntime, 'durationMs'> {
  const definition: WindowDefinition = { days: [...WEEKDAYS], ...times, cutoff: '30m' };
  for (const window of windowsFrom(definition, [], FROM_MS, UNTIL_MS))
    if (window.begin >= FROM_MS) return { definition, window };
  throw new Error(`No window of ${JSON.stringify(definition)} begins within two weeks`);
}

/** Of the runtimes with one definition, what is over at one instant shares the answer. */
function nextWindows(
  fleet: readonly SizedRuntime[],
): (index: number, afterMs: number) => OpenWindow | undefined {
  const known = new Map<WindowDefinition, { afterMs: number; window: OpenWindow | undefined }>();
  return (index, afterMs) => {
    const definition = fleet[index]?.definition;
    if (!definition) return undefined;
    const last = known.get(definition);
    if (last?.afterMs === afterMs) return last.window;
    const { window } = firstWindow(definition, [], afterMs, UNTIL_MS);
    known.set(definition, { afterMs, window });
    return window;
  };
}

function measured(
  order: OrderResult['order'],
  fleet: readonly SizedRuntime[],
  { spans, overall }: Simulation,
): OrderResult {
  let worked = 0;
  let firstNight = 0;
  for (const [index, { window }] of fleet.entries()) {
    const span = spans[index];
    if (!span || span.begin >= window.end) continue;
    firstNight += 1;
    worked += Math.min(span.end, window.end) - span.begin;
  }
  const hours = overall ? (overall.end - overall.begin) / HOUR_MS : 0;
  return { order, workerHours: worked / HOUR_MS, firstNight, hours };
}

/**
 * The largest flow of work into the time of workers, in ms: by the theorem of Ford and Fulkerson the smallest cut, over all sets of
 * windows: the time of workers in the set, and the work of the runtimes whose windows are not in it.
 */
function bound(fleet: readonly SizedRuntime[], workers: number): number {
  const work = new Map<OpenWindow, number>();
  for (const { window, durationMs } of fleet) work.set(window, (work.get(window) ?? 0) + durationMs);
  const windows = [...work].sort(([a], [b]) => a.begin - b.begin);
  let smallest = Infinity;
  for (let set = 0; set < 2 ** windows.length; set++) {
    const isIn = (index: number): boolean => ((set >> index) & 1) === 1;
    const time = workers * lengthOf(windows.filter((_, index) => isIn(index)).map(([window]) => window));
    const rest = windows.reduce((sum, [, ms], index) => (isIn(index) ? sum : sum + ms), 0);
    smallest = Math.min(smallest, time + rest);
  }
  return smallest;
}

/** The time in which at least one of them is open, in ms. */
function lengthOf(windows: readonly OpenWindow[]): number {
  const inOrder = [...new Set(windows)].sort((a, b) => a.begin - b.begin);
  let length = 0;
  let until = -Infinity;
  for (const { begin, end } of inOrder) {
    length += Math.max(0, end - Math.max(begin, until));
    until = Math.max(until, end);
  }
  return length;
}

/** A table for people. */
export function describeOrders({ runtimes, workers, boundHours, results }: OrderComparison): string {
  const hours = (value: number): string => value.toFixed(1).padStart(9);
  const rows = results.map(({ order, workerHours, firstNight, hours: until }) =>
    [
      `by ${order}`.padEnd(24),
      hours(workerHours),
      `${((100 * workerHours) / boundHours).toFixed(1)} %`.padStart(9),
      String(firstNight).padStart(12),
      hours(until),
    ].join(''),
  );
  return [
    `${runtimes} runtimes in ${ZONES.length} zones, ${workers} workers`,
    `${'first night'.padEnd(24)}${'hours'.padStart(9)}${'of bound'.padStart(9)}${'upgrades'.padStart(12)}${'ends at'.padStart(9)}`,
    `${'bound'.padEnd(24)}${hours(boundHours)}`,
    ...rows,
  ].join('\n');
}

import { describe, expect, it } from 'vitest';
import {
  simulate,
  simulateInSlices,
  type Simulation,
} from '../../../../src/domain/upgrades/plan-simulation.ts';
import { LINES_IN_SLICE } from '../../../../src/domain/slices.ts';
import { TakenKeys } from '../../../../src/domain/upgrades/limits.ts';
import { LEAD_MS } from '../../../../src/domain/upgrades/loop-steps.ts';
import {
  DecidedRun,
  MINUTE,
  crowdedFleet,
  seededFleet,
  timedFleet,
  walkMinutes,
  type Start,
  type TimedFleet,
  type TimedOperation,
} from './simulated-fleet.ts';
import { many, seeds } from '../../../support/seeds.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SEEDS = Array.from({ length: seeds(2_000) }, (_, seed) => seed);

/** A window from one hour to another, every day. */
function inWindow(begin: number, latestStart: number, minutes: number): TimedOperation {
  return { window: { begin: begin * HOUR, latestStart: latestStart * HOUR }, minutes, everyMs: DAY };
}

const atOnce = (minutes: number): TimedOperation => ({ minutes, everyMs: DAY });

/** Begins and ends in hours, in the order of the plan; null for what finds no window. */
function hoursOf(fleet: TimedFleet): ([number, number] | null)[] {
  return simulate(fleet).spans.map((span) => (span ? [span.begin / HOUR, span.end / HOUR] : null));
}

function fleet(operations: TimedOperation[], rest: Partial<TimedFleet> = {}): TimedFleet {
  return { ...timedFleet(operations, { workers: 1, fromMs: 0, untilMs: 3 * DAY }), ...rest };
}

function startsOf(input: TimedFleet): Start[] {
  const { order, spans } = simulate(input);
  return order.map((index) => ({ index, begin: NaN, end: NaN, ...spans[index] }));
}

/** With the number of times that it was put down for a while. */
function inSlices(input: TimedFleet): Simulation & { slices: number } {
  const work = simulateInSlices(input);
  let slices = 0;
  let step = work.next();
  for (; !step.done; step = work.next()) slices += 1;
  return { ...step.value, slices };
}

describe('what a simulated plan does', () => {
  it('carries out what begins at once in its order, as many at a time as there are workers', () => {
    const input = fleet([atOnce(60), atOnce(120), atOnce(60)], { workers: 2 });
    expect(hoursOf(input)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(simulate(input)).toMatchObject({
      order: [0, 1, 2],
      overall: { begin: 0, end: 2 * HOUR },
      unplaced: 0,
    });
  });

  it('prefers the earliest latest start, whenever its window began', () => {
    expect(hoursOf(fleet([inWindow(1, 9, 60), inWindow(1, 3, 60)]))).toEqual([
      [2, 3],
      [1, 2],
    ]);
  });

  it('prefers the earliest begin when it is told to, to be compared', () => {
    const [late, early] = [inWindow(1, 3, 60), inWindow(0, 9, 60)];
    const orderBy = (order: TimedFleet['order']): number[] =>
      simulate(fleet([late, early], { fromMs: 1.5 * HOUR, order })).order;
    expect(orderBy('begin')).toEqual([1, 0]);
    expect(orderBy('latest start')).toEqual([0, 1]);
  });

  it('starts nothing at its latest start, but in the next window, and then before what has missed none', () => {
    const [first, second, third] = [inWindow(1, 2, 60), inWindow(1, 2, 60), inWindow(25, 26, 60)];
    expect(hoursOf(fleet([first, second]))).toEqual([
      [1, 2],
      [25, 26],
    ]);
    expect(hoursOf(fleet([third, first, second]))).toEqual([
      [49, 50],
      [1, 2],
      [25, 26],
    ]);
  });

  it('leaves out what finds no window that begins in time', () => {
    const input = fleet([inWindow(1, 2, 60), inWindow(1, 2, 60)], { untilMs: 25 * HOUR });
    expect(hoursOf(input)).toEqual([[1, 2], null]);
    expect(simulate(input)).toMatchObject({ order: [0], unplaced: 1 });
    expect(hoursOf({ ...input, untilMs: 25 * HOUR + 1 })).toEqual([
      [1, 2],
      [25, 26],
    ]);
  });

  it('lets what has missed its window sleep in a slot at once when the next one is as near as the loop starts children', () => {
    const everyTwoHours = (minutes: number): TimedOperation => ({
      window: { begin: HOUR, latestStart: 3 * HOUR - LEAD_MS },
      minutes,
      everyMs: 2 * HOUR,
    });
    // The slot is free at the very instant from which the next window is near enough.
    const [holder, missed] = [everyTwoHours(240 - LEAD_MS / MINUTE), everyTwoHours(60)];
    expect(hoursOf(fleet([holder, missed, inWindow(5, 9, 60)]))).toEqual([
      [1, 5 - LEAD_MS / HOUR],
      [5, 6],
      [6, 7],
    ]);
  });

  it('looks for no other window of what has begun, at once or after a sleep', () => {
    const input = fleet([inWindow(0, 2, 180), inWindow(1, 2, 120)], { workers: 2 });
    let looks = 0;
    const nextWindow: TimedFleet['nextWindow'] = (...of) => {
      looks += 1;
      return input.nextWindow(...of);
    };
    expect(hoursOf({ ...input, nextWindow })).toEqual([
      [0, 3],
      [1, 3],
    ]);
    expect(looks).toBe(0);
  });

  it('keeps a slot for what sleeps in it, however soon the window of another one is over', () => {
    const opens = (begin: number, latestStart: number): TimedOperation => ({
      window: { begin: begin * MINUTE, latestStart: latestStart * MINUTE },
      minutes: 10,
      everyMs: DAY,
    });
    const begins = (second: TimedOperation): number[] =>
      simulate(fleet([opens(60, 600), second])).spans.map((span) => (span?.begin ?? NaN) / MINUTE);
    // Both are due five minutes before.
    expect(begins(opens(60, 64))).toEqual([70, 60]);
    expect(begins(opens(61, 64))).toEqual([60, 1501]);
    expect(begins(opens(61, 71))).toEqual([60, 70]);
  });

  it('lets what can begin go before what would only sleep in its slot', () => {
    const sleeper = { window: { begin: 2 * MINUTE, latestStart: HOUR }, minutes: 10, everyMs: DAY };
    const { order } = simulate(fleet([sleeper, inWindow(0, 9, 10)]));
    expect(order).toEqual([1, 0]);
  });

  it('leaves the room of a key to the next one when the one that it was for misses its window', () => {
    const within = (
      begin: number,
      latestStart: number,
      minutes: number,
      region?: string,
    ): TimedOperation => ({
      window: { begin: begin * MINUTE, latestStart: latestStart * MINUTE },
      minutes,
      everyMs: DAY,
      ...(region && { keys: { region } }),
    });
    // The second one has room from the tenth minute on, when others take all slots until its window is over.
    const operations = [within(0, 1, 10, 'eu'), within(0, 30, 10, 'eu'), within(0, 200, 10, 'eu')];
    operations.push(within(10, 12, 60), within(10, 12, 60));
    const input = fleet(operations, { workers: 2, limits: { perRegion: 1 } });
    const begins = simulate(input).spans.map((span) => (span?.begin ?? NaN) / MINUTE);
    expect(begins).toEqual([0, DAY / MINUTE, 70, 10, 10]);
    expect(startsOf(input)).toEqual(walkMinutes(input));
  });

  it('comes in slices, so that others get their turn in each part of the work', () => {
    const slicesOf = (operations: TimedOperation[], rest: Partial<TimedFleet>): number =>
      inSlices(fleet(operations, rest)).slices;
    const three = (one: TimedOperation): TimedOperation[] =>
      Array<TimedOperation>(3 * LINES_IN_SLICE).fill(one);
    const workers = 3 * LINES_IN_SLICE;
    // Each is put to its series, and started.
    expect(slicesOf(three(atOnce(1)), { workers, series: () => 'one' })).toBe(6);
    // A series of its own awaits its window.
    expect(slicesOf(three(atOnce(1)), { workers })).toBe(9);
    // It comes due, and it can begin.
    expect(slicesOf(three(inWindow(1, 2, 1)), { workers })).toBe(15);
    // None of them is started, and all miss their windows.
    expect(slicesOf([...three(inWindow(1, 2, 1)), atOnce(180)], { untilMs: DAY })).toBe(15);
  });

  it('has nothing to say of an empty plan', () => {
    expect(simulate(fleet([]))).toEqual({ spans: [], order: [], unplaced: 0 });
  });

  it('refuses numbers that cannot be meant', () => {
    const one = [inWindow(0, 1, 60)];
    expect(() => simulate(fleet(one, { workers: 0 }))).toThrow('0 workers carry nothing out');
    expect(() => simulate(fleet(one, { durations: () => NaN }))).toThrow('Operation 0 takes NaN ms');
    expect(() => simulate(fleet(one, { durations: () => -1 }))).toThrow('Operation 0 takes -1 ms');
    const over = fleet(one, { fromMs: HOUR, nextWindow: () => ({ begin: 0, latestStart: HOUR }) });
    expect(() => simulate(over)).toThrow('The next window of operation 0 is over as well');
  });
});

describe('2,000 seeded fleets', () => {
  it('begin and end as somebody finds who looks at all rows every minute', () => {
    for (const seed of SEEDS) {
      const input = seededFleet(seed);
      expect(startsOf(input), `seed ${seed}`).toEqual(walkMinutes(input));
    }
  });

  it('begin and end as the decisions of the loop make them', () => {
    for (const seed of SEEDS) {
      const input = seededFleet(seed);
      expect(startsOf(input), `seed ${seed}`).toEqual(new DecidedRun(input).run());
    }
  });

  it('begin and end the same when operations with the same windows are told to be of one series', () => {
    for (const seed of SEEDS) {
      const input = seededFleet(seed);
      const twice = timedFleet([...input.operations, ...input.operations, ...input.operations], input);
      const series = ({ window, everyMs, keys }: TimedOperation): string =>
        JSON.stringify([window, everyMs, keys]);
      expect(simulate({ ...twice, series }), `seed ${seed}`).toEqual(simulate(twice));
    }
  });

  it('begin and end the same when what has the same windows is of one series, whatever its keys', () => {
    for (const seed of SEEDS) {
      const input = crowdedFleet(seed);
      const series = ({ window, everyMs }: TimedOperation): string => JSON.stringify([window, everyMs]);
      const starts = startsOf({ ...input, series });
      expect(starts, `seed ${seed}`).toEqual(startsOf(input));
      expect(starts, `seed ${seed}`).toEqual(walkMinutes(input));
      expect(starts, `seed ${seed}`).toEqual(new DecidedRun(input).run());
    }
  });

  it('roll, find nothing, and fill all slots: what the seeds are there for', () => {
    const all = SEEDS.map((seed) => seededFleet(seed)).map((input) => ({ input, result: simulate(input) }));
    expect(all.filter(({ result }) => result.unplaced > 0).length).toBeGreaterThan(SEEDS.length / 40);
    const hasRolled = ({ input, result }: (typeof all)[number]): boolean =>
      input.operations.some(
        ({ window }, index) => window && (result.spans[index]?.begin ?? 0) >= window.latestStart,
      );
    expect(all.filter(hasRolled).length).toBeGreaterThan(SEEDS.length / 4);
  });

  it('never hold more slots than there are workers, nor begin outside of a window', () => {
    for (const seed of SEEDS) {
      const input = seededFleet(seed);
      const starts = startsOf(input);
      expect(
        starts.filter((start) => !isAsItMay(input, start)),
        `seed ${seed}`,
      ).toEqual([]);
      expect(mostAtOnce(starts), `seed ${seed}`).toBeLessThanOrEqual(input.workers);
      expect(overtaken(input, starts), `seed ${seed}`).toEqual([]);
    }
  });

  it('leave no slot free while something can begin', () => {
    for (const seed of SEEDS) {
      const input = seededFleet(seed);
      const starts = startsOf(input);
      const free: string[] = [];
      for (const { index, begin } of starts) {
        const { window } = input.operations[index] ?? {};
        // At its first chance, unless all slots were held all the time until then by others.
        const first = Math.max(input.fromMs, window?.begin ?? 0);
        for (let at = first; at < begin; at += MINUTE) {
          const open = window ? input.nextWindow(index, at) : { begin: at };
          if (!open || open.begin > at) continue;
          const held = starts.filter(
            (one) => one.begin - LEAD_MS <= at && one.end > at && one.index !== index,
          );
          const { keys = {} } = input.operations[index] ?? {};
          const isHeldUp = held.length >= input.workers || takenBy(input, held).fullOf(keys) !== undefined;
          if (!isHeldUp) free.push(`for operation ${index} at minute ${at / MINUTE}`);
        }
      }
      expect(free, `seed ${seed}`).toEqual([]);
    }
  });
});

/** It takes its time, and begins within its window, where it has one. */
function isAsItMay({ operations, nextWindow }: TimedFleet, { index, begin, end }: Start): boolean {
  const operation = operations[index];
  if (end - begin !== (operation?.minutes ?? NaN) * MINUTE) return false;
  if (!operation?.window) return true;
  const window = nextWindow(index, begin);
  return window !== undefined && window.begin <= begin && window.latestStart > begin;
}

/** The keys of operations that are in flight. */
function takenBy({ limits = {}, operations }: TimedFleet, starts: readonly Start[]): TakenKeys {
  return new TakenKeys(
    limits,
    starts.map(({ index }) => operations[index] ?? {}),
  );
}

/** Operations that begin although one of their keys is taken as often as may be. */
function overtaken(input: TimedFleet, starts: readonly Start[]): number[] {
  return starts.flatMap(({ index, begin }) => {
    const others = starts.filter((one) => one.begin <= begin && one.end > begin && one.index !== index);
    const { keys = {} } = input.operations[index] ?? {};
    return takenBy(input, others).fullOf(keys) ? [index] : [];
  });
}

/** The most that run at one instant. */
function mostAtOnce(starts: readonly Start[]): number {
  return Math.max(
    0,
    ...starts.map(({ begin }) => starts.filter((one) => one.begin <= begin && one.end > begin).length),
  );
}

describe('a large fleet', () => {
  const all = many(100_000);
  const workers = many(1_000);

  it('of 100,000 operations rolls through many nights, and all of them end', () => {
    const operations = Array.from({ length: all }, (_, index) => inWindow(index % 24, (index % 24) + 4, 30));
    const input = fleet(operations, { workers, untilMs: 30 * DAY });
    const { unplaced, overall, order } = simulate(input);
    expect(unplaced).toBe(0);
    expect(order).toHaveLength(all);
    // 1,000 slots have no pause from the first begin on: 100,000 half hours.
    expect(overall).toEqual({ begin: 0, end: 50 * HOUR });
  });

  it('with limits, of 20,000 accounts in few regions, costs little more', () => {
    const operations = Array.from({ length: all }, (_, index) => ({
      ...inWindow(index % 24, (index % 24) + 4, 30),
      keys: { region: `r${index % 7}`, account: `a${index % many(20_000)}` },
    }));
    const limits = { perRegion: many(100), perGlobalAccount: 1 };
    const input = fleet(operations, { workers, untilMs: 30 * DAY, limits });
    const series = ({ window }: TimedOperation): unknown => window?.begin;
    const { order, overall } = simulate({ ...input, series });
    expect(order).toHaveLength(all);
    // 700 half hours at once at the most; toward the end there are windows with fewer that may begin.
    const leastHours = all / many(700) / 2;
    expect((overall?.end ?? 0) / HOUR).toBeGreaterThanOrEqual(leastHours);
    expect((overall?.end ?? 0) / HOUR).toBeLessThan(2 * leastHours);
  });

  it.each([1, 1_000])(
    'with limits by account and at most %i at once looks at what has room only',
    (workers) => {
      const operations = Array.from({ length: all }, (_, index) => ({
        ...inWindow(index % 24, (index % 24) + 4, 30),
        keys: { region: `r${index % 7}`, account: `a${index % many(20_000)}` },
      }));
      const limits = { perRegion: many(100), perGlobalAccount: 1 };
      const input = fleet(operations, { workers, untilMs: 30 * DAY, limits });
      const { slices, order } = inSlices({ ...input, series: ({ window }) => window?.begin });
      // Each is read once. Then it is started, and maybe parked at one key after the other, and never looked at while it is there.
      expect((slices + 1) * LINES_IN_SLICE).toBeLessThan(
        all + 10 * order.length + 24 * 31 * 3 + LINES_IN_SLICE,
      );
    },
  );

  it('of which most find no window in time costs no more', () => {
    const operations = Array.from({ length: all }, (_, index) => inWindow(index % 24, (index % 24) + 4, 30));
    const input = fleet(operations, { workers: 1, untilMs: 30 * DAY });
    let asked = 0;
    const nextWindow: TimedFleet['nextWindow'] = (...of) => {
      asked += 1;
      return input.nextWindow(...of);
    };
    const { unplaced, order } = simulate({ ...input, nextWindow, series: ({ window }) => window?.begin });
    expect(order).toHaveLength(30 * 48 + 3 * 2);
    expect(unplaced).toBe(all - order.length);
    // Once a day for each of the 24 windows.
    expect(asked).toBeLessThanOrEqual(24 * 31);
  });
});

/**
 * When the operations of a plan would begin and end: what the loop of an orchestration does (`decide`, and how the plan is read
 * and windows that are over are rolled, ADR 56), with a clock that jumps from one event to the next. Starting a child takes no
 * time here, no runtime is busy, and a page holds all that is due.
 */
import { Heap } from './heap.ts';
import { LIMIT_KINDS, TakenKeys, type LimitKeys, type Limits } from './limits.ts';
import { atOnce, LINES_IN_SLICE, type Slices } from '../slices.ts';
import { LEAD_MS } from './loop-steps.ts';
import { ParkedAtKeys } from './parked-at-keys.ts';
import {
  beginOf,
  byBegin,
  byRank,
  firstOf,
  latestStartOf,
  newSeries,
  rankOf,
  type Place,
  type Queue,
  type Series,
  type SimulatedWindow,
} from './waiting-series.ts';
import { NEVER_MS } from './windows.ts';

/** One operation; its place among the others is its position in the plan. */
export interface SimulatedOperation {
  /** Its next window as of the plan; undefined for what begins at once. */
  window?: SimulatedWindow;
  /** The keys that it takes, where there are limits. */
  keys?: LimitKeys;
}

export interface SimulationInput<T extends SimulatedOperation> {
  operations: readonly T[];
  /** Operations in flight at once: a whole number, at least 1. */
  workers: number;
  limits?: Limits;
  /** How long an operation takes, in ms, at least 0. */
  durations: (operation: T) => number;
  /**
   * The first window of an operation in which something may start after an instant, as `firstWindow` finds it; undefined
   * without any. Asked for an operation whose window is over.
   */
  nextWindow: (index: number, afterMs: number) => SimulatedWindow | undefined;
  /**
   * Operations of one series have the same windows, from the first one on: what has missed a window then costs as much for all of
   * them as for one, whatever their keys. Without it each is a series of its own.
   */
  series?: (operation: T) => unknown;
  /** The instant at which the plan is taken up, in ms since the epoch. */
  fromMs: number;
  /** Windows that begin then or later don't count, in ms since the epoch. */
  untilMs: number;
  /** First key of the order among what is due: `latest start` is the loop's; the other one is there to be compared with it. */
  order?: 'latest start' | 'begin';
}

/** In ms since the epoch. */
export interface SimulatedSpan {
  begin: number;
  end: number;
}

export interface Simulation {
  /** By index of the operation; undefined for one that finds no window in time. */
  spans: (SimulatedSpan | undefined)[];
  /** Indices of the operations that begin, in the order in which they take their slots. */
  order: number[];
  /** From the first begin to the last end; undefined when nothing begins. */
  overall?: SimulatedSpan;
  /** Operations that find no window in time. */
  unplaced: number;
}

/** Throws RangeError for numbers that can't be meant, and for a next window in which nothing may start any more. */
export function simulate<T extends SimulatedOperation>(input: SimulationInput<T>): Simulation {
  return atOnce(simulateInSlices(input));
}

/** As `simulate`. */
export function simulateInSlices<T extends SimulatedOperation>(
  input: SimulationInput<T>,
): Slices<Simulation> {
  return new Run(input).run();
}

class Run<T extends SimulatedOperation> {
  private now: number;
  private free: number;
  private readonly spans: (SimulatedSpan | undefined)[];
  private readonly order: number[] = [];
  /** Each series is in one of these three by its stage; one of which nothing waits any more is forgotten. */
  private readonly later = new Heap<Series>(byBegin);
  private readonly opening = new Heap<Series>(byBegin);
  private readonly closing = new Heap<Series>((a, b) => latestStartOf(a) - latestStartOf(b));
  /** Those that can begin, and those that would only sleep in their slot. */
  private readonly open = new Heap<Place>(byRank);
  private readonly soon = new Heap<Place>(byRank);
  private readonly ends = new Heap<{ at: number; keys?: LimitKeys }>((a, b) => a.at - b.at);
  private readonly taken: TakenKeys;
  private readonly parked: ParkedAtKeys;
  /** Counts what costs something, so that it can be done in slices. */
  private steps = 0;

  constructor(private readonly input: SimulationInput<T>) {
    const { operations, workers, fromMs, limits = {} } = input;
    if (!Number.isInteger(workers) || workers < 1)
      throw new RangeError(`${workers} workers carry nothing out`);
    this.taken = new TakenKeys(limits);
    this.parked = new ParkedAtKeys(this.taken);
    this.now = fromMs;
    this.free = workers;
    this.spans = new Array<SimulatedSpan | undefined>(operations.length).fill(undefined);
  }

  *run(): Slices<Simulation> {
    for (const series of yield* this.inSeries()) {
      this.await(series, this.input.operations[series.sample]?.window);
      if (this.isLong()) yield;
    }
    for (let at: number | undefined = this.now; at !== undefined; at = this.nextEvent()) {
      this.now = at;
      this.land();
      yield* this.ripen();
      yield* this.roll();
      yield* this.fill();
    }
    const { spans, order } = this;
    return { spans, order, ...overallOf(spans), unplaced: spans.length - order.length };
  }

  private isLong(): boolean {
    this.steps += 1;
    return this.steps % LINES_IN_SLICE === 0;
  }

  /** The next instant at which a slot becomes free or something comes due; undefined when neither will. */
  private nextEvent(): number | undefined {
    const end = this.ends.first?.at;
    const { first: next } = this.later;
    if (next === undefined) return end;
    const due = beginOf(next) - LEAD_MS;
    return end === undefined ? due : Math.min(end, due);
  }

  private *inSeries(): Slices<Iterable<Series>> {
    const { operations, series: seriesOf } = this.input;
    const all = new Map<unknown, Series>();
    const queues = new Map<Series, Map<string, Queue>>();
    for (const [index, operation] of operations.entries()) {
      if (this.isLong()) yield;
      const name = seriesOf ? seriesOf(operation) : index;
      const series = all.get(name) ?? newSeries(index);
      all.set(name, series);
      series.waiting += 1;
      const { keys } = operation;
      const ofSeries = queues.get(series) ?? new Map<string, Queue>();
      queues.set(series, ofSeries);
      const text = textOf(keys);
      const queue = ofSeries.get(text);
      if (queue) queue.indices.push(index);
      else ofSeries.set(text, { series, keys, indices: [index], first: 0 });
    }
    for (const [{ ready }, ofSeries] of queues) for (const queue of ofSeries.values()) ready.push(queue);
    return all.values();
  }

  /** Without a window that begins in time it waits for none. */
  private await(series: Series, window: SimulatedWindow | undefined): void {
    series.window = window;
    if (window && !(window.begin < this.input.untilMs)) return this.enter(series, 'gone');
    const begin = beginOf(series);
    // Without a window as late as `orderOf` has it.
    series.key = this.input.order === 'begin' ? begin : (window?.latestStart ?? NEVER_MS);
    this.enter(series, begin <= this.now ? 'open' : begin <= this.now + LEAD_MS ? 'soon' : 'later');
  }

  private enter(series: Series, stage: Series['stage']): void {
    series.stage = stage;
    series.place = undefined;
    if (stage === 'later') this.later.push(series);
    if (stage === 'soon') this.opening.push(series);
    if (stage === 'open' && series.window) this.closing.push(series);
    if (stage !== 'soon' && stage !== 'open') return;
    this.parked.ripen(series);
    this.place(series);
  }

  /** Puts a series that is due to where its first queue stands. */
  private place(series: Series): void {
    const { ready, stage, place } = series;
    if (!ready.first || (stage !== 'soon' && stage !== 'open')) return;
    const rank = rankOf(series, ready.first);
    if (place?.index === rank.index) return;
    series.place = { series, ...rank };
    this[stage].push(series.place);
  }

  private land(): void {
    for (let end = this.ends.first; end && end.at <= this.now; end = this.ends.first) {
      this.ends.pop();
      this.free += 1;
      this.taken.giveBack(end.keys);
      this.parked.giveBack(end.keys);
    }
  }

  /** Moves up what has come due, and what can begin by now. */
  private *ripen(): Slices<void> {
    for (let next = this.later.first; next && beginOf(next) - LEAD_MS <= this.now; next = this.later.first) {
      if (this.isLong()) yield;
      this.later.pop();
      this.enter(next, 'soon');
    }
    for (let next = this.opening.first; next && beginOf(next) <= this.now; next = this.opening.first) {
      if (this.isLong()) yield;
      this.opening.pop();
      if (next.stage === 'soon') this.enter(next, 'open');
    }
  }

  /** Puts what has missed its window into the next one, whenever the loop looks: also while all slots are taken. */
  private *roll(): Slices<void> {
    for (let over = this.closing.first; over && latestStartOf(over) <= this.now; over = this.closing.first) {
      if (this.isLong()) yield;
      this.closing.pop();
      if (over.stage !== 'open') continue;
      const window = this.input.nextWindow(over.sample, this.now);
      if (window && !(window.latestStart > this.now))
        throw new RangeError(`The next window of operation ${over.sample} is over as well`);
      this.parked.miss(over);
      over.missed += 1;
      if (window) this.await(over, window);
      else this.enter(over, 'gone');
    }
  }

  /** An operation that can begin goes before one that would only sleep in its slot. */
  private *fill(): Slices<void> {
    for (;;) {
      for (const queue of this.parked.letOut()) this.line(queue);
      const next = this.free > 0 ? this.nextInLine() : undefined;
      if (!next) return;
      if (this.isLong()) yield;
      this.parked.lookAt(next);
      const full = next.keys && this.taken.fullOf(next.keys);
      if (full) this.parked.park(full, next);
      else this.startFirst(next);
      this.place(next.series);
    }
  }

  /** Puts a queue to the others of its series that nothing is known to hold up. */
  private line(queue: Queue): void {
    queue.series.ready.push(queue);
    this.place(queue.series);
  }

  /** Takes the first queue out of those that can begin, or else of those that are due. */
  private nextInLine(): Queue | undefined {
    for (const heap of [this.open, this.soon]) {
      for (let first = heap.pop(); first; first = heap.pop()) {
        const { series } = first;
        if (series.place !== first) continue;
        series.place = undefined;
        return series.ready.pop();
      }
    }
    return undefined;
  }

  private startFirst(queue: Queue): void {
    const { series, indices } = queue;
    this.start(firstOf(queue), series.window);
    queue.first += 1;
    series.waiting -= 1;
    if (queue.first < indices.length) series.ready.push(queue);
    if (series.waiting === 0) series.stage = 'gone';
  }

  private start(index: number, window: SimulatedWindow | undefined): void {
    const operation = this.input.operations[index];
    const duration = operation === undefined ? NaN : this.input.durations(operation);
    if (!Number.isFinite(duration) || duration < 0)
      throw new RangeError(`Operation ${index} takes ${duration} ms`);
    const begin = Math.max(this.now, window?.begin ?? this.now);
    this.spans[index] = { begin, end: begin + duration };
    this.order.push(index);
    this.free -= 1;
    const { keys } = operation ?? {};
    this.taken.take(keys);
    this.ends.push({ at: begin + duration, keys });
  }
}

/** Equal texts for equal keys. */
function textOf(keys: LimitKeys | undefined): string {
  return keys ? LIMIT_KINDS.map((kind) => keys[kind] ?? '').join('\0') : '';
}

function overallOf(spans: Simulation['spans']): Pick<Simulation, 'overall'> {
  let overall: SimulatedSpan | undefined;
  for (const span of spans) {
    if (!span) continue;
    overall = {
      begin: Math.min(span.begin, overall?.begin ?? Infinity),
      end: Math.max(span.end, overall?.end ?? -Infinity),
    };
  }
  return overall ? { overall } : {};
}

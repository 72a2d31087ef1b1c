/**
 * When the operations of a plan would begin and end: what the loop of an orchestration does (`decide`, and how the plan is read
 * and windows that are over are rolled, ADR 56), with a clock that jumps from one event to the next. Starting a child takes no
 * time here, no runtime is busy, and a page holds all that is due.
 */
import { Heap } from './heap.ts';
import { TakenKeys, type LimitKeys, type Limits } from './limits.ts';
import { LEAD_MS } from './loop-steps.ts';
import { ParkedAtKeys } from './parked-at-keys.ts';
import type { OpenWindow } from './policy-windows.ts';
import { NEVER_MS } from './windows.ts';

/** All in ms since the epoch. */
export type SimulatedWindow = Pick<OpenWindow, 'begin' | 'latestStart'>;

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
   * Operations of one series have the same windows, from the first one on, and the same keys: what has missed a window then costs as much for all of
   * them as for one. Without it each is a series of its own.
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
  return new Run(input).run();
}

/**
 * Operations of one series that wait for one window. The next window gets an object of its own, so that heaps may keep those that are
 * gone.
 */
interface Waiting {
  /** Indices of all of the series, in their order, and the place of the first one that still waits. */
  indices: readonly number[];
  first: number;
  window?: SimulatedWindow;
  keys?: LimitKeys;
  missed: number;
  key: number;
  /** Not due; due, and its window has not begun; can begin; nothing of it waits for this window any more. */
  stage: 'later' | 'soon' | 'open' | 'gone';
}

class Run<T extends SimulatedOperation> {
  private now: number;
  private free: number;
  private readonly spans: (SimulatedSpan | undefined)[];
  private readonly order: number[] = [];
  private readonly later = new Heap<Waiting>(byBegin);
  private readonly soon = new Heap<Waiting>(byOrder);
  /** Those in `soon` too, and those in `open` too that have a window. */
  private readonly opening = new Heap<Waiting>(byBegin);
  private readonly closing = new Heap<Waiting>((a, b) => latestStartOf(a) - latestStartOf(b));
  private readonly open = new Heap<Waiting>(byOrder);
  private readonly ends = new Heap<{ at: number; keys?: LimitKeys }>((a, b) => a.at - b.at);
  private readonly taken: TakenKeys;
  /** Those that are due and wait for keys. */
  private readonly parked: ParkedAtKeys<Waiting>;

  constructor(private readonly input: SimulationInput<T>) {
    const { operations, workers, fromMs } = input;
    if (!Number.isInteger(workers) || workers < 1)
      throw new RangeError(`${workers} workers carry nothing out`);
    const { limits = {} } = input;
    this.taken = new TakenKeys(limits);
    this.parked = new ParkedAtKeys(byOrder, ({ stage }) => (stage === 'later' ? 'gone' : stage));
    this.now = fromMs;
    this.free = workers;
    this.spans = new Array<SimulatedSpan | undefined>(operations.length).fill(undefined);
    for (const [{ window, keys }, indices] of this.inSeries())
      this.await({ indices, first: 0, keys }, window, 0);
  }

  run(): Simulation {
    for (let at: number | undefined = this.now; at !== undefined; at = this.nextEvent()) {
      this.now = at;
      this.land();
      this.ripen();
      this.roll();
      this.fill();
    }
    const { spans, order } = this;
    return { spans, order, ...overallOf(spans), unplaced: spans.length - order.length };
  }

  /** The next instant at which a slot becomes free or something comes due; undefined when neither will. */
  private nextEvent(): number | undefined {
    const end = this.ends.first?.at;
    const { first: next } = this.later;
    if (next === undefined) return end;
    const due = beginOf(next) - LEAD_MS;
    return end === undefined ? due : Math.min(end, due);
  }

  private *inSeries(): Generator<[SimulatedOperation, number[]]> {
    const { operations, series } = this.input;
    const all = new Map<unknown, number[]>();
    for (const [index, operation] of operations.entries()) {
      const key = series ? series(operation) : index;
      const indices = all.get(key);
      if (indices) indices.push(index);
      else all.set(key, [index]);
    }
    for (const indices of all.values()) yield [operations[indices[0] ?? 0] ?? {}, indices];
  }

  private await(
    those: Pick<Waiting, 'indices' | 'first' | 'keys'>,
    window: SimulatedWindow | undefined,
    missed: number,
  ): void {
    if (window && !(window.begin < this.input.untilMs)) return;
    const begin = window?.begin ?? -Infinity;
    // Without a window as late as `orderOf` has it.
    const key = this.input.order === 'begin' ? begin : (window?.latestStart ?? NEVER_MS);
    const stage = begin <= this.now ? 'open' : begin <= this.now + LEAD_MS ? 'soon' : 'later';
    const { indices, first, keys } = those;
    this.put({ indices, first, keys, window, missed, key, stage });
  }

  private put(waiting: Waiting): void {
    switch (waiting.stage) {
      case 'later':
        return this.later.push(waiting);
      case 'soon':
        this.opening.push(waiting);
        return this.soon.push(waiting);
      case 'open':
        if (waiting.window) this.closing.push(waiting);
        return this.open.push(waiting);
      case 'gone':
        return undefined;
    }
  }

  private land(): void {
    for (let end = this.ends.first; end && end.at <= this.now; end = this.ends.first) {
      this.ends.pop();
      this.free += 1;
      if (!end.keys) continue;
      this.taken.giveBack(end.keys);
      this.unpark(end.keys);
    }
  }

  /** Moves up what has come due, and what can begin by now. */
  private ripen(): void {
    for (let next = this.later.first; next && beginOf(next) - LEAD_MS <= this.now; next = this.later.first) {
      this.later.pop();
      this.put({ ...next, stage: 'soon' });
    }
    for (let next = this.opening.first; next && beginOf(next) <= this.now; next = this.opening.first) {
      this.opening.pop();
      if (next.stage !== 'soon') continue;
      next.stage = 'gone';
      this.put({ ...next, stage: 'open' });
    }
  }

  /** Puts what has missed its window into the next one, whenever the loop looks: also while all slots are taken. */
  private roll(): void {
    for (let over = this.closing.first; over && latestStartOf(over) <= this.now; over = this.closing.first) {
      this.closing.pop();
      if (over.stage !== 'open') continue;
      over.stage = 'gone';
      const index = firstOf(over);
      const window = this.input.nextWindow(index, this.now);
      if (window && !(window.latestStart > this.now))
        throw new RangeError(`The next window of operation ${index} is over as well`);
      if (window) this.await(over, window, over.missed + 1);
    }
  }

  /** An operation that can begin goes before one that would only sleep in its slot. */
  private fill(): void {
    while (this.free > 0) {
      const next = this.nextInLine();
      if (!next) return;
      const full = next.keys && this.taken.fullOf(next.keys);
      if (full) {
        this.parked.add(full, next);
        // It may have been let out of another key, which has room for the one that comes after it there.
        this.unpark(next.keys);
        continue;
      }
      this.start(firstOf(next), next.window);
      next.first += 1;
      if (next.first === next.indices.length) next.stage = 'gone';
      // In their order only: it waits in the other heap already.
      else (next.stage === 'open' ? this.open : this.soon).push(next);
    }
  }

  /** Takes the first one out that has not gone elsewhere, of those that can begin, or else of those that are due. */
  private nextInLine(): Waiting | undefined {
    for (;;) {
      const stage = this.open.first ? 'open' : 'soon';
      const next = this[stage].pop();
      if (!next || next.stage === stage) return next;
      // Room that it was let out for is for the one that comes after it.
      this.unpark(next.keys);
    }
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

  /** Lets the first one of each of these keys that has room be looked at again. */
  private unpark(keys: LimitKeys = {}): void {
    for (const next of this.parked.takeFirst(keys, this.taken))
      (next.stage === 'open' ? this.open : this.soon).push(next);
  }
}

function firstOf({ indices, first }: Waiting): number {
  return indices[first] ?? -1;
}

function beginOf({ window }: Waiting): number {
  return window?.begin ?? -Infinity;
}

function latestStartOf({ window }: Waiting): number {
  return window?.latestStart ?? Infinity;
}

function byBegin(a: Waiting, b: Waiting): number {
  return beginOf(a) - beginOf(b);
}

function byOrder(a: Waiting, b: Waiting): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return b.missed - a.missed || firstOf(a) - firstOf(b);
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

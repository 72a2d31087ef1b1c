/** Seeded fleets for the simulator, and two slow ways to see what it should answer. All instants are whole minutes. */
import { TakenKeys, type LimitKeys, type Limits } from '../../../../src/domain/upgrades/limits.ts';
import { decide, LEAD_MS, type Loop, type Step } from '../../../../src/domain/upgrades/loop-steps.ts';
import type { SimulationInput } from '../../../../src/domain/upgrades/plan-simulation.ts';
import type { SimulatedWindow } from '../../../../src/domain/upgrades/waiting-series.ts';
import { dice } from '../../../support/dice.ts';

export const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export interface TimedOperation {
  window?: SimulatedWindow;
  minutes: number;
  keys?: LimitKeys;
  /** ms from one begin to the next. */
  everyMs: number;
}

export type TimedFleet = SimulationInput<TimedOperation>;

/** The window of a series that comes first after an instant. */
function windowAfter({ window, everyMs }: TimedOperation, afterMs: number): SimulatedWindow | undefined {
  if (!window) return undefined;
  const turns = Math.max(0, Math.floor((afterMs - window.latestStart) / everyMs) + 1) * everyMs;
  return { begin: window.begin + turns, latestStart: window.latestStart + turns };
}

export function timedFleet(
  operations: readonly TimedOperation[],
  rest: Pick<TimedFleet, 'workers' | 'limits' | 'fromMs' | 'untilMs'>,
): TimedFleet {
  return {
    operations,
    ...rest,
    durations: ({ minutes }) => minutes * MINUTE,
    nextWindow: (index, afterMs) => {
      const operation = operations[index];
      return operation && windowAfter(operation, afterMs);
    },
  };
}

/** A small fleet with few slots; windows come again after a day, half a day, or at once. */
export function seededFleet(seed: number, withLimits = seed % 2 === 1): TimedFleet {
  const roll = dice(seed);
  const ofAll = 1 + roll(14);
  const operations = Array.from({ length: ofAll }, (): TimedOperation => {
    const begin = (roll(30) * 10 + roll(3)) * MINUTE;
    const length = 1 + roll(3) * 20 + roll(20);
    const everyMs = [DAY, DAY / 2, (length + 1) * MINUTE][roll(3)] ?? DAY;
    const window = roll(6) === 0 ? undefined : { begin, latestStart: begin + length * MINUTE };
    return { ...(window && { window }), minutes: roll(4) === 0 ? roll(200) : roll(40), everyMs };
  });
  const untilMs = (1 + roll(4)) * DAY;
  const rest = { workers: 1 + roll(4), fromMs: roll(120) * MINUTE, untilMs };
  return timedFleet(
    withLimits
      ? operations.map((one) => ({ ...one, minutes: Math.max(one.minutes, 1), keys: keysOf(roll) }))
      : operations,
    {
      ...rest,
      ...(withLimits && { limits: LIMITS }),
    },
  );
}

/** Three or four windows, and many operations in each of them that are in one another's way: most of them miss some. */
export function crowdedFleet(seed: number): TimedFleet {
  const { untilMs, fromMs, workers } = seededFleet(seed);
  const roll = dice(seed + 1);
  const kinds = Array.from({ length: 3 + roll(2) }, (): Omit<TimedOperation, 'minutes'> => {
    const begin = roll(8) * 10 * MINUTE;
    const everyMs = [DAY / 4, DAY / 2, DAY][roll(3)] ?? DAY;
    return { window: { begin, latestStart: begin + (10 + roll(40)) * MINUTE }, everyMs };
  });
  const operations = Array.from({ length: 10 + roll(20) }, (): TimedOperation => {
    const kind = roll(8) === 0 ? undefined : kinds[roll(kinds.length)];
    return { everyMs: DAY, ...kind, minutes: 1 + roll(30), keys: keysOf(roll) };
  });
  return timedFleet(operations, { workers: workers + roll(3), fromMs, untilMs, limits: LIMITS });
}

const LIMITS: Limits = { perRegion: { default: 1, large: 2 }, perGlobalAccount: 1 };

/** Two regions, three accounts; some have no limit. */
function keysOf(roll: (limit: number) => number): LimitKeys {
  const region = ['large', 'small'][roll(3)];
  const account = ['a', 'b', 'c'][roll(4)];
  return { ...(region !== undefined && { region }), ...(account !== undefined && { account }) };
}

interface Line {
  index: number;
  window?: SimulatedWindow;
  missed: number;
}

/** A plan that is written down as rows, and what it says at an instant: as its reads do. */
class Rows {
  private waiting: Line[] = [];

  constructor(private readonly fleet: TimedFleet) {
    for (const [index, { window }] of fleet.operations.entries())
      this.add({ index, ...(window && { window }), missed: 0 });
  }

  /** Puts what is over into the next window; false when nothing is. */
  roll(now: number): boolean {
    const over = this.waiting.filter(({ window }) => window && window.latestStart <= now);
    for (const line of over) {
      this.take(line.index);
      this.moveOn(line, now);
    }
    return over.length > 0;
  }

  moveOn(line: Line | undefined, now: number): void {
    const window = line && this.fleet.nextWindow(line.index, now);
    if (window) this.add({ index: line.index, window, missed: line.missed + 1 });
  }

  /** In the order of the plan. */
  due(now: number): Line[] {
    const at = ({ window }: Line): number => window?.latestStart ?? Infinity;
    return this.waiting
      .filter((line) => dueAt(line) <= now)
      .sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : b.missed - a.missed || a.index - b.index));
  }

  next(now: number, taken: TakenKeys): Line | undefined {
    const due = this.due(now).filter(({ index }) => taken.hasRoom(this.fleet.operations[index]?.keys));
    return due.find(({ window }) => (window?.begin ?? now) <= now) ?? due[0];
  }

  comesDue(now: number): boolean {
    return this.waiting.some((line) => dueAt(line) === now);
  }

  /** When the next window begins of what is not due. */
  nextDue(now: number): number | undefined {
    const later = this.waiting.filter((line) => dueAt(line) > now).map(({ window }) => window?.begin ?? 0);
    return later.length > 0 ? Math.min(...later) : undefined;
  }

  take(index: number): void {
    this.waiting = this.waiting.filter((line) => line.index !== index);
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  private add(line: Line): void {
    if (!line.window || line.window.begin < this.fleet.untilMs) this.waiting.push(line);
  }
}

function dueAt({ window }: Line): number {
  return window ? window.begin - LEAD_MS : -Infinity;
}

export interface Start {
  index: number;
  begin: number;
  end: number;
}

/** Walks minute by minute, and looks at all rows in each: the starts, in their order. */
export function walkMinutes(fleet: TimedFleet): Start[] {
  const rows = new Rows(fleet);
  const starts: Start[] = [];
  const inFlight = (now: number): number => starts.filter(({ end }) => end > now).length;
  const next = (now: number): Line | undefined => {
    const holding = starts.filter(({ end }) => end > now).map(({ index }) => fleet.operations[index] ?? {});
    return rows.next(now, new TakenKeys(fleet.limits ?? {}, holding));
  };
  for (let now = fleet.fromMs; !rows.isEmpty || inFlight(now) > 0; now += MINUTE) {
    const hasEnded = starts.some(({ end }) => end === now);
    if (now !== fleet.fromMs && !hasEnded && !rows.comesDue(now)) continue;
    rows.roll(now);
    for (let line = next(now); line && inFlight(now) < fleet.workers; line = next(now)) {
      starts.push(startOf(fleet, line, now));
      rows.take(line.index);
    }
  }
  return starts;
}

function startOf({ operations, durations }: TimedFleet, { index, window }: Line, now: number): Start {
  const operation = operations[index];
  const begin = Math.max(now, window?.begin ?? now);
  return { index, begin, end: begin + (operation ? durations(operation) : 0) };
}

/** The loop of an orchestration, by the very function that decides for it, with a clock that jumps from one event to the next. */
export class DecidedRun {
  private readonly rows: Rows;
  readonly starts: Start[] = [];
  private now: number;
  private lines: Line[] = [];
  private isExhausted = false;
  private isKnownEmpty = false;
  private nextDueAt: number | undefined;
  private timerAt: number | undefined;
  private flights: (Line & { end: number })[] = [];
  /** Children that found their window over. */
  private missed: Line[] = [];

  constructor(private readonly fleet: TimedFleet) {
    this.rows = new Rows(fleet);
    this.now = fleet.fromMs;
  }

  run(): Start[] {
    for (let steps = 0; steps < 10_000; steps++) {
      for (const step of decide(this.loop(), this.now)) {
        if (step.kind === 'end') return this.starts;
        this.carryOut(step);
      }
    }
    throw new Error('The loop does not come to an end');
  }

  private loop(): Loop {
    const { workers, limits, operations } = this.fleet;
    const { isExhausted, isKnownEmpty, nextDueAt } = this;
    return {
      workers,
      limits,
      flights: this.flights.map(({ index }) => ({
        operationID: `${index}`,
        keys: operations[index]?.keys,
        releasing: false,
        isStarted: true,
      })),
      lines: this.lines.map(({ index, window }) => ({
        operationID: `${index}`,
        keys: operations[index]?.keys,
        ...(window && { begin: new Date(window.begin).toISOString() }),
      })),
      ...(limits && {
        linesUntil: Math.min(...this.lines.map(({ window }) => window?.latestStart ?? Infinity)),
      }),
      isExhausted,
      isKnownEmpty,
      ...(nextDueAt !== undefined && { nextDueAt }),
      chores: this.missed.length,
      isCanceling: false,
      isControlUnread: false,
      isBehind: false,
      isHistoryLong: false,
    };
  }

  private carryOut(step: Step): void {
    switch (step.kind) {
      case 'settle':
        this.rows.moveOn(this.missed.shift(), this.now);
        return this.rewind();
      case 'read':
        return this.read(step.from === 'start');
      case 'start':
        for (const id of step.operationIDs)
          for (const line of this.lines.filter(({ index }) => `${index}` === id)) this.start(line);
        return;
      case 'sleep':
        this.timerAt = Math.min(this.timerAt ?? Infinity, step.until);
        return;
      case 'wait':
        return this.letTimePass();
      default:
        throw new Error(`The loop is not meant to: ${step.reason}`);
    }
  }

  private read(fromStart: boolean): void {
    if (this.rows.roll(this.now)) return this.rewind();
    this.lines = this.rows.due(this.now);
    this.isExhausted = true;
    this.nextDueAt = this.rows.nextDue(this.now);
    this.isKnownEmpty = fromStart && this.lines.length === 0 && this.nextDueAt === undefined;
  }

  private start(line: Line): void {
    this.lines = this.lines.filter((one) => one !== line);
    this.rows.take(line.index);
    const isOver = line.window && this.now >= line.window.latestStart;
    const start = startOf(this.fleet, line, this.now);
    if (!isOver) this.starts.push(start);
    this.flights.push({ ...line, end: isOver ? this.now : start.end });
  }

  /** The timer goes first where several things happen at once; of the ends one at a time. With limits all ends come before: they give keys back. */
  private letTimePass(): void {
    const ends = this.flights.map(({ end }) => end);
    this.now = Math.max(this.now, Math.min(this.timerAt ?? Infinity, ...ends));
    this.isKnownEmpty = false;
    if (this.fleet.limits) while (this.land());
    if (this.timerAt !== undefined && this.timerAt <= this.now) {
      this.timerAt = undefined;
      return this.rewind();
    }
    if (!this.fleet.limits && !this.land()) throw new Error('The loop waits for nothing');
  }

  private land(): boolean {
    const landed = this.flights.find(({ end }) => end <= this.now);
    if (!landed) return false;
    this.flights = this.flights.filter((flight) => flight !== landed);
    if (landed.window && !this.starts.some(({ index }) => index === landed.index)) this.missed.push(landed);
    return true;
  }

  private rewind(): void {
    this.lines = [];
    this.isExhausted = false;
    this.nextDueAt = undefined;
  }
}

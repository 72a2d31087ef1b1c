/**
 * A fleet, its plan and the children of one orchestration as the loop's decisions meet them: it carries the steps out as the
 * workflow does, and lets things happen. Everything is a plain value, so that a seed gives the same walk each time.
 */
import {
  TakenKeys,
  withFullKeys,
  type FullKeys,
  type LimitKeys,
  type Limits,
} from '../../../../src/domain/upgrades/limits.ts';
import { decide, LEAD_MS, type Loop, type Step } from '../../../../src/domain/upgrades/loop-steps.ts';
import { nextMove, type WavePhase } from '../../../../src/domain/upgrades/wave-phases.ts';

export interface Row {
  id: string;
  state: 'waiting' | 'in flight' | 'succeeded' | 'failed';
  /** ms since the epoch; the window begins then when there is one. */
  dueAt: number;
  /** ms since the epoch: the latest start, where there is a window. */
  orderAt: number;
  hasWindow: boolean;
  /** Held by somebody else: not to be started before. */
  notBefore: number;
  wave: number;
  /** Those that it takes, where there are limits. */
  keys?: LimitKeys;
  /** The freezes that its window heeds, by their number; none at first. */
  heeds?: number;
}

/** Where freezes put a row. */
export type Place = Pick<Row, 'dueAt' | 'orderAt' | 'hasWindow'>;

/** A wave as its row has it. */
export interface Wave {
  soakMinutes: number;
  asks: boolean;
  phase: WavePhase;
  /** ms since the epoch. */
  soakUntil?: number;
  isApproved: boolean;
  isWaived: boolean;
}

interface Flight {
  row: Row;
  /** ms since the epoch, of the window that it was started for. */
  begin?: number;
  releasing: boolean;
  isStarted: boolean;
  /** It slept, or was about to start, when freezes changed: its claim is refused from then on. */
  isStale: boolean;
}

/** `held`: the claim was refused. */
type Chore = { kind: 'busy' | 'missed' | 'lost' | 'released' | 'held'; row: Row };

const PAGE_SIZE = 4;
/** Pages are shorter when more was read than that. */
const MOST_LINES = 6;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How a round of the loop ended. */
export type Round = 'waiting' | 'done' | 'drained';

export class LoopWorld {
  now = 0;
  readonly flights: Flight[] = [];
  readonly said: string[] = [];
  canceling = false;
  /** Stands in the row; the loop knows it when it has read it. */
  isPaused = false;
  isControlUnread = false;
  isHistoryLong = false;
  /** The number of the freezes that hold, and where they put each row. */
  private freezes = 0;
  private places: (row: Row) => Place = (row) => row;
  private isBehind = false;
  timerAt: number | undefined;
  /** Rows that were started, one by one. */
  readonly starts: string[] = [];
  private chores: Chore[] = [];
  private lines: Row[] = [];
  private cursor = -1;
  private isExhausted = false;
  private passedOver: FullKeys | undefined;
  /** Pages of the plan that were read. */
  reads = 0;
  private changes = 0;
  private paused: string | undefined;
  private wave: Loop['wave'];
  private checkedAt: number | undefined;
  private emptyAt: number | undefined;
  private lookAgainAt: number | undefined;
  private nextDueAt: number | undefined;

  constructor(
    readonly rows: Row[],
    readonly workers: number,
    readonly waves: Wave[] = [],
    private readonly check: (loop: Loop, steps: Step[], world: LoopWorld) => void = () => undefined,
    readonly limits?: Limits,
  ) {
    // A run begins by reading what is wanted; without waves there is nothing in it at first.
    this.isControlUnread = waves.length > 0;
  }

  /** Carries out what is decided until the loop waits or ends. */
  run(): Round {
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const loop = this.loop();
      const steps = decide(loop, this.now);
      this.check(loop, steps, this);
      for (const step of steps) {
        this.said.push(`  ${describe(step)}`);
        const round = this.carryOut(step);
        if (round) return round;
      }
    }
    throw new Error(`The loop neither waits nor ends:\n${this.said.slice(-20).join('\n')}`);
  }

  /** The rows that could be started at once. */
  ready(): Row[] {
    return this.open().filter(
      ({ state, notBefore, dueAt }) =>
        state === 'waiting' && notBefore <= this.now && dueAt <= this.now + LEAD_MS,
    );
  }

  /** The number of the first wave that has not passed, as the rows have it; the last one when all have. */
  openWave(): number {
    const first = this.waves.findIndex(({ phase }) => phase !== 'passed');
    return first === -1 ? this.waves.length - 1 : first;
  }

  /** Rows of the waves that the loop knows to be open. */
  private open(): Row[] {
    return this.rows.filter(({ wave }) => wave <= (this.wave?.number ?? 0));
  }

  /** Somebody answers yes. */
  approves(): void {
    this.happens('an approval', () => {
      const wave = this.waves[this.openWave()];
      if (wave?.phase === 'asking' && !this.isPaused) wave.isApproved = true;
      this.isControlUnread = true;
    });
  }

  /** Something happens, and is written down. */
  happens(what: string, work: () => void): void {
    this.said.push(what);
    work();
    this.changes += 1;
  }

  started(flight: Flight, isBusy = false): void {
    this.happens(`${flight.row.id} ${isBusy ? 'is held by another workflow' : 'has started'}`, () => {
      if (isBusy) this.chores.push({ kind: 'busy', row: flight.row });
      else flight.isStarted = true;
    });
  }

  ended(flight: Flight, kind: 'succeeded' | 'failed' | Exclude<Chore['kind'], 'busy'>): void {
    this.happens(`${flight.row.id} has ended: ${kind}`, () => {
      this.flights.splice(this.flights.indexOf(flight), 1);
      if (kind === 'succeeded' || kind === 'failed') flight.row.state = kind;
      else this.chores.push({ kind, row: flight.row });
    });
  }

  /** Somebody pauses or resumes it. */
  controls(pause: boolean): void {
    this.happens(pause ? 'a pause' : 'a resume', () => {
      this.isPaused = pause;
      const wave = this.waves[this.openWave()];
      if (wave?.phase === 'asking' && pause) Object.assign(wave, { phase: 'gate', isApproved: false });
      if (wave?.phase === 'gate' && !pause) wave.isWaived = true;
      this.isControlUnread = true;
    });
  }

  /** Other freezes hold from now on; the loop is told, or finds out. */
  freeze(places: (row: Row) => Place, isTold: boolean): void {
    this.happens(`freezes change${isTold ? '' : ', and nobody says so'}`, () => {
      this.freezes += 1;
      this.places = places;
      for (const flight of this.flights) flight.isStale ||= !flight.isStarted || this.isAsleep(flight);
      if (isTold) this.isControlUnread = true;
    });
  }

  isAsleep({ begin }: Flight): boolean {
    return begin !== undefined && begin > this.now;
  }

  /** In the rows, of which the loop is told; a canceled one is refused. */
  retries(): void {
    this.happens('a retry', () => {
      if (this.canceling) return;
      for (const row of this.rows) if (row.state === 'failed') row.state = 'waiting';
      this.isControlUnread = true;
    });
  }

  timerFires(): void {
    this.happens('the timer fires', () => {
      this.timerAt = undefined;
      this.rewind();
    });
  }

  private loop(): Loop {
    return {
      workers: this.workers,
      limits: this.limits,
      passedOver: this.passedOver,
      linesUntil:
        this.limits &&
        Math.min(...this.lines.map(({ hasWindow, orderAt }) => (hasWindow ? orderAt : Infinity))),
      flights: this.flights.map(({ row, begin, releasing, isStarted }) => ({
        operationID: row.id,
        releasing,
        isStarted,
        begin: begin === undefined ? undefined : at(begin),
        wave: row.wave,
        keys: row.keys,
      })),
      lines: this.lines.map(({ id, hasWindow, dueAt, wave, keys }) => ({
        operationID: id,
        begin: hasWindow ? at(dueAt) : undefined,
        wave,
        keys,
      })),
      isExhausted: this.isExhausted,
      isKnownEmpty: this.emptyAt === this.changes,
      lookAgainAt: this.lookAgainAt,
      nextDueAt: this.nextDueAt,
      chores: this.chores.length,
      isCanceling: this.canceling,
      isControlUnread: this.isControlUnread,
      isBehind: this.isBehind,
      paused: this.paused,
      wave: this.wave && { ...this.wave, isChecked: this.checkedAt === this.changes },
      isHistoryLong: this.isHistoryLong,
    };
  }

  private carryOut(step: Step): Round | undefined {
    switch (step.kind) {
      case 'settle':
        return this.settle();
      case 'read control':
        this.isControlUnread = false;
        this.isBehind = this.behind().length > 0;
        this.moveWaves();
        this.paused = this.isPaused ? 'paused by jane' : undefined;
        this.checkedAt = this.changes;
        return this.rewind();
      case 'continue as new':
        // The next run reads the plan from its start and takes the children over; what was under way is told to it.
        this.isHistoryLong = false;
        for (const flight of this.flights) flight.isStarted = true;
        this.timerAt = undefined;
        return this.rewind();
      case 'read':
        if (step.from === 'start') this.rewind(step.keepsLines ? this.lines : []);
        return this.readPage();
      case 'skip':
        return this.take(step.operationIDs, () => undefined);
      case 'start':
        return this.take(step.operationIDs, (row) => {
          row.state = 'in flight';
          this.starts.push(row.id);
          const begin = row.hasWindow ? { begin: row.dueAt } : {};
          const isStale = (row.heeds ?? 0) < this.freezes;
          this.flights.push({ row, ...begin, releasing: false, isStarted: false, isStale });
        });
      case 'release':
        for (const flight of this.flights)
          if (step.operationIDs.includes(flight.row.id)) flight.releasing = true;
        return undefined;
      case 'sleep':
        this.timerAt = Math.min(this.timerAt ?? step.until, step.until);
        return undefined;
      case 'wait':
        return 'waiting';
      case 'end':
        return step.end;
    }
  }

  /** As the activity does it with the rows. */
  private moveWaves(): void {
    for (;;) {
      const number = this.openWave();
      const wave = this.waves[number];
      if (!wave) return;
      const ofIt = this.rows.filter((row) => row.wave === number);
      const has = (state: Row['state']): boolean => ofIt.some((row) => row.state === state);
      const { soakMinutes, phase, isApproved, isWaived, soakUntil } = wave;
      const facts = {
        ...{ soakMinutes, phase, isApproved, isWaived, expiresAt: null },
        approval: wave.asks ? { notByCreator: false } : null,
        soakUntil: soakUntil === undefined ? null : at(soakUntil),
        isUnended: has('waiting') || has('in flight'),
        hasSucceeded: has('succeeded'),
        hasFailed: has('failed'),
        hasLater: this.rows.some((row) => row.wave > number && row.state === 'waiting'),
      };
      const move = nextMove(facts, this.isPaused, this.now);
      this.wave = {
        number,
        name: `w${number}`,
        phase,
        isChecked: true,
        ...(phase === 'soaking' && { until: soakUntil }),
      };
      if (!move) return;
      // The database asks for it, too.
      const isFree = phase === 'running' || phase === 'soaking' || (move.to === 'passed' && move.isLast);
      if (this.isPaused && !isFree)
        throw new Error(`The database refuses ${phase} > ${move.to} while it is paused`);
      this.said.push(`    wave ${number} ${phase} > ${move.to} (${move.reason})`);
      if ('pause' in move) this.isPaused = true;
      wave.phase = move.to;
      if (move.to === 'soaking') wave.soakUntil = Date.parse(move.until);
      const next = this.waves[number + 1];
      if (move.to === 'passed' && next) next.phase = 'running';
    }
  }

  private settle(): undefined {
    const chore = this.chores.shift();
    if (!chore) throw new Error('There is nothing to settle');
    const { kind, row } = chore;
    if (kind === 'busy') {
      this.flights.splice(
        this.flights.findIndex((flight) => flight.row === row),
        1,
      );
      this.changes += 1;
      row.notBefore = this.now + MINUTE;
    }
    if (kind === 'missed') {
      row.dueAt += DAY;
      row.orderAt += DAY;
    }
    if (kind === 'held') this.isControlUnread = true;
    row.state = kind === 'lost' ? 'failed' : 'waiting';
    return this.rewind();
  }

  /** The keys that are taken by what is in flight. */
  taken(): TakenKeys {
    return new TakenKeys(
      this.limits ?? {},
      this.flights.map(({ row }) => row),
    );
  }

  private rewind(kept: Row[] = []): undefined {
    this.lines = kept;
    this.passedOver = undefined;
    this.cursor = -1;
    this.isExhausted = false;
    this.lookAgainAt = undefined;
    this.nextDueAt = undefined;
    return undefined;
  }

  /** Rows that wait, or whose children have not begun, and that do not heed the freezes that hold. */
  private behind(): Row[] {
    const unbegun = new Set(this.flights.filter(({ isStale }) => isStale).map(({ row }) => row));
    return this.rows.filter(
      (row) => (row.state === 'waiting' || unbegun.has(row)) && (row.heeds ?? 0) < this.freezes,
    );
  }

  private readPage(): undefined {
    const behind = this.behind().slice(0, PAGE_SIZE);
    this.isBehind = behind.length > 0;
    for (const row of behind) Object.assign(row, this.places(row), { heeds: this.freezes });
    if (this.isBehind) {
      this.said.push(`    ${behind.map(({ id }) => id).join(', ')} gone through`);
      return this.rewind();
    }
    if (this.limits && this.rollOverdue()) return this.rewind();
    const inOrder = this.rows.map((row, position) => ({ row, position }));
    inOrder.sort(
      (a, b) => a.row.wave - b.row.wave || a.row.orderAt - b.row.orderAt || a.position - b.position,
    );
    const taken = this.taken();
    const due = this.ready().filter(({ keys }) => taken.hasRoom(keys));
    const ready = inOrder.filter(({ row }, index) => index > this.cursor && due.includes(row));
    const size = Math.min(PAGE_SIZE, Math.max(MOST_LINES - this.lines.length, 1));
    const page = ready.slice(0, size);
    this.reads += 1;
    const fromStart = this.cursor === -1;
    const last = page.at(-1);
    if (last) this.cursor = inOrder.indexOf(last);
    const lines = [...this.lines, ...page.map(({ row }) => row)];
    this.lines =
      page.length === lines.length
        ? lines
        : inOrder.map(({ row }) => row).filter((row) => lines.includes(row));
    this.passedOver = this.limits && withFullKeys(this.passedOver ?? {}, taken.full());
    this.isExhausted = page.length < size;
    const deferred = this.open()
      .filter(({ state, notBefore }) => state === 'waiting' && notBefore > this.now)
      .map(({ notBefore }) => notBefore);
    this.lookAgainAt = deferred.length > 0 ? Math.min(...deferred) : undefined;
    const later = this.open()
      .filter(({ state, dueAt }) => state === 'waiting' && dueAt > this.now + LEAD_MS)
      .map(({ dueAt }) => dueAt);
    this.nextDueAt = later.length > 0 ? Math.min(...later) : undefined;
    const waitsForTime = this.lookAgainAt !== undefined || this.nextDueAt !== undefined;
    const isEmpty = fromStart && page.length === 0 && !waitsForTime && Object.keys(taken.full()).length === 0;
    this.emptyAt = isEmpty ? this.changes : undefined;
    return undefined;
  }

  /** Puts what waits for a window that is over into that of a later day; false when nothing does. */
  private rollOverdue(): boolean {
    const over = this.open().filter(
      ({ state, hasWindow, orderAt }) => state === 'waiting' && hasWindow && orderAt <= this.now,
    );
    for (const row of over) {
      const days = Math.floor((this.now - row.orderAt) / DAY) + 1;
      row.dueAt += days * DAY;
      row.orderAt += days * DAY;
    }
    return over.length > 0;
  }

  private take(operationIDs: string[], work: (row: Row) => void): undefined {
    for (const row of this.lines.filter(({ id }) => operationIDs.includes(id))) work(row);
    this.lines = this.lines.filter(({ id }) => !operationIDs.includes(id));
    return undefined;
  }
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}

function describe({ reason, ...step }: Step): string {
  const what =
    'operationIDs' in step
      ? ` ${step.operationIDs.join(', ')}`
      : 'until' in step
        ? ` until ${at(step.until)}`
        : 'from' in step
          ? ` from the ${step.from}`
          : 'end' in step
            ? `: ${step.end}`
            : '';
  return `${step.kind}${what} (${reason})`;
}

/**
 * Queues that wait for room in keys, each at one that was full. A key that gets room finds its first queue without a look at the others, and a series that
 * goes into its next window leaves all of its queues where they are: each of them is put in order again when its key is next looked at.
 */
import { Heap } from './heap.ts';
import { LIMIT_KINDS, type LimitedKey, type LimitKeys, type LimitKind, type TakenKeys } from './limits.ts';
import { byFirst, byRank, rankOf, type Queue, type Rank, type Series } from './waiting-series.ts';

/** All that is parked at one key. */
interface Line {
  kind: LimitKind;
  key: string;
  bySeries: Map<Series, Parked>;
  /** Those that can begin, or could when they were put here. None stands behind where it belongs. */
  open: Heap<Standing>;
  /** Those that are due; each of them is aside as well. */
  soon: Heap<Standing>;
}

/** Queues of one series at one key, at least one. */
interface Parked {
  series: Series;
  line: Line;
  queues: Heap<Queue>;
  standing: Standing | undefined;
}

/** An entry that is not the standing of its queues any more is forgotten. */
interface Standing extends Rank {
  parked: Parked;
}

export class ParkedAtKeys {
  private readonly lines: Record<LimitKind, Map<string, Line>> = {
    region: new Map(),
    plan: new Map(),
    account: new Map(),
  };
  /** By series: what is not among the open ones of its key. The key has to be looked at when the series comes to its next stage. */
  private readonly aside = new Map<Series, Set<Parked>>();
  /** By series: the queues that were let out and not looked at yet, and what they were let out of. */
  private readonly out = new Map<Series, Map<Queue, Line>>();
  /** Keys that may have room which no queue that was let out stands for. */
  private owed: Line[] = [];

  constructor(private readonly taken: TakenKeys) {}

  /** Its series is due. */
  park({ kind, key }: LimitedKey, queue: Queue): void {
    const line = this.lines[kind].get(key) ?? newLine(kind, key);
    this.lines[kind].set(key, line);
    const { series } = queue;
    const parked = line.bySeries.get(series) ?? newParked(series, line);
    line.bySeries.set(series, parked);
    parked.queues.push(queue);
    if (parked.queues.first === queue) this.stand(parked);
  }

  /** Something that had these keys has ended. */
  giveBack(keys: LimitKeys = {}): void {
    for (const kind of LIMIT_KINDS) {
      const key = keys[kind];
      const line = key === undefined ? undefined : this.lines[kind].get(key);
      if (line) this.owed.push(line);
    }
  }

  /** The queue is started from, or parked. What room is left then is for the one that comes after it. */
  lookAt(queue: Queue): void {
    const out = this.out.get(queue.series);
    const line = out?.get(queue);
    if (!out || !line) return;
    out.delete(queue);
    this.owed.push(line);
  }

  /** The series has come due, or it can begin. */
  ripen(series: Series): void {
    const aside = this.aside.get(series);
    if (!aside) return;
    this.aside.delete(series);
    for (const parked of aside) {
      this.stand(parked);
      this.owed.push(parked.line);
    }
  }

  /** The series has missed its window: room that its queues were let out for is for others. */
  miss(series: Series): void {
    const out = this.out.get(series);
    if (!out) return;
    this.out.delete(series);
    this.owed.push(...out.values());
  }

  /** Of each key that has room and is owed a queue the first one: these are parked no more. */
  *letOut(): Generator<Queue, void> {
    for (let line = this.owed.pop(); line; line = this.owed.pop()) {
      if (line.bySeries.size === 0 || this.taken.isFull(line.kind, line.key)) continue;
      const queue = this.takeFirst(line);
      if (!queue) continue;
      const out = this.out.get(queue.series) ?? new Map<Queue, Line>();
      this.out.set(queue.series, out.set(queue, line));
      yield queue;
    }
  }

  /** Those that can begin come before those that would sleep. */
  private takeFirst(line: Line): Queue | undefined {
    for (let first = line.open.pop(); first; first = line.open.pop()) {
      const { parked, missed } = first;
      if (parked.standing !== first) continue;
      const { series } = parked;
      if (series.stage === 'open' && series.missed === missed) return this.takeOut(parked);
      this.stand(parked);
    }
    let first = line.soon.pop();
    while (first && first.parked.standing !== first) first = line.soon.pop();
    return first && this.takeOut(first.parked);
  }

  private takeOut(parked: Parked): Queue | undefined {
    const { series, line, queues } = parked;
    const queue = queues.pop();
    parked.standing = undefined;
    if (queues.first) this.stand(parked);
    else {
      line.bySeries.delete(series);
      this.aside.get(series)?.delete(parked);
    }
    return queue;
  }

  private stand(parked: Parked): void {
    const { series, line, queues } = parked;
    const { stage } = series;
    const { first } = queues;
    parked.standing = undefined;
    if (!first || stage === 'gone') return;
    if (stage !== 'open') this.putAside(parked);
    if (stage === 'later') return;
    parked.standing = { parked, ...rankOf(series, first) };
    line[stage].push(parked.standing);
  }

  private putAside(parked: Parked): void {
    const aside = this.aside.get(parked.series) ?? new Set();
    this.aside.set(parked.series, aside.add(parked));
  }
}

function newLine(kind: LimitKind, key: string): Line {
  return {
    kind,
    key,
    bySeries: new Map(),
    open: new Heap<Standing>(byRank),
    soon: new Heap<Standing>(byRank),
  };
}

function newParked(series: Series, line: Line): Parked {
  return { series, line, queues: new Heap(byFirst), standing: undefined };
}

/** Operations that wait for room in keys, each at one that was full. */
import { Heap } from './heap.ts';
import { LIMIT_KINDS, type LimitedKey, type LimitKeys, type TakenKeys } from './limits.ts';

/** Keeps values by key, of each the first ones at hand. */
export class ParkedAtKeys<T> {
  private readonly heaps = {
    region: new Map<string, Parked<T>>(),
    plan: new Map<string, Parked<T>>(),
    account: new Map<string, Parked<T>>(),
  };

  /** Those that are `open` come before those that are `soon`; one that is `gone` is forgotten. */
  constructor(
    private readonly order: (a: T, b: T) => number,
    private readonly stageOf: (value: T) => 'open' | 'soon' | 'gone',
  ) {}

  add({ kind, key }: LimitedKey, value: T): void {
    const stage = this.stageOf(value);
    if (stage === 'gone') return;
    const heaps = this.heaps[kind].get(key) ?? { open: new Heap(this.order), soon: new Heap(this.order) };
    this.heaps[kind].set(key, heaps);
    heaps[stage].push(value);
  }

  /** Takes the first one out of each of these keys that has room. Asked for whatever has gone elsewhere: mostly nothing is parked there. */
  takeFirst(keys: LimitKeys, taken: TakenKeys): T[] {
    const all: T[] = [];
    for (const kind of LIMIT_KINDS) {
      const key = keys[kind];
      const heaps = key === undefined ? undefined : this.heaps[kind].get(key);
      if (!heaps || !taken.hasRoom({ [kind]: key })) continue;
      const first = this.firstIn(heaps.open, 'open') ?? this.firstIn(heaps.soon, 'soon');
      if (first !== undefined) all.push(first);
    }
    return all;
  }

  /** Skips those that have become due since they were parked: they stand elsewhere. */
  private firstIn(heap: Heap<T>, stage: 'open' | 'soon'): T | undefined {
    let first = heap.pop();
    while (first !== undefined && this.stageOf(first) !== stage) first = heap.pop();
    return first;
  }
}

interface Parked<T> {
  open: Heap<T>;
  soon: Heap<T>;
}

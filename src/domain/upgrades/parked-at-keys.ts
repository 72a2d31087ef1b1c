/** What waits for room in keys, each at one that was full. */
import { Heap } from './heap.ts';
import { limitedKeys, type LimitedKey, type LimitKeys, type Limits, type TakenKeys } from './limits.ts';

/** Keeps values by key, of each the first ones at hand. */
export class ParkedAtKeys<T> {
  private readonly heaps = new Map<string, { open: Heap<T>; soon: Heap<T> }>();

  /** Those that are `open` come before those that are `soon`; one that is `gone` is forgotten. */
  constructor(
    private readonly limits: Limits,
    private readonly order: (a: T, b: T) => number,
    private readonly stageOf: (value: T) => 'open' | 'soon' | 'gone',
  ) {}

  add({ kind, key }: LimitedKey, value: T): void {
    const stage = this.stageOf(value);
    if (stage === 'gone') return;
    const name = `${kind} ${key}`;
    const heaps = this.heaps.get(name) ?? { open: new Heap(this.order), soon: new Heap(this.order) };
    this.heaps.set(name, heaps);
    heaps[stage].push(value);
  }

  /** Takes the first one out of each of these keys that has room. */
  takeFirst(keys: LimitKeys, taken: TakenKeys): T[] {
    return limitedKeys(this.limits, keys).flatMap(({ kind, key }) => {
      const heaps = this.heaps.get(`${kind} ${key}`);
      if (!heaps || !taken.hasRoom({ [kind]: key })) return [];
      const first = this.firstIn(heaps.open, 'open') ?? this.firstIn(heaps.soon, 'soon');
      return first === undefined ? [] : [first];
    });
  }

  /** What has become due since it was parked stands elsewhere. */
  private firstIn(heap: Heap<T>, stage: 'open' | 'soon'): T | undefined {
    let first = heap.pop();
    while (first !== undefined && this.stageOf(first) !== stage) first = heap.pop();
    return first;
  }
}

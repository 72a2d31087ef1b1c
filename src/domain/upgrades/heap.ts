/** A binary heap: the first of many values, by an order of the caller's, in logarithmic time. */
export class Heap<T> {
  private readonly values: T[] = [];

  /** Negative when `a` comes before `b`, as for `Array.sort`. What the order depends on must not change while a value is in the heap. */
  constructor(private readonly order: (a: T, b: T) => number) {}

  /** The first value, which stays. */
  get first(): T | undefined {
    return this.values[0];
  }

  push(value: T): void {
    const { values } = this;
    let hole = values.length;
    for (;;) {
      const above = (hole - 1) >> 1;
      const parent = values[above];
      if (hole === 0 || parent === undefined || this.order(parent, value) <= 0) break;
      values[hole] = parent;
      hole = above;
    }
    values[hole] = value;
  }

  /** Takes the first value out. */
  pop(): T | undefined {
    const [first] = this.values;
    const last = this.values.pop();
    if (last !== undefined && this.values.length > 0) this.sink(last);
    return first;
  }

  private sink(value: T): void {
    const { values } = this;
    let hole = 0;
    for (;;) {
      const child = this.firstBelow(hole);
      const below = child === undefined ? undefined : values[child];
      if (child === undefined || below === undefined || this.order(value, below) <= 0) break;
      values[hole] = below;
      hole = child;
    }
    values[hole] = value;
  }

  private firstBelow(hole: number): number | undefined {
    const [left, right] = [this.values[2 * hole + 1], this.values[2 * hole + 2]];
    if (left === undefined) return undefined;
    return right !== undefined && this.order(right, left) < 0 ? 2 * hole + 2 : 2 * hole + 1;
  }
}

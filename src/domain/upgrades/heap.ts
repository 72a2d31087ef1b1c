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
      if (parent === undefined || this.order(parent, value) <= 0) break;
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
      let [place, first] = [hole, value];
      for (const child of [2 * hole + 1, 2 * hole + 2]) {
        const below = values[child];
        if (below !== undefined && this.order(below, first) < 0) [place, first] = [child, below];
      }
      values[hole] = first;
      if (place === hole) return;
      hole = place;
    }
  }
}

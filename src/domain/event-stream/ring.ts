/** The latest entries of the stream, numbered in their order for as long as the process lives. */
import { comparePositions, isSamePosition, type Position } from './position.ts';

/** Anything with a place in the stream. */
export interface Placed {
  position: Position;
}

export interface Ring<T extends Placed> {
  /** The number of the oldest entry, and the one that the next entry will get. */
  readonly first: number;
  readonly end: number;
  /** The place right before the oldest entry: whoever has got that far goes on with it. */
  readonly base: Position;
  /** Adds entries at the end; answers those that have no room any more. */
  append(entries: readonly T[]): T[];
  /** Adds what comes between `base` and the oldest entry; false, and nothing changes, when there is no room. */
  prepend(entries: readonly T[], base: Position): boolean;
  /** Up to `most` entries from this number on. */
  slice(from: number, most: number): readonly T[];
  /** The place that whoever has got has everything before this number, which is in the ring, or its end. */
  placeBefore(number: number): Position;
  /** The number of the entry after this place; undefined when the place is not in the ring. */
  after(position: Position): number | undefined;
  /** Forgets all entries; answers them. Numbers go on. */
  restart(base: Position): T[];
  /** How many more there is room for. */
  readonly room: number;
}

export function createRing<T extends Placed>(capacity: number, from: Position): Ring<T> {
  let entries: T[] = [];
  let first = 0;
  let base = from;

  function numberOf(position: Position): number | undefined {
    let low = 0;
    let high = entries.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const entry = entries[middle];
      if (!entry) return undefined;
      const order = comparePositions(entry.position, position);
      if (order === 0) return isSamePosition(entry.position, position) ? first + middle : undefined;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  return {
    get first() {
      return first;
    },
    get end() {
      return first + entries.length;
    },
    get base() {
      return base;
    },
    get room() {
      return capacity - entries.length;
    },
    append(more) {
      entries.push(...more);
      const gone = entries.splice(0, Math.max(0, entries.length - capacity));
      first += gone.length;
      base = gone.at(-1)?.position ?? base;
      return gone;
    },
    prepend(earlier, before) {
      if (earlier.length > capacity - entries.length) return false;
      entries = [...earlier, ...entries];
      first -= earlier.length;
      base = before;
      return true;
    },
    slice: (number, most) => entries.slice(Math.max(0, number - first), Math.max(0, number - first) + most),
    placeBefore: (number) => entries[number - first - 1]?.position ?? base,
    after(position) {
      if (isSamePosition(position, base)) return first;
      const number = numberOf(position);
      return number === undefined ? undefined : number + 1;
    },
    restart(before) {
      const gone = entries;
      first += gone.length;
      entries = [];
      base = before;
      return gone;
    },
  };
}

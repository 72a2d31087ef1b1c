/** The operations that wait in a simulated plan: those with the same windows are one series, and those of it with the same keys one queue. */
import { Heap } from './heap.ts';
import type { LimitKeys } from './limits.ts';
import type { OpenWindow } from './policy-windows.ts';

/** All in ms since the epoch. */
export type SimulatedWindow = Pick<OpenWindow, 'begin' | 'latestStart'>;

/** A place in the order of the loop. */
export interface Rank {
  /** The latest start, or whatever else is the first key of the order. */
  key: number;
  /** Windows that were missed: more of them come before less. */
  missed: number;
  /** Position in the plan. */
  index: number;
}

/** Operations that wait for one window after the other together. */
export interface Series {
  /** Not due; due, and its window has not begun; can begin; nothing of it waits any more. */
  stage: 'later' | 'soon' | 'open' | 'gone';
  window: SimulatedWindow | undefined;
  /** Both only grow, so that a rank is never behind an earlier one of the same operation. */
  key: number;
  missed: number;
  /** The index of any of its operations. */
  sample: number;
  /** Operations that wait. */
  waiting: number;
  /** Queues that are not known to be held up by a key. Those that are stay parked there, through all windows. */
  readonly ready: Heap<Queue>;
  /** Where its first queue stands in line. */
  place: Place | undefined;
}

/** Operations of a series that take the same keys. */
export interface Queue {
  readonly series: Series;
  readonly keys: LimitKeys | undefined;
  /** Of all of them, in their order, and the place of the first one that still waits. */
  readonly indices: number[];
  first: number;
}

/** A place that its series has left is forgotten. */
export interface Place extends Rank {
  series: Series;
}

export function firstOf({ indices, first }: Queue): number {
  return indices[first] ?? -1;
}

export function byFirst(a: Queue, b: Queue): number {
  return firstOf(a) - firstOf(b);
}

export function rankOf({ key, missed }: Series, queue: Queue): Rank {
  return { key, missed, index: firstOf(queue) };
}

export function byRank(a: Rank, b: Rank): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return b.missed - a.missed || a.index - b.index;
}

export function beginOf({ window }: Series): number {
  return window?.begin ?? -Infinity;
}

export function latestStartOf({ window }: Series): number {
  return window?.latestStart ?? Infinity;
}

export function byBegin(a: Series, b: Series): number {
  return beginOf(a) - beginOf(b);
}

/** An empty series. `sample` is the index of any operation that is to wait in it. */
export function newSeries(sample: number): Series {
  return {
    stage: 'later',
    window: undefined,
    key: 0,
    missed: 0,
    sample,
    waiting: 0,
    ready: new Heap(byFirst),
    place: undefined,
  };
}

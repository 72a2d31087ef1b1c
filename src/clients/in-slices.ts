import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Slices } from '../domain/slices.ts';

/** How long a slice may keep everything else of the process waiting, in ms: heartbeats, activities and requests. */
const SLICE_MS = 25;

/** Does long work in slices, between which everything else goes on. An aborted `signal` ends it with its reason. */
export async function inSlices<T>(work: Slices<T>, signal?: AbortSignal): Promise<T> {
  for (let begun = performance.now(); ;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - begun < SLICE_MS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    begun = performance.now();
  }
}

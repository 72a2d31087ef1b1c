import { condition } from '@temporalio/workflow';
import type { StackObject } from '../../activities/stacks/object-activity-types.ts';
import type { StackInstances } from './instances.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { type StackState } from './known-state.ts';
import { stackProjection } from './object-proxies.ts';

/**
 * Brings a run up to date with a database that has gone on without it. Both the loop and a request that meets it do so by
 * themselves: a request that left it to the loop would wait for ever when the loop waits for requests to end.
 */
export async function catchUp(state: StackState, instances: StackInstances): Promise<void> {
  await instances.pause();
  await reload(state);
  await takeUpNewPlans(state);
}

async function reload(state: StackState): Promise<void> {
  for (;;) {
    await condition(() => !state.isWriting);
    if (!state.isOutOfStep()) return;
    const { version } = state;
    const snapshot = await stackProjection('reads the stack again').loadStack({ name: state.name });
    // A snapshot from before a request changed something says nothing any more.
    if (version === state.version && !state.isWriting) return state.load(snapshot);
  }
}

/** A run that ended between a new definition and its execution leaves plans to be created or destroyed. */
export async function takeUpNewPlans(state: StackState): Promise<void> {
  if (state.isGone() || !['ready', 'warning', 'shut_down'].includes(state.status)) return;
  // An object that is missing with a reason was there: only a START brings it back.
  const isNew = (object: StackObject): boolean => object.condition === 'absent' && object.error === null;
  const isOpen = state.retired.length > 0 || state.standing().some(isNew);
  if (isOpen) await state.enter('starting', { actor: DRYDOCK, reason: 'Its definition was being changed' });
}

import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { withDeadline } from '../../../src/clients/failures.ts';

it('many calls at once share a signal that ends them all, without a word of a leak, and leave nothing on it', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  try {
    const { signal, abort } = caller();
    const calls = Array.from({ length: 30 }, () => withDeadline({ timeoutMs: 60_000, signal }, untilAborted));
    expect(getEventListeners(signal, 'abort')).toHaveLength(30);
    abort();
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'aborted'));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await nextTurn();
    expect(warned).not.toHaveBeenCalled();
  } finally {
    process.off('warning', warned);
  }
});

function caller(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

async function untilAborted(signal: AbortSignal): Promise<string> {
  return await new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted')));
}

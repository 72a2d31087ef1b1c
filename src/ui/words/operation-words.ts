/** The reason why an operation stands where it stands. Pure. */
import type { components } from '../rest-types.ts';
import { pageWords } from './page-words.ts';
import { hasEnded } from './rollout-words.ts';

type Operation = Pick<components['schemas']['Operation'], 'state' | 'waitingFor' | 'description'>;

/** While its orchestration is being stopped nobody waits for windows, whatever was said of it last. */
export function whyOf(
  { state, waitingFor, description }: Operation,
  orchestration: { state: string } | undefined,
): string {
  const hasBegun = state !== 'pending' && state !== 'retrying';
  if (orchestration?.state === 'canceling' && !hasBegun)
    return 'It never starts: its orchestration is being stopped.';
  return pageWords(waitingFor?.message ?? description);
}

/** A busy runtime is looked at again then, and may be busy still. */
export function untilWords(code: string): string {
  return code === 'runtime-busy' || code === 'dependency-down' ? 'Looked at again' : 'Until';
}

/** What is under way, or is to come, goes before what has ended; the newest goes first. */
export function foremost<O extends { state: string; createdAt: string }>(
  operations: readonly O[],
): O | undefined {
  return operations.toSorted(
    (a, b) => Number(hasEnded(a)) - Number(hasEnded(b)) || b.createdAt.localeCompare(a.createdAt),
  )[0];
}

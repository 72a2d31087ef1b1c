/** The reason why an operation stands where it stands. Pure. */
import type { components } from '../rest-types.ts';
import { hasEnded } from './rollout-words.ts';

type Operation = Pick<components['schemas']['Operation'], 'waitingFor' | 'description'>;

/** The description of one that was canceled with its orchestration; one that was skipped has another. */
export const STOPPED = 'Orchestration was canceled';

/** In one line; who has paused it is told for all of them. */
export function whyOf(operation: Operation): string {
  const [first = '', ...then] = standsOf(operation).map(({ code, words }) =>
    code === 'paused' || code === 'budget' ? 'It is paused' : words,
  );
  return [first, ...then.map(lowered)].join('; then: ');
}

/** A reason why an operation does not go on; without a code, what was said of it last. */
interface Stand {
  code?: string;
  words: string;
  until?: string;
}

/** All reasons, in the order in which they end. */
export function standsOf({ waitingFor, description }: Operation): Stand[] {
  if (!waitingFor) return [{ words: description }];
  return [waitingFor, ...(waitingFor.then ?? [])].map(({ code, message, until }, place) => ({
    code,
    words: place === 0 ? message : lowered(message),
    ...(until !== undefined && { until }),
  }));
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A busy runtime is looked at again then, and may be busy still. */
export function untilWords(code: string): string {
  return code === 'runtime-busy' || code === 'dependency-down' ? 'looked at again' : 'until';
}

/** An operation that waits goes before one under way, which may be what it waits for, and that before one that has ended; the newest goes first. */
export function foremost<O extends { state: string; createdAt: string }>(
  operations: readonly O[],
): O | undefined {
  return operations.toSorted((a, b) => placeOf(a) - placeOf(b) || b.createdAt.localeCompare(a.createdAt))[0];
}

function placeOf(operation: { state: string }): number {
  if (hasEnded(operation)) return 2;
  return operation.state === 'in progress' ? 1 : 0;
}

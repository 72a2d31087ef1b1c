/** Times of requests to outside systems, for the meter. */
import { FinalError } from '../domain/errors.ts';
import { SILENT_METER, type Meter } from '../domain/measures.ts';

/** The outcome as a label: `refused` is an answer, too: the system is there. `given up` says nothing about the system. */
export type RequestOutcome = 'answered' | 'refused' | 'unavailable' | 'given up';

/** The outcome of a request that has thrown. `answered` are classes of errors that the system itself has told of. */
export function outcomeOf(
  error: unknown,
  signal: AbortSignal | undefined,
  answered: readonly (abstract new (...given: never[]) => Error)[] = [],
): RequestOutcome {
  if (signal?.aborted) return 'given up';
  const isAnswer = error instanceof FinalError || answered.some((kind) => error instanceof kind);
  return isAnswer ? 'refused' : 'unavailable';
}

/** Tells the meter how a request that is over has ended. */
export type Tell = (outcome: RequestOutcome) => void;

/** Begins to time a request; the answer is to be called when it is over. */
export function timing(system: string, meter: Meter = SILENT_METER): () => Tell {
  const beganAt = performance.now();
  return () => {
    const seconds = (performance.now() - beganAt) / 1_000;
    return (outcome) => meter.outsideRequest({ system, outcome }, seconds);
  };
}

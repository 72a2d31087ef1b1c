/** Times and spans of requests to outside systems. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
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

/** Tells how a request that is over has ended. */
export type Tell = (outcome: RequestOutcome) => void;

export interface TimedRequest {
  /** To be sent with it: the trace that it belongs to; none while traces are off. */
  headers: Record<string, string>;
  /** To be called when it is over. */
  over(): Tell;
}

/** Begins to time a request, and a span of it; `name` says in a trace what was asked for. */
export function timing(system: string, meter: Meter = SILENT_METER, name = system): TimedRequest {
  const beganAt = performance.now();
  const attributes = { 'drydock.system': system };
  const span = trace.getTracer('drydock').startSpan(name, { kind: SpanKind.CLIENT, attributes });
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  return {
    headers,
    over: () => {
      const seconds = (performance.now() - beganAt) / 1_000;
      const endedAt = Date.now();
      return (outcome) => {
        meter.outsideRequest({ system, outcome }, seconds);
        span.setAttribute('drydock.outcome', outcome);
        if (outcome !== 'answered') span.setStatus({ code: SpanStatusCode.ERROR });
        span.end(endedAt);
      };
    },
  };
}

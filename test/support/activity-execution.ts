/** Executes an activity without a worker, so that a test decides which executions there are and when each goes on. */
import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { noopMetricMeter } from '@temporalio/common';

/**
 * Details that attempts of one activity hand on, as Temporal keeps them: until the next heartbeat, whichever attempt
 * that comes from.
 */
export interface HandedOn {
  details?: unknown;
}

/** Details of an activity that its execution can ask for. */
export type Asked = Pick<Info, 'activityType' | 'scheduledTimestampMs'>;

/**
 * Runs `work` as one execution of an activity with a heartbeat timeout of 30 s; what it reports goes nowhere, or to the next
 * attempt that is given the same `handedOn`. `signal` tells it to end.
 */
export async function executeActivity<T>(
  work: () => Promise<T>,
  handedOn: HandedOn = {},
  { signal = new AbortController().signal, ...asked }: Partial<Asked> & { signal?: AbortSignal } = {},
): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const info: Partial<Info> = {
    heartbeatTimeoutMs: 30_000,
    heartbeatDetails: handedOn.details,
    scheduledTimestampMs: Date.now(),
    attempt: 1,
    ...asked,
  };
  const context = new Context(
    info as Info,
    never,
    signal,
    (details) => {
      // Later changes of the same thing are not part of it.
      handedOn.details = structuredClone(details);
    },
    undefined,
    { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    noopMetricMeter,
    { details: undefined },
  );
  return await asyncLocalStorage.run(context, work);
}

function nothing(): void {
  // No word on executions that fail on purpose.
}

import { Context } from '@temporalio/activity';

/**
 * Runs `work` while telling Temporal every few seconds that the activity is alive; the SDK throttles what is sent. Every
 * call to the outside that the work makes must have a timeout of its own, so that a beat means progress. What ends before
 * the first beat is due costs no beat at all. `mostMs` between two beats is how late a cancelation may be noticed; `details`
 * is what a beat carries to the next attempt.
 */
export async function withHeartbeat<T>(
  work: (signal: AbortSignal) => Promise<T>,
  mostMs = Infinity,
  details: () => unknown = () => undefined,
): Promise<T> {
  const context = Context.current();
  const timeoutMs = context.info.heartbeatTimeoutMs ?? 30_000;
  const everyMs = Math.min(mostMs, Math.max(500, Math.floor(timeoutMs / 3)));
  const timer = setInterval(() => context.heartbeat(details()), everyMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}

/** The same activities, each with a heartbeat. Local ones have none: Temporal waits for them in the workflow task itself. */
export function eachWithHeartbeat<A extends object>(activities: A): A {
  const beating = (run: Activity): Activity => {
    return (input) => (Context.current().info.isLocal ? run(input) : withHeartbeat(() => run(input)));
  };
  const entries = Object.entries(activities) as [string, Activity][];
  return { ...activities, ...Object.fromEntries(entries.map(([name, run]) => [name, beating(run)])) };
}

type Activity = (input: unknown) => Promise<unknown>;

/**
 * Reads what is shown anew when something has happened, and never more often than the service bears: an event says that
 * something has changed, and a GET what. A thousand events a second cost as many reads as one.
 */
interface RefresherOptions {
  /** Reads everything that is shown. */
  read(): Promise<void>;
  /** Least time from the end of one read to the begin of the next, in ms. */
  restMs: number;
  /** Milliseconds of any clock that only goes on. */
  clock(): number;
  /** Calls back after so many ms. */
  later(call: () => void, ms: number): void;
}

/** Longest rest in ms: a tab that was hidden comes back from a read of hours. */
const MOST_REST_MS = 30_000;

/** Answers a function that says that something has happened. */
export function refresher({ read, restMs, clock, later }: RefresherOptions): () => void {
  let isBusy = false;
  let isWanted = false;
  const run = (): void => {
    isBusy = true;
    isWanted = false;
    const begin = clock();
    const rest = (): void => {
      // A service that is slow to answer is asked less often.
      const ms = Math.max(restMs, Math.min(3 * (clock() - begin), MOST_REST_MS));
      later(() => {
        isBusy = false;
        if (isWanted) run();
      }, ms);
    };
    read().then(rest, rest);
  };
  return () => {
    isWanted = true;
    if (!isBusy) run();
  };
}

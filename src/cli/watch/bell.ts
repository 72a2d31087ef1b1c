/** Wakes up who waits: rung once or many times in between, it is heard once. */
export interface Bell {
  ring(): void;
  /** Until it is rung, so many milliseconds have passed, or the signal says so. Never rejects. */
  heard(limitMs: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    heard: async (limitMs, signal) => {
      if (!isRung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            resolve();
          };
          const timer = setTimeout(done, limitMs);
          signal.addEventListener('abort', done, { once: true });
          wake = done;
        });
      }
      wake = undefined;
      isRung = false;
    },
  };
}

/** Never rejects: whoever waits looks at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await createBell().heard(ms, signal);
}

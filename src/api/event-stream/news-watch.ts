/** Pauses of a reader that end early when there is something new. */
import type { Logger } from 'pino';

interface Listening {
  close(): Promise<void>;
}

export interface NewsWatch {
  /** Listens, unless it does; nothing waits for that. */
  ensure(): void;
  /** Waits for `least` ms, and then for news, `most` ms in all. */
  pause(least: number, most: number): Promise<void>;
  /** Ends the pause. */
  wake(): void;
  stop(): Promise<void>;
}

export function createNewsWatch(
  listen: (onNews: () => void, onLost: () => void) => Promise<Listening>,
  logger: Logger,
): NewsWatch {
  let listening: Listening | undefined;
  let isListeningSoon = false;
  let isWanted = false;
  /** Since the last pause. */
  let news = 0;
  let end: (() => void) | undefined;
  let endEarly: (() => void) | undefined;

  const onNews = (): void => {
    news += 1;
    endEarly?.();
  };

  async function connect(): Promise<void> {
    const lost = new AbortController();
    let connected: Listening | undefined;
    try {
      connected = await listen(onNews, () => {
        lost.abort();
        if (!connected) return;
        // Another one may listen by now.
        if (listening === connected) listening = undefined;
        void connected.close();
      });
      if (lost.signal.aborted || !isWanted) return await connected.close();
      listening = connected;
      // Something may have come before it listened.
      onNews();
    } catch (error) {
      // The next look tries again, and looks go on without it.
      logger.debug({ err: error }, 'the event stream cannot listen');
    } finally {
      isListeningSoon = false;
    }
  }

  function wait(ms: number, isEarly: boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        end = endEarly = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      end = done;
      if (isEarly) endEarly = done;
    });
  }

  return {
    ensure: () => {
      isWanted = true;
      if (listening || isListeningSoon) return;
      isListeningSoon = true;
      void connect();
    },
    pause: async (least, most) => {
      await wait(least, false);
      if (news === 0 && most > least) await wait(most - least, true);
      news = 0;
    },
    wake: () => {
      news += 1;
      end?.();
    },
    stop: async () => {
      isWanted = false;
      const last = listening;
      listening = undefined;
      await last?.close();
    },
  };
}

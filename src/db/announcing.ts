/** The channel on which processes tell each other that something was logged. */
export const CHANNEL = 'drydock_changes';

/** Five times a second at the most: each NOTIFY takes a lock at its commit that all of the server share. */
const GAP_MS = 200;

export interface Announcing {
  /** Something was committed: it is told at once, or with what follows, when something was told just now. */
  announce(): void;
  end(): void;
}

/** `onFailed` hears of what could not be told: whoever listens also looks by himself. */
export function announcing(
  tell: () => Promise<unknown>,
  onFailed: (error: unknown) => void,
  gapMs = GAP_MS,
): Announcing {
  let isDue = false;
  let isTelling = false;
  let isEnded = false;

  async function serve(): Promise<void> {
    isTelling = true;
    while (isDue && !isEnded) {
      isDue = false;
      try {
        await tell();
      } catch (error) {
        onFailed(error);
      }
      await new Promise((resolve) => setTimeout(resolve, gapMs).unref());
    }
    isTelling = false;
  }

  return {
    announce: () => {
      isDue = true;
      if (!isTelling) void serve();
    },
    end: () => {
      isEnded = true;
    },
  };
}

import type { InventoryClient } from '../../clients/upgrades/outside-systems.ts';
import type { Fleet } from '../../domain/upgrades/rollout-plan.ts';
import type { ExcludedShoot, Runtime } from '../../domain/upgrades/runtime.ts';

/** A fleet that was read is answered again for so long. */
const FRESH_MS = 60_000;

/** Reads the inventory once, from its begin to its end. Throws what the client throws. */
export async function readFleet(
  inventory: Pick<InventoryClient, 'pages'>,
  options: { signal?: AbortSignal } = {},
): Promise<Fleet> {
  const runtimes: Runtime[] = [];
  const excluded: ExcludedShoot[] = [];
  for await (const page of inventory.pages(options)) {
    runtimes.push(...page.runtimes);
    excluded.push(...page.excluded);
  }
  return { runtimes, excluded };
}

/**
 * The fleet for previews, which may be a minute old. All who ask at the same time, or within a minute, share one reading of the
 * inventory; it goes on when they have stopped waiting, for the next one who asks.
 */
export class FleetSnapshot {
  private reading: Promise<Fleet> | undefined;

  constructor(private readonly inventory: Pick<InventoryClient, 'pages'>) {}

  /** Throws what the client throws, and the reason of a signal that fires. */
  async read(signal?: AbortSignal): Promise<Fleet> {
    const reading = this.reading ?? this.begin();
    return signal ? await unlessAborted(signal, reading) : await reading;
  }

  private begin(): Promise<Fleet> {
    const reading = readFleet(this.inventory);
    this.reading = reading;
    const forget = (): void => void (this.reading = undefined);
    reading.then(() => setTimeout(forget, FRESH_MS).unref(), forget);
    return reading;
  }
}

/** The wait ends at once; the work itself goes on. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

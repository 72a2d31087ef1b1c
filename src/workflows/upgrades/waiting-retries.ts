import { uuid4 } from '@temporalio/workflow';
import type { RetryRequest } from '../contract/upgrades.ts';
import { projection } from './projection-proxies.ts';
import type { RetryInput } from './signal-inputs.ts';

/** Retries that were asked for and are not written yet, in the order in which they came. */
export class WaitingRetries {
  private readonly waiting: RetryRequest[];

  constructor(
    private readonly orchestrationID: string,
    carried: readonly RetryRequest[] = [],
  ) {
    this.waiting = [...carried];
  }

  /** One by hand is a request of its own each time. */
  add({ requestID = uuid4(), ...rest }: RetryInput): void {
    if (this.waiting.some((known) => known.requestID === requestID)) return;
    this.waiting.push({ requestID, ...rest });
  }

  isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Writes them, also those that come in meanwhile; answers how many operations wait again. */
  async apply(): Promise<number> {
    const { orchestrationID } = this;
    let total = 0;
    for (let retry = this.waiting[0]; retry; retry = this.waiting[0]) {
      const { changed } = await projection('applies a retry').applyRetry({ orchestrationID, retry });
      this.waiting.shift();
      total += changed;
    }
    return total;
  }

  /** Those that a continued run takes over. */
  carried(): RetryRequest[] {
    return this.waiting;
  }
}

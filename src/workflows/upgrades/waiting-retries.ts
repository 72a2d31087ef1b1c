import { uuid4 } from '@temporalio/workflow';
import type { RetryRequest } from '../contract/upgrades.ts';
import { projection } from './projection-proxies.ts';
import type { RetryInput } from './signal-inputs.ts';

/** Retries that came by signal and are not written yet, in the order in which they came. */
export class WaitingRetries {
  private readonly waiting: RetryRequest[];

  constructor(
    private readonly orchestrationID: string,
    carried: readonly RetryRequest[] = [],
  ) {
    this.waiting = [...carried];
  }

  /** Without an ID each is a request of its own. */
  add({ requestID = uuid4(), ...rest }: RetryInput): void {
    if (this.waiting.some((known) => known.requestID === requestID)) return;
    this.waiting.push({ requestID, ...rest });
  }

  isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Writes them, also those that come in meanwhile. */
  async write(): Promise<void> {
    const { orchestrationID } = this;
    for (let retry = this.waiting[0]; retry; retry = this.waiting[0]) {
      await projection('carries out a retry').applyRetry({ orchestrationID, retry });
      this.waiting.shift();
    }
  }

  /** Those that a continued run takes over. */
  carried(): RetryRequest[] {
    return this.waiting;
  }
}

/** Sends what is due, several to each webhook at once and all webhooks beside each other, so that a slow receiver holds up itself alone. */
import { setMaxListeners } from 'node:events';
import { log } from '@temporalio/activity';
import { delayBeforeNext } from '../../domain/webhooks/delivery-attempts.ts';
import type { WebhookAnswer } from '../../clients/webhooks/webhook-sender.ts';
import type { AttemptEnd, TakenDelivery } from '../../db/repositories/webhooks/webhook-repository.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

type Deps = Pick<ActivityDependencies, 'repositories' | 'webhooks' | 'clock'>;

const MOST_OF_EACH = 4;
/** Milliseconds beyond the limit of a request after which its process counts as dead. */
const MARGIN_MS = 15_000;
const GONE = 410;

export class Sending {
  /** Requests under way, by webhook. */
  private readonly busy = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly brokenOff = new AbortController();

  /** `onEnd` is called when a request has ended. */
  constructor(
    private readonly deps: Deps,
    private readonly onEnd: () => void,
  ) {
    // Each request under way listens to it; Node would warn of a leak.
    setMaxListeners(0, this.brokenOff.signal);
  }

  /** Begins what is due, as far as its webhook has room. */
  async begin(): Promise<void> {
    const { repositories, webhooks, clock } = this.deps;
    const now = clock();
    const taken = await repositories.webhooks.take({
      mostOfEach: MOST_OF_EACH,
      busy: this.busy,
      now: rfc3339(now),
      sendingUntil: rfc3339(now + webhooks.sender.limitMs + MARGIN_MS),
    });
    for (const delivery of taken) this.track(delivery.webhookID, this.send(delivery));
  }

  isBusy(): boolean {
    return this.underWay.size > 0;
  }

  /** Waits for what is under way. What has not ended within the limit, where there is one, is sent again by whoever goes on. */
  async end(limitMs?: number): Promise<void> {
    const timer = limitMs === undefined ? undefined : setTimeout(() => this.brokenOff.abort(), limitMs);
    await Promise.all(this.underWay);
    clearTimeout(timer);
  }

  private track(webhookID: string, sent: Promise<void>): void {
    this.busy.set(webhookID, (this.busy.get(webhookID) ?? 0) + 1);
    const tracked = sent.finally(() => {
      this.busy.set(webhookID, (this.busy.get(webhookID) ?? 1) - 1);
      this.underWay.delete(tracked);
      this.onEnd();
    });
    this.underWay.add(tracked);
  }

  private async send(delivery: TakenDelivery): Promise<void> {
    const { id, webhookID, eventID, url, body, secrets } = delivery;
    const { repositories, webhooks, clock } = this.deps;
    try {
      const { signal } = this.brokenOff;
      const answer = await webhooks.sender.send({ url, eventID, body, secrets }, clock(), signal);
      // Nobody knows whether it has come.
      if (signal.aborted) return await repositories.webhooks.release(delivery);
      await repositories.webhooks.settle(delivery, endOf(delivery, answer, clock()));
      if (answer.status === GONE) await this.disable(delivery);
    } catch (error) {
      // It is sent again once its process counts as dead, under the same ID.
      log.warn('What came of a delivery could not be written', { delivery: id, webhook: webhookID, error });
    }
  }

  private async disable({ webhookID, url }: TakenDelivery): Promise<void> {
    const reason = 'The receiver answered 410 Gone';
    const by = { actor: DRYDOCK, reason, now: nowOf(this.deps) };
    if (await this.deps.repositories.webhooks.disableGone(webhookID, url, by))
      log.warn('A webhook was disabled', { webhook: webhookID, reason });
  }
}

function endOf({ id, attempts }: TakenDelivery, { status, text }: WebhookAnswer, nowMs: number): AttemptEnd {
  const end = { status, answer: text, now: rfc3339(nowMs) };
  if (status !== null && status >= 200 && status < 300) return { ...end, state: 'delivered', nextAt: null };
  const delayMs = status === GONE ? undefined : delayBeforeNext(id, attempts + 1);
  if (delayMs === undefined) return { ...end, state: 'failed', nextAt: null };
  return { ...end, state: 'pending', nextAt: rfc3339(nowMs + delayMs) };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

import { Context } from '@temporalio/activity';
import { wantsType, type WebhookWants } from '../../domain/webhooks/event-types.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { Sending } from './sending.ts';
import { adoptRows, readOn, tellStandstills, tellUpcoming } from './telling.ts';
import type { WebhookActivities } from './webhook-activity-types.ts';

type Deps = Pick<ActivityDependencies, 'repositories' | 'webhooks' | 'clock'>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Days for which deliveries are kept. */
const KEPT_DAYS = 30;
const PRUNED_AT_ONCE = 1_000;
/** A worker that shuts down waits that long for answers of receivers. */
const LAST_ANSWERS_MS = 3_000;

export function createWebhookActivities(deps: Deps): WebhookActivities {
  return {
    tellWebhooks: ({ everySeconds, shiftSeconds }) =>
      withHeartbeat(async (signal) => {
        const end = deps.clock() + shiftSeconds * 1_000;
        const shift = new Shift(deps, signal);
        try {
          await shift.begin();
          do await shift.turn(everySeconds * 1_000);
          while (!signal.aborted && shift.goesOn(end));
        } finally {
          await shift.end();
        }
        // Canceled, it says so; a worker that shuts down hands over.
        if (signal.aborted && !Context.current().cancellationDetails?.workerShutdown)
          await Context.current().cancelled;
      }),
  };
}

class Shift {
  private readonly sending: Sending;
  private lookedAt: number | undefined;
  /** Those that were told of windows by the last look. */
  private wanting = '';
  /** Requests that have ended. */
  private ended = 0;
  private wake: (() => void) | undefined;

  constructor(
    private readonly deps: Deps,
    private readonly signal: AbortSignal,
  ) {
    this.sending = new Sending(deps, () => {
      this.ended += 1;
      this.wake?.();
    });
    signal.addEventListener('abort', () => this.wake?.());
  }

  async begin(): Promise<void> {
    await adoptRows(this.deps);
    const before = new Date(this.deps.clock() - KEPT_DAYS * DAY_MS).toISOString();
    const { prune } = this.deps.repositories.webhooks;
    while ((await prune(before, PRUNED_AT_ONCE)) === PRUNED_AT_ONCE && !this.signal.aborted);
  }

  /** Reads on, and sends what is due until it is time for the next turn. */
  async turn(everyMs: number): Promise<void> {
    const end = this.deps.clock() + everyMs;
    const webhooks = await this.deps.repositories.webhooks.enabled();
    const isMore = webhooks.length > 0 && (await this.read(webhooks));
    for (;;) {
      const ended = this.ended;
      if (webhooks.length > 0) await this.sending.begin();
      if (isMore) return;
      await this.pause(ended, end - this.deps.clock());
      // Otherwise there is room for what waits behind a request that has ended.
      if (this.ended === ended || this.deps.clock() >= end) return;
    }
  }

  /** Beyond its end while requests are under way: to wait for a slow receiver alone would hold up all others. */
  goesOn(endMs: number): boolean {
    const nowMs = this.deps.clock();
    return nowMs < endMs || (this.sending.isBusy() && nowMs < endMs + MINUTE_MS);
  }

  async end(): Promise<void> {
    await this.sending.end(this.signal.aborted ? LAST_ANSWERS_MS : undefined);
  }

  /** True when there may be more to read. */
  private async read(webhooks: readonly WebhookWants[]): Promise<boolean> {
    const { deps } = this;
    if (deps.clock() - (this.lookedAt ?? -Infinity) >= MINUTE_MS) {
      const now = deps.clock();
      await tellStandstills(deps, webhooks);
      const wanting = namesOf(webhooks);
      const lookedAtMs = wanting === this.wanting ? this.lookedAt : undefined;
      await tellUpcoming(deps, webhooks, { lookedAtMs, signal: this.signal });
      this.wanting = wanting;
      this.lookedAt = now;
    }
    return await readOn(deps);
  }

  /** Ends early when a request ends. */
  private async pause(ended: number, ms: number): Promise<void> {
    if (this.ended !== ended || this.signal.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}

/** The webhooks that want to be told of windows, in one text: a new one among them has heard of none. */
function namesOf(webhooks: readonly WebhookWants[]): string {
  const wanting = webhooks.filter((webhook) => wantsType(webhook, 'window.upcoming'));
  return wanting
    .map(({ id }) => id)
    .sort()
    .join();
}

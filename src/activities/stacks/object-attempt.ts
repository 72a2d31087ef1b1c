import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { z } from 'zod';
import type { ActivityDependencies } from '../activity-dependencies.ts';

/**
 * Requests that an activity sends to a driver at most once in all its attempts; `clear` destroys what had failed, `attach`
 * gives an instance back what belongs to it.
 */
const SENT = ['clear', 'create', 'destroy', 'stop', 'start', 'attach'] as const;
export type Sent = (typeof SENT)[number];

const progressSchema = z.object({
  sent: z.enum(SENT).optional(),
  /** A request was sent, also where each attempt asks again. */
  hasAsked: z.boolean().optional(),
  /** Since when the driver has not been able to do what is asked of it, milliseconds. */
  unavailableSince: z.number().optional(),
  /** Since when something else has been using what is to be destroyed, milliseconds. */
  inUseSince: z.number().optional(),
});
type Progress = z.infer<typeof progressSchema>;
/** Hindrances that are waited for, each for its own time. */
export type Hindrance = 'unavailableSince' | 'inUseSince';

/** An attempt that has sent something looks that long whether it is through: most things are. */
const LINGER_MS = 400;
const FIRST_LOOK_MS = 50;
/** The longest time between two attempts, and its share of the time that was waited. */
const MOST_DELAY_MS = 10_000;
const DELAY_SHARE = 0.1;

/**
 * One attempt of an activity on an object. Waiting is done between attempts, so that it takes no place of a worker,
 * however many objects are waited for. What was sent is handed on to the next attempt in the last heartbeat; when
 * that gets lost with its worker the request is repeated, which a driver must bear.
 */
export class ObjectAttempt {
  private progress: Progress;
  private hasSentNow = false;
  private lingered = 0;

  private isKept = true;
  /** Details that an earlier attempt has handed on stay with Temporal until others are. */
  private readonly wasHandedOn: boolean;

  constructor(private readonly deps: Pick<ActivityDependencies, 'clock' | 'objectPollMs'>) {
    this.progress = progressSchema.safeParse(Context.current().info.heartbeatDetails).data ?? {};
    this.wasHandedOn = Object.keys(this.progress).length > 0;
  }

  /** For heartbeats. */
  get details(): unknown {
    return this.progress;
  }

  /** Every attempt asks again, and looks once. */
  forgetsRequests(): void {
    this.isKept = false;
  }

  hasSent(...requests: Sent[]): boolean {
    return this.progress.sent !== undefined && requests.includes(this.progress.sent);
  }

  /** True once any request was sent: what stands now may have come of it. */
  get hasAsked(): boolean {
    return this.progress.hasAsked === true;
  }

  /**
   * Sends a request, and waits for its answer also when the activity is canceled meanwhile: nobody would know whether an
   * aborted one has arrived.
   */
  async send(sent: Sent, request: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await request(new AbortController().signal);
    this.hasSentNow = true;
    this.lingered = 0;
    this.progress = { hasAsked: true, ...(this.isKept ? { sent } : {}) };
    // The next steps of a nested stack are judged by it, also when this worker dies.
    if (!this.isKept) Context.current().heartbeat(this.progress);
  }

  /** The request has come to nothing: the next attempt begins anew. */
  forget(): void {
    this.progress = {};
  }

  /** Waits a moment and answers true; false when it is time to give the place back. */
  async linger(): Promise<boolean> {
    const waitMs = Math.max(FIRST_LOOK_MS, this.lingered);
    if (!this.isKept || !this.hasSentNow || this.lingered + waitMs > LINGER_MS) return false;
    this.lingered += waitMs;
    await Context.current().sleep(waitMs);
    return true;
  }

  /** Gives the place back: the next attempt looks again. */
  giveBack(message: string): ApplicationFailure {
    delete this.progress.unavailableSince;
    delete this.progress.inUseSince;
    return ApplicationFailure.create({
      message,
      type: 'OBJECT_UNDER_WAY',
      nextRetryDelay: this.delayMs(),
      category: ApplicationFailureCategory.BENIGN,
    });
  }

  /** Tried again after a time that does not depend on how often it was looked at before. */
  unavailable(message: string): ApplicationFailure {
    return ApplicationFailure.create({
      message,
      type: 'OBJECTS_UNAVAILABLE',
      nextRetryDelay: this.delayMs(),
    });
  }

  /** Milliseconds for which this hindrance has been met by every attempt that could tell, this one included. */
  hinderedMs(by: Hindrance): number {
    const now = this.deps.clock();
    // A driver that can't be asked says nothing about users; a user that it names says that it could be asked.
    if (by === 'inUseSince') delete this.progress.unavailableSince;
    const since = (this.progress[by] ??= now);
    return now - since;
  }

  /** Hands on what was sent, or that nothing is any more; to be called before an attempt fails. */
  handOn(): void {
    const isEmpty = Object.keys(this.progress).length === 0;
    if (!isEmpty || this.wasHandedOn) Context.current().heartbeat(this.progress);
  }

  private delayMs(): number {
    const waitedMs = this.deps.clock() - Context.current().info.scheduledTimestampMs;
    return Math.max(this.deps.objectPollMs, Math.min(waitedMs * DELAY_SHARE, MOST_DELAY_MS));
  }
}

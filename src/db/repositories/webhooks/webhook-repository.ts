import type { Position } from '../../../domain/event-stream/position.ts';
import type { DeliveryChoice } from '../../../domain/webhooks/deed-reasons.ts';
import type { DeliveryState } from '../../../domain/webhooks/delivery-states.ts';
import type { DeliveryOf, WebhookEventType, WebhookWants } from '../../../domain/webhooks/event-types.ts';
import type { Standstill, UpcomingWindow, WaveNames } from '../../../domain/webhooks/logged-events.ts';
import type { WebhookDeliveryRow } from '../../schema/webhooks/webhook-deliveries.ts';
import type { WebhookRow } from '../../schema/webhooks/webhook.ts';
import type { Page, Paging, StateChange } from '../repository-types.ts';

export type { WebhookDeliveryRow };
/** A webhook without its secrets. */
export type ShownWebhook = Omit<
  WebhookRow,
  'secret' | 'earlierSecret' | 'idempotencyKey' | 'requestHash' | 'tx'
>;
/** With the newest event that it was told of, null when there is none. */
export type ListedWebhook = ShownWebhook & { lastDelivery: WebhookDeliveryRow | null };

/** With the hash of the request that has added it; null when that had no key. */
export type KeyedWebhook = ListedWebhook & Pick<WebhookRow, 'requestHash'>;

export interface NewWebhook {
  id: string;
  url: string;
  description: string;
  events: WebhookEventType[];
  secret: string;
  createdBy: string;
  idempotencyKey?: string;
  /** SHA-256 of the request, hex, when it has a key. */
  requestHash?: string;
  now: string;
}

/** Fields that are not given stay as they are. */
export type WebhookChange = Partial<Pick<ShownWebhook, 'url' | 'description' | 'events' | 'isEnabled'>>;

/** The person who does something, and when. */
export type DoneBy = Pick<StateChange, 'actor' | 'now'>;

/** A delivery that this process alone sends, until `sendingUntil`. */
export interface TakenDelivery extends Pick<
  WebhookDeliveryRow,
  'id' | 'webhookID' | 'eventID' | 'body' | 'attempts'
> {
  sendingUntil: string;
  url: string;
  /** The last one first. */
  secrets: string[];
}

/** How an attempt has ended, and what follows. */
export interface AttemptEnd {
  state: DeliveryState;
  /** Set while another attempt follows. */
  nextAt: string | null;
  status: number | null;
  answer: string;
  now: string;
}

/** How much a webhook may be sent at once. */
export interface Taking {
  mostOfEach: number;
  /** Those under way in this process, by webhook. */
  busy: ReadonlyMap<string, number>;
  now: string;
  sendingUntil: string;
}

/** The needs of the API. Who changes something stands in the log of webhooks. */
export interface WebhookAdministration {
  /** Oldest first; there are 50 at the most. */
  list(): Promise<ListedWebhook[]>;
  find(id: string): Promise<ListedWebhook | undefined>;
  /** The one that this subject has added under that key. */
  findByIdempotencyKey(createdBy: string, key: string): Promise<KeyedWebhook | undefined>;
  /** Under a key that was sent before, the row of the first request stands, and is answered. Undefined when there are as many as there may be. */
  add(webhook: NewWebhook, most: number): Promise<KeyedWebhook | undefined>;
  /**
   * Disabled, it gets nothing any more, and what was on its way has failed; others are told so. Enabled, it gets what is logged from then on.
   * Undefined when there is none.
   */
  change(id: string, change: WebhookChange, by: StateChange): Promise<ListedWebhook | undefined>;
  /** The secret that signed until now goes on doing so until then. Undefined when there is none; the same secret again changes nothing. */
  rotate(id: string, secret: string, earlierUntil: string, by: DoneBy): Promise<ListedWebhook | undefined>;
  remove(id: string, by: DoneBy): Promise<boolean>;
  /** Newest first. */
  deliveries(
    id: string,
    states: readonly DeliveryState[] | undefined,
    paging: Paging,
  ): Promise<Page<WebhookDeliveryRow>>;
  /** The time since which a delivery has been due that nobody has begun to send, RFC 3339 UTC; null without one. */
  dueSince(now: string): Promise<string | null>;
  /** Tells it of an event, whatever it wants. */
  tell(delivery: DeliveryOf, now: string): Promise<void>;
  /** Those that have ended begin anew, and those that wait are tried at once. Answers how many; undefined, and changes nothing, when there are more than `most`. */
  redeliver(id: string, choice: DeliveryChoice, most: number, by: DoneBy): Promise<number | undefined>;
}

/** Windows that open after `after` and not after `until`; all times RFC 3339 UTC. */
export interface UpcomingQuery {
  after: string;
  until: string;
  /** Only those that open after `toldUntil`, and those of which an operation has changed since `toldAt`. */
  unless?: { toldUntil: string; toldAt: string };
  /** The last one of the page before. */
  last?: UpcomingWindow;
  limit: number;
}

/** The needs of delivering. */
export interface WebhookDelivering {
  /** All that are enabled. */
  enabled(): Promise<WebhookWants[]>;
  /** How far the logs were read; undefined before the first webhook. */
  position(): Promise<Position | undefined>;
  /** Writes deliveries and moves on, unless another one has moved on meanwhile: then it changes nothing, and answers false. */
  advance(from: Position, to: Position, deliveries: readonly DeliveryOf[], now: string): Promise<boolean>;
  /** Begins at the present end of the logs, when the place that was read last is gone. */
  restart(from: Position): Promise<void>;
  waveNames(orchestrationIDs: readonly string[]): Promise<WaveNames>;
  /** Orchestrations of which nothing has begun or ended since before then, although something could. */
  standstills(before: string): Promise<Standstill[]>;
  /** Windows for which operations wait whose plans are complete, the earliest first; no dry runs. */
  upcoming(query: UpcomingQuery): Promise<UpcomingWindow[]>;
  /** Writes deliveries; those that are there already stay as they are. */
  tellAll(deliveries: readonly DeliveryOf[], now: string): Promise<void>;
  /** Takes what is due. */
  take(taking: Taking): Promise<TakenDelivery[]>;
  /** Nothing changes when it was taken by another one since. */
  settle(delivery: TakenDelivery, end: AttemptEnd): Promise<void>;
  /** Leaves what was broken off to others, at once. */
  release(delivery: TakenDelivery): Promise<void>;
  /** Disables it, unless its URL is another one by now. False when it changes nothing. */
  disableGone(id: string, url: string, by: StateChange): Promise<boolean>;
  /** Deletes up to `limit` deliveries that were written before then. Answers how many. */
  prune(before: string, limit: number): Promise<number>;
}

export type WebhookRepository = WebhookAdministration & WebhookDelivering;

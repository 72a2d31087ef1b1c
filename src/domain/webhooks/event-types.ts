/** The types of events that webhooks can be told of. */
export const WEBHOOK_EVENT_TYPES = [
  'orchestration.created',
  /** It has the turn, for the first time or for a retry. */
  'orchestration.started',
  'orchestration.paused',
  'orchestration.resumed',
  'orchestration.ended',
  /** It is in progress and not paused, and nothing of it has begun or ended for hours. */
  'orchestration.stalled',
  'wave.started',
  'wave.ended',
  'approval.requested',
  'approval.decided',
  'approval.expired',
  'budget.exceeded',
  /** Some operations of one orchestration, that have failed one after the other. */
  'operation.failed',
  /** Everything was paused, or goes on. */
  'queue.paused',
  'queue.resumed',
  'policy.changed',
  'stack.status',
  /** A window opens within 72 hours, and within one: for calendars of customers. Only for those that name it: there is one for each account. */
  'window.upcoming',
  /** Another webhook gets nothing any more. */
  'webhook.disabled',
  'webhook.test',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** An event as webhooks are told of it, whoever wants it. */
export interface WebhookEvent {
  /** The header `webhook-id`: the same whenever and to whomever it is told. */
  id: string;
  type: WebhookEventType;
  /** RFC 3339 UTC. */
  at: string;
  /** The place in the event stream (ADR 72) as the number of a transaction; null of what no log has. */
  place: string | null;
  data: Record<string, unknown>;
}

/** A webhook as far as it decides what it is told. */
export interface WebhookWants {
  id: string;
  isEnabled: boolean;
  /** Empty for all but those that are told only when they are named. */
  events: readonly WebhookEventType[];
  /** The place in the event stream when it was enabled. */
  since: string;
}

/** So many that they would bury what else a webhook is told. */
const ONLY_WHEN_NAMED: ReadonlySet<WebhookEventType> = new Set(['window.upcoming']);

/** Whether it is to be told of events of this type. */
export function wantsType(
  { isEnabled, events }: Pick<WebhookWants, 'isEnabled' | 'events'>,
  type: WebhookEventType,
): boolean {
  return isEnabled && (events.includes(type) || (events.length === 0 && !ONLY_WHEN_NAMED.has(type)));
}

/** Changes that were logged before it was enabled, or are while it is disabled, are not for it. */
export function wants(webhook: WebhookWants, { type, place }: WebhookEvent): boolean {
  return wantsType(webhook, type) && (place === null || BigInt(place) >= BigInt(webhook.since));
}

/** An event for one webhook. */
export interface DeliveryOf {
  webhookID: string;
  event: WebhookEvent;
}

/** Deliveries of the events to all webhooks that want them. */
export function toAll(webhooks: readonly WebhookWants[], events: readonly WebhookEvent[]): DeliveryOf[] {
  return events.flatMap((event) =>
    webhooks.filter((webhook) => wants(webhook, event)).map(({ id }) => ({ webhookID: id, event })),
  );
}

/** The body of the request, the same bytes for each attempt. */
export function bodyOf({ type, at, data }: WebhookEvent): string {
  return JSON.stringify({ type, timestamp: at, data });
}

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
  /** Empty for all. */
  events: readonly WebhookEventType[];
  /** The place in the event stream when it was enabled. */
  since: string;
}

/** Changes that were logged before it was enabled, or are while it is disabled, are not for it. */
export function wants(webhook: WebhookWants, { type, place }: WebhookEvent): boolean {
  const isOfInterest = webhook.events.length === 0 || webhook.events.includes(type);
  const isNew = place === null || BigInt(place) >= BigInt(webhook.since);
  return webhook.isEnabled && isOfInterest && isNew;
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

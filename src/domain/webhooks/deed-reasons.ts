/** Deeds of people, and of Drydock, with webhooks, in the words of their log. Everybody who may read sees these: URLs and secrets are not in them. */
import type { WebhookEventType } from './event-types.ts';
import { OVERLAP_HOURS } from './secrets.ts';

/** The kinds of the log of webhooks. */
export type WebhookDeedKind =
  'added' | 'changed' | 'enabled' | 'disabled' | 'rotated' | 'redelivered' | 'removed';

export interface WebhookDeed {
  kind: WebhookDeedKind;
  reason: string;
}

/** The parts of a webhook that can be changed. */
export interface WebhookSettings {
  url: string;
  description: string;
  events: readonly WebhookEventType[];
  isEnabled: boolean;
}

/** Deliveries by their IDs, or those of events that were written in a time, RFC 3339 UTC. */
export type DeliveryChoice = { ids: readonly string[] } | { since: string; until: string };

/** The types of events that a webhook is told of, for people. */
export function typesText(events: readonly string[]): string {
  return events.length === 0 ? 'all but window.upcoming' : events.join(', ');
}

export function additionOf({ events }: Pick<WebhookSettings, 'events'>): WebhookDeed {
  return { kind: 'added', reason: `Told of ${typesText(events)}` };
}

/** `whyDisabled` is the reason of one that is disabled by it. Undefined when it stays as it was. */
export function changeOf(
  before: WebhookSettings,
  after: WebhookSettings,
  whyDisabled: string,
): WebhookDeed | undefined {
  const isTurned = before.isEnabled !== after.isEnabled;
  const changes = [
    ...(isTurned && !after.isEnabled ? [whyDisabled] : []),
    ...(before.url === after.url ? [] : ['Another URL']),
    ...(before.description === after.description ? [] : [described(before.description)]),
    ...(hasSameTypes(before.events, after.events) ? [] : [`Told of ${typesText(after.events)}`]),
  ];
  if (!isTurned && changes.length === 0) return undefined;
  const kind = isTurned ? (after.isEnabled ? 'enabled' : 'disabled') : 'changed';
  return { kind, reason: changes.join('; ') };
}

function described(before: string): string {
  return `Another description${before === '' ? '' : `, before: “${before}”`}`;
}

function hasSameTypes(one: readonly WebhookEventType[], other: readonly WebhookEventType[]): boolean {
  return one.length === other.length && one.every((type) => other.includes(type));
}

export const ROTATION: WebhookDeed = {
  kind: 'rotated',
  reason: `Another secret; the one before signs, too, for ${OVERLAP_HOURS} hours`,
};

export const REMOVAL: WebhookDeed = { kind: 'removed', reason: '' };

/** Undefined when nothing is delivered again. */
export function redeliveryOf(choice: DeliveryChoice, count: number): WebhookDeed | undefined {
  if (count === 0) return undefined;
  const written = 'ids' in choice ? '' : `, written from ${choice.since} until ${choice.until}`;
  const deliveries = count === 1 ? '1 delivery' : `${count.toLocaleString('en-US')} deliveries`;
  return { kind: 'redelivered', reason: `${deliveries}${written}` };
}

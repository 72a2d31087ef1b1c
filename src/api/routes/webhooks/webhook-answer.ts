/** Webhooks and their deliveries as administrators see them. Secrets are never answered. */
import { z } from '@hono/zod-openapi';
import type {
  ListedWebhook,
  WebhookDeliveryRow,
} from '../../../db/repositories/webhooks/webhook-repository.ts';
import { DELIVERY_STATES } from '../../../domain/webhooks/delivery-states.ts';
import { WEBHOOK_EVENT_TYPES } from '../../../domain/webhooks/event-types.ts';
import { OVERLAP_HOURS } from '../../../domain/webhooks/secrets.ts';
import { timestamp } from '../../answers.ts';

export const eventType = z
  .enum(WEBHOOK_EVENT_TYPES, { error: `must be one of: ${WEBHOOK_EVENT_TYPES.join(', ')}` })
  .openapi('WebhookEventType');

const EXAMPLE_DELIVERY = {
  deliveryID: '0d9b6a0e-5f0e-4a53-8b57-2f6f0f3b5c11',
  eventID: 'b1b6c2d4-7a7d-5a3f-8d0c-6b9a6d1f2e33',
  type: 'orchestration.paused',
  state: 'pending',
  attempts: 1,
  nextAttemptAt: '2030-10-12T19:27:27.310021Z',
  attemptedAt: '2030-10-12T19:27:22.310021Z',
  answerStatus: 503,
  answer: 'try later',
  createdAt: '2030-10-12T19:27:22.281515Z',
};

export const deliverySchema = z
  .object({
    deliveryID: z.uuid(),
    eventID: z.uuid().openapi({ description: 'The header `webhook-id`' }),
    type: eventType,
    state: z
      .enum(DELIVERY_STATES)
      .openapi({ description: '`failed` after the last attempt, and when the webhook was disabled' }),
    attempts: z
      .int()
      .openapi({ description: 'Attempts that have ended, since a redelivery where there was one' }),
    nextAttemptAt: timestamp.nullable(),
    attemptedAt: timestamp.nullable().openapi({ description: 'When the last attempt ended' }),
    answerStatus: z
      .int()
      .nullable()
      .openapi({ description: 'HTTP status of the last answer; null without one' }),
    answer: z
      .string()
      .nullable()
      .openapi({ description: 'The first 500 characters of the last answer, or why there was none' }),
    createdAt: timestamp,
  })
  .openapi('WebhookDelivery', { example: EXAMPLE_DELIVERY });

const EXAMPLE = {
  webhookID: '3a3f3c6e-7f60-4a0c-9a5c-2d2c1b0f7a10',
  url: 'https://hooks.example.com/drydock',
  description: 'The on-call channel',
  events: ['orchestration.paused', 'approval.requested'],
  enabled: true,
  disabled: null,
  earlierSecretUntil: null,
  lastDelivery: EXAMPLE_DELIVERY,
  createdBy: 'jane@example.com',
  createdAt: '2030-10-12T19:27:22.281515Z',
  updatedAt: '2030-10-12T19:27:22.281515Z',
};

export const webhookSchema = z
  .object({
    webhookID: z.uuid(),
    url: z.string(),
    description: z.string(),
    events: z
      .array(eventType)
      .openapi({ description: 'Types of events that it is told of; empty for all but `window.upcoming`' }),
    enabled: z.boolean(),
    disabled: z.object({ by: z.string(), reason: z.string() }).nullable().openapi({
      description: 'Who has disabled it, `drydock` when its receiver is gone; null while it is enabled',
    }),
    earlierSecretUntil: timestamp.nullable().openapi({
      description: `After a rotation the secret before it signs, too, for ${OVERLAP_HOURS} hours: until then; null without one`,
    }),
    lastDelivery: deliverySchema.nullable().openapi({
      description: 'The newest event that it was told of; null when there is none',
    }),
    createdBy: z.string(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .openapi('Webhook', { example: EXAMPLE });

export function toWebhook(row: ListedWebhook): z.infer<typeof webhookSchema> {
  const { id, url, description, events, isEnabled, createdBy, createdAt, updatedAt } = row;
  const { disabledBy, disabledReason, earlierUntil } = row;
  return {
    ...{ webhookID: id, url, description, events, enabled: isEnabled },
    disabled: isEnabled ? null : { by: disabledBy ?? '', reason: disabledReason ?? '' },
    earlierSecretUntil: earlierUntil,
    lastDelivery: row.lastDelivery && toDelivery(row.lastDelivery),
    ...{ createdBy, createdAt, updatedAt },
  };
}

export function toDelivery(row: WebhookDeliveryRow): z.infer<typeof deliverySchema> {
  const { id, eventID, type, state, attempts, nextAt, attemptedAt, answerStatus, answer, createdAt } = row;
  return {
    ...{ deliveryID: id, eventID, type, state, attempts, nextAttemptAt: nextAt, attemptedAt },
    ...{ answerStatus, answer, createdAt },
  };
}

/** The data of the events of the stream: each change as its log has it, and the present state of what it is about. */
import { z } from '@hono/zod-openapi';
import type {
  StreamedObject,
  StreamedOperation,
  StreamedStack,
} from '../../db/repositories/event-stream/change-log-repository.ts';
import type { ShownWebhook } from '../../db/repositories/webhooks/webhook-repository.ts';
import { DESIRED_STATES, STACK_STATUSES } from '../../domain/stacks/statuses.ts';
import { OBJECT_TYPES } from '../../domain/stacks/definition.ts';
import type { LoggedChange } from '../../domain/event-stream/logged-change.ts';
import { timestamp } from '../answers.ts';
import { OBJECT_STATES, stateOf } from '../routes/stacks/objects/client-fields.ts';
import {
  stackEventSchema,
  toStackEvent,
  type StackEventAnswer,
} from '../routes/stacks/definitions/life-cycle-events.ts';
import { eventSchema, toEvent, type EventAnswer } from '../routes/upgrades/events/list-events.ts';
import { operationSchema, toStanding } from '../routes/upgrades/operations/operation.ts';
import { detailSchema } from '../routes/upgrades/orchestrations/get-orchestration.ts';
import { progressSchema } from '../routes/upgrades/orchestrations/progress-answer.ts';
import { wavesAnswer } from '../routes/upgrades/orchestrations/wave-answer.ts';
import { queueControlSchema } from '../routes/upgrades/queue/queue-answer.ts';

const orchestrationState = detailSchema
  .omit({ waitingFor: true, parameters: true, planChanges: true })
  .extend({
    progress: progressSchema
      .omit({ unsent: true, inFlightSince: true, drained: true })
      .openapi('StreamProgress', { example: undefined }),
  })
  .nullable()
  .openapi({ description: 'Null when it was deleted' });
export type OrchestrationState = NonNullable<z.infer<typeof orchestrationState>>;

const operationState = operationSchema
  .omit({ waitingFor: true })
  .extend({ wave: z.int().openapi({ description: 'Place of its wave among the waves, from 0' }) })
  .nullable()
  .openapi({ description: 'Null when it was deleted' });
export type OperationState = NonNullable<z.infer<typeof operationState>>;

const stackState = z
  .object({ name: z.string(), status: z.enum(STACK_STATUSES), status_timestamp: timestamp, user: z.string() })
  .nullable()
  .openapi({ description: 'Null when it was deleted' });
export type StackState = NonNullable<z.infer<typeof stackState>>;

const objectState = z
  .object({
    name: z.string(),
    type: z.enum(OBJECT_TYPES),
    orchestration: z.string(),
    oplan: z.string(),
    id: z.string().nullable(),
    state: z.enum(OBJECT_STATES),
    state_timestamp: timestamp,
    desired_state: z.enum(DESIRED_STATES),
    error: z.string().nullable(),
  })
  .nullable()
  .openapi({ description: 'Null when it is not in the definition any more' });
export type ObjectState = NonNullable<z.infer<typeof objectState>>;

const webhookState = z
  .object({ webhookID: z.uuid(), description: z.string(), enabled: z.boolean() })
  .nullable()
  .openapi({ description: 'Null when it was removed' });
export type WebhookState = NonNullable<z.infer<typeof webhookState>>;

const controlChange = z.object({
  at: timestamp,
  actor: z.string(),
  kind: z.string(),
  reason: z.string(),
});
const queueChange = controlChange.extend({ revision: z.int() });
const policyChange = controlChange.extend({ version: z.int() });
const webhookChange = controlChange.extend({
  webhookID: z.uuid(),
  webhook: z.string().openapi({ description: 'Its description, as it was' }),
});

const waveShape = {
  change: eventSchema,
  wave: z.int().nullable().openapi({
    description: 'Place of the wave among `waves`, from 0; null in events of earlier versions',
  }),
  waves: wavesAnswer,
};

/** The data of each event, by the name of the event. */
export const dataSchemas = {
  hello: z.object({
    at: timestamp,
    resumed: z.boolean().openapi({ description: 'What came after `Last-Event-ID` follows' }),
  }),
  reset: z.object({ reason: z.enum(['unknown-id', 'too-far-behind', 'too-slow', 'database-set-back']) }),
  bye: z.object({ reason: z.enum(['token-expired', 'shutting-down']) }),
  orchestration: z.object({ change: eventSchema, orchestration: orchestrationState }),
  operation: z
    .object({ operations: z.array(z.object({ changes: z.array(eventSchema), operation: operationState })) })
    .openapi({
      description:
        'Operations that have changed one after the other, each once, with all its changes in their order',
    }),
  wave: z.object(waveShape),
  approval: z.object(waveShape).openapi({ description: 'A question was asked, answered or withdrawn' }),
  queue: z
    .object({ change: queueChange, queue: queueControlSchema })
    .openapi({ description: 'Everything was paused or resumed' }),
  policy: z
    .object({ change: policyChange, policy: z.object({ version: z.int() }) })
    .openapi({ description: 'The maintenance policy was replaced' }),
  stack: z.object({ change: stackEventSchema, stack: stackState }),
  object: z.object({ change: stackEventSchema, object: objectState }),
  webhook: z
    .object({ change: webhookChange, webhook: webhookState })
    .openapi({ description: 'Something was done to a webhook' }),
} as const;
export type StreamEvent = keyof typeof dataSchemas;
export type ResetReason = z.infer<typeof dataSchemas.reset>['reason'];
export type ByeReason = z.infer<typeof dataSchemas.bye>['reason'];

export type ChangeAnswer =
  | EventAnswer
  | StackEventAnswer
  | z.infer<typeof queueChange>
  | z.infer<typeof policyChange>
  | z.infer<typeof webhookChange>;

/** A change as the lists of events have it. */
export function toChangeAnswer(change: LoggedChange): ChangeAnswer {
  const { position, actor, kind, fromState, toState, reason } = change;
  const { id, at } = position;
  switch (position.source) {
    case 'upgrades': {
      const { orchestrationID, operationID } = change;
      return toEvent({
        id,
        orchestrationID: orchestrationID ?? '',
        operationID,
        at,
        actor,
        kind,
        fromState,
        toState,
        reason,
      });
    }
    case 'stacks': {
      const { stack, label, object } = change;
      return toStackEvent({
        id,
        stack: stack ?? '',
        at,
        actor,
        kind,
        label,
        object,
        fromState,
        toState,
        reason,
      });
    }
    case 'queue':
      return { at, actor, kind, reason, revision: id };
    case 'policy':
      return { at, actor, kind, reason, version: id };
    case 'webhooks': {
      const { webhookID, webhook } = change;
      return { at, actor, kind, reason, webhookID: webhookID ?? '', webhook: webhook ?? '' };
    }
  }
}

export function toOperationState({ schedule, ...row }: StreamedOperation): OperationState {
  return { ...toStanding(row, schedule), wave: row.wave };
}

export function toStackState({ name, status, statusAt, createdBy }: StreamedStack): StackState {
  return { name, status, status_timestamp: statusAt, user: createdBy };
}

export function toWebhookState({ id, description, isEnabled }: ShownWebhook): WebhookState {
  return { webhookID: id, description, enabled: isEnabled };
}

export function toObjectState(row: StreamedObject): ObjectState {
  const { name, objType, stack, label, objectID, condition, conditionAt, desired, error } = row;
  return {
    name,
    type: objType,
    orchestration: stack,
    oplan: label,
    id: objectID,
    state: objType === 'orchestration' ? condition : stateOf(objType, condition),
    state_timestamp: conditionAt,
    desired_state: desired,
    error,
  };
}

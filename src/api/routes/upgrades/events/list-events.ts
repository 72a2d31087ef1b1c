import { createRoute, z } from '@hono/zod-openapi';
import type {
  EventRow,
  NamedEvent,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { bearer, idParameter, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { findOrchestration } from '../orchestrations/find-orchestration.ts';

const EXAMPLE = {
  eventID: 12,
  orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
  operationID: null,
  at: '2020-10-12T19:31:02.117046Z',
  actor: 'jane@example.com',
  kind: 'state',
  fromState: 'in progress',
  toState: 'canceling',
  reason: 'Cancel requested',
};

export const eventSchema = z
  .object({
    eventID: z.int(),
    orchestrationID: z.uuid(),
    operationID: z
      .uuid()
      .nullable()
      .openapi({ description: 'Null when it is about the orchestration itself' }),
    at: timestamp,
    actor: z.string().openapi({ description: 'Subject of the token, or `drydock`' }),
    kind: z.string(),
    fromState: z.string().nullable(),
    toState: z.string().nullable(),
    reason: z.string(),
  })
  .openapi('Event', {
    example: EXAMPLE,
  });

const namedEventSchema = eventSchema
  .extend({
    shootName: z.string().nullable().openapi({ description: 'Of the operation; null without one' }),
  })
  .openapi('NamedEvent', { example: { ...EXAMPLE, shootName: null } });

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/events',
  tags: ['orchestrations'],
  summary: 'Everything that happened to an orchestration and its operations',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: z.strictObject({
      ...pagingQuery,
      operationID: z
        .uuid({ error: 'must be a UUID, given once' })
        .optional()
        .openapi({ description: 'Only what happened to this operation' }),
      about: z.enum(['orchestration'], { error: 'must be orchestration, given once' }).optional().openapi({
        description:
          'Only what happened to the orchestration itself: nothing where an operation is asked for as well',
      }),
      order: z
        .enum(['oldest', 'newest'], { error: 'must be oldest or newest, given once' })
        .default('oldest')
        .openapi({ description: 'Which ones come first' }),
    }),
  },
  responses: {
    200: {
      description: 'A page of events',
      content: { 'application/json': { schema: envelopeSchema(namedEventSchema).openapi('EventPage') } },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** The event log: who changed what, when, and why. */
export function registerListEvents(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const query = c.req.valid('query');
    await findOrchestration(deps, orchestrationID);
    const { rows, total } = await deps.repositories.events.list(
      orchestrationID,
      {
        operationID: query.operationID,
        isOwn: query.about === 'orchestration',
        isNewestFirst: query.order === 'newest',
      },
      toPaging(query),
    );
    return c.json(envelope(rows.map(toNamedEvent), total), 200);
  });
}

export type EventAnswer = z.infer<typeof eventSchema>;

export function toEvent({ id, ...event }: Omit<EventRow, 'wave'>): EventAnswer {
  return {
    eventID: id,
    orchestrationID: event.orchestrationID,
    operationID: event.operationID,
    at: event.at,
    actor: event.actor,
    kind: event.kind,
    fromState: event.fromState,
    toState: event.toState,
    reason: event.reason,
  };
}

function toNamedEvent({ shootName, ...event }: NamedEvent): z.infer<typeof namedEventSchema> {
  return { ...toEvent(event), shootName };
}

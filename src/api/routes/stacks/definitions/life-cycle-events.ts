import { createRoute, z } from '@hono/zod-openapi';
import type { StackEventRow } from '../../../../db/repositories/stacks/life-cycle-repositories.ts';
import { bearer, problems, timestamp } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { inStackTypes } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, toPaging } from '../../../paging.ts';
import { findStack, nameIn, nameParameters } from './find-definition.ts';

export const stackEventSchema = z
  .object({
    eventID: z.int(),
    orchestration: z.string(),
    at: timestamp,
    actor: z.string().openapi({ description: 'Subject of the token, or `drydock`' }),
    kind: z.string(),
    oplan: z.string().nullable().openapi({ description: 'Null when it is about the stack as a whole' }),
    object: z.string().nullable(),
    fromState: z.string().nullable(),
    toState: z.string().nullable(),
    reason: z.string(),
  })
  .openapi('StackEvent', {
    example: {
      eventID: 7,
      orchestration: '/acme/jack/shop',
      at: '2026-05-12T08:00:00.117046Z',
      actor: 'jack@example.com',
      kind: 'status',
      oplan: null,
      object: null,
      fromState: 'stopped',
      toState: 'starting',
      reason: 'START requested',
    },
  });

const route = createRoute({
  method: 'get',
  path: '/orchestration/{container}/{user}/{name}/events',
  tags: ['stacks'],
  summary: 'Everything that happened to a stack and its objects, oldest first',
  description: 'The events of a stack stay when it is deleted.',
  security: bearer,
  middleware: [permits('read')],
  request: { params: z.object(nameParameters), query: z.strictObject(pagingQuery) },
  responses: {
    200: {
      description: 'A page of events',
      content: inStackTypes({ schema: envelopeSchema(stackEventSchema).openapi('StackEventPage') }),
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** The event log of a stack: who changed what, when, and why. */
export function registerListStackEvents(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const parts = c.req.valid('param');
    const paging = toPaging(c.req.valid('query'));
    const { rows, total } = await deps.repositories.stacks.listEvents(nameIn(parts), paging);
    if (total === 0) await findStack(deps, parts);
    return c.json(envelope(rows.map(toStackEvent), total), 200);
  });
}

export type StackEventAnswer = z.infer<typeof stackEventSchema>;

export function toStackEvent(event: StackEventRow): StackEventAnswer {
  return {
    eventID: event.id,
    orchestration: event.stack,
    at: event.at,
    actor: event.actor,
    kind: event.kind,
    oplan: event.label,
    object: event.object,
    fromState: event.fromState,
    toState: event.toState,
    reason: event.reason,
  };
}

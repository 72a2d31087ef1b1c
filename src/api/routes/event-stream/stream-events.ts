import type { HttpBindings } from '@hono/node-server';
import { createRoute, z } from '@hono/zod-openapi';
import { isStackName, STACK_NAME_ERROR } from '../../../domain/stacks/multipart-name.ts';
import { bearer, problems } from '../../answers.ts';
import type { Api, ApiContext, AppDependencies, Principal } from '../../api-dependencies.ts';
import type { EventStreams } from '../../event-stream/event-streams.ts';
import { dataSchemas } from '../../event-stream/stream-answer.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { throwUnknown } from '../stacks/definitions/find-definition.ts';
import { findOrchestration } from '../upgrades/orchestrations/find-orchestration.ts';

const DESCRIPTION = `Server-sent events. Each change that the logs of events hold is sent once, in the order in which it can be read, as \`${Object.keys(dataSchemas).join('`, `')}\`; \`data\` is JSON of the schema \`Stream…\` of that name. After a break send the last \`id\` as \`Last-Event-ID\`: what came since follows, or \`reset\`, after which everything is to be read anew.`;

const route = createRoute({
  method: 'get',
  path: '/events/stream',
  tags: ['events'],
  summary: 'What happens, as it happens',
  description: DESCRIPTION,
  security: bearer,
  middleware: [permits('read')],
  request: {
    query: z.strictObject({
      orchestration: z
        .uuid({ error: 'must be a UUID, given once' })
        .transform((id) => id.toLowerCase())
        .optional()
        .openapi({
          type: 'string',
          format: 'uuid',
          description:
            'Only what happens to this orchestration and its operations, and to queue and maintenance policy',
        }),
      stack: z
        .string({ error: 'must be given once' })
        .refine(isStackName, { error: STACK_NAME_ERROR })
        .optional()
        .openapi({ description: 'Only what happens to the stack of this name and its objects' }),
    }),
    headers: z.object({
      'Last-Event-ID': z.string().optional().openapi({
        description: 'The `id` of the last event that was received',
      }),
    }),
  },
  responses: {
    200: {
      description: 'Events, until the token or the session expires, the service ends, or the client goes',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problems('invalid-input', 'not-found', 'too-many-streams'),
  },
});

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  // A proxy that gathers answers would hold back what happens.
  'X-Accel-Buffering': 'no',
  // A connection that is left open after the last event would hold up the end of the service.
  Connection: 'close',
};

/** Live changes of orchestrations, stacks, queue and maintenance policy. */
export function registerEventStream(api: Api, deps: AppDependencies, streams: EventStreams): void {
  for (const [event, schema] of Object.entries(dataSchemas)) {
    api.openAPIRegistry.register(`Stream${event.charAt(0).toUpperCase()}${event.slice(1)}`, schema);
  }
  api.openapi(route, async (c) => {
    const { orchestration, stack } = c.req.valid('query');
    const isHead = c.req.method === 'HEAD';
    if (!isHead) streams.demandRoom();
    if (orchestration !== undefined) await findOrchestration(deps, orchestration);
    if (stack !== undefined) await demandStack(deps, stack);
    // Nobody would read the body.
    if (isHead) return c.body(null, 200, HEADERS);
    const body = await streams.open({
      filter: { orchestrationID: orchestration, stack },
      lastEventID: c.req.valid('header')['Last-Event-ID'],
      expiresAt: endOf(principalOf(c)),
      cut: cutOf(c),
    });
    return c.body(body, 200, HEADERS);
  });
}

/** A client that is sent away while its session is still good comes back with it, and it is renewed. */
function endOf({ expiresAt, isRenewable }: Principal): number {
  return isRenewable ? expiresAt - 60_000 : expiresAt;
}

/** Undefined when the request came over no connection. */
function cutOf(c: ApiContext): (() => void) | undefined {
  // Only the adapter of Node sets it.
  const outgoing = (c.env as Partial<HttpBindings> | undefined)?.outgoing;
  return outgoing && (() => void outgoing.destroy());
}

/** The events of a stack stay when it is deleted. */
async function demandStack({ repositories: { stacks } }: AppDependencies, name: string): Promise<void> {
  if (await stacks.find(name)) return;
  const { total } = await stacks.listEvents(name, { page: 1, pageSize: 1 });
  if (total === 0) throwUnknown(name, '/orchestration/');
}

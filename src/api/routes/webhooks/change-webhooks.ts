import { createRoute, z } from '@hono/zod-openapi';
import type { KeyedWebhook } from '../../../db/repositories/webhooks/webhook-repository.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../api-dependencies.ts';
import { assertSameRequest, idempotencyHeader, requestHash } from '../../idempotency.ts';
import { JSON_TYPE } from '../../media-types.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { accepts } from '../../middleware/json-body.ts';
import { ProblemError } from '../../problem.ts';
import { toWebhook, webhookSchema } from './webhook-answer.ts';
import {
  assertURL,
  fields,
  found,
  limitOfWebhook,
  params,
  secretField,
  WEBHOOK_PATH,
} from './webhook-parts.ts';

const MOST_WEBHOOKS = 50;

const { url, description, events } = fields;

const newSchema = z
  .strictObject({
    url,
    description: description.default(''),
    events: events.default([]),
    secret: secretField,
  })
  .openapi('NewWebhook');

const changeSchema = z
  .strictObject({
    url: url.optional(),
    description: description.optional(),
    events: events.optional(),
    enabled: z.boolean().optional().openapi({
      description:
        'False: it gets nothing any more, and what is on its way has failed. True: it gets what happens from then on',
    }),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .openapi('WebhookChange');

const addRoute = createRoute({
  method: 'post',
  path: '/webhooks',
  tags: ['webhooks'],
  summary: 'Add a webhook',
  description: `It is told what happens from then on. There may be ${MOST_WEBHOOKS}. The secret is made by the client; \`drydock webhook add\` does so. It is part of what an \`Idempotency-Key\` stands for, and never answered.`,
  security: bearer,
  middleware: [permits('administer'), ...accepts(JSON_TYPE, limitOfWebhook)],
  request: {
    query: noQuery,
    headers: idempotencyHeader,
    body: { required: true, content: { [JSON_TYPE]: { schema: newSchema } } },
  },
  responses: {
    201: {
      description: 'The webhook. It is told what happens from the moment on at which it was added',
      headers: {
        Location: {
          description: 'Where it can be read',
          schema: { type: 'string', format: 'uri' },
          required: true,
        },
      },
      content: { [JSON_TYPE]: { schema: webhookSchema } },
    },
    ...problems(...BODY_PROBLEMS, 'conflict', 'idempotency-key-reused'),
  },
});

const changeRoute = createRoute({
  method: 'patch',
  path: WEBHOOK_PATH,
  tags: ['webhooks'],
  summary: 'Change a webhook, disable or enable it',
  security: bearer,
  middleware: [permits('administer'), ...accepts(JSON_TYPE, limitOfWebhook)],
  request: {
    params,
    query: noQuery,
    body: { required: true, content: { [JSON_TYPE]: { schema: changeSchema } } },
  },
  responses: {
    200: { description: 'As it is from now on', content: { [JSON_TYPE]: { schema: webhookSchema } } },
    ...problems(...BODY_PROBLEMS, 'not-found'),
  },
});

const removeRoute = createRoute({
  method: 'delete',
  path: WEBHOOK_PATH,
  tags: ['webhooks'],
  summary: 'Remove a webhook with its deliveries',
  security: bearer,
  middleware: [permits('administer')],
  request: { params, query: noQuery },
  responses: {
    204: { description: 'It is gone' },
    ...problems('invalid-input', 'not-found'),
  },
});

/** `deps` has the repositories for reading, which bound writes, too. */
export function registerChangeWebhooks(api: Api, deps: AppDependencies): void {
  const { webhooks } = deps.repositories;
  api.openapi(addRoute, async (c) => {
    const row = await addOnce(c, deps, c.req.valid('json'), c.req.valid('header')['Idempotency-Key']);
    c.header('Location', `${c.var.baseURL}/webhooks/${row.id}`);
    return c.json(toWebhook(row), 201);
  });
  api.openapi(changeRoute, async (c) => {
    const { webhookID } = c.req.valid('param');
    const { enabled, ...change } = c.req.valid('json');
    if (change.url !== undefined) assertURL(deps, change.url);
    const by = { actor: principalOf(c).subject, reason: 'Disabled by hand', now: nowOf(deps) };
    const wanted = { ...change, ...(enabled !== undefined && { isEnabled: enabled }) };
    const row = found(await webhooks.change(webhookID, wanted, by));
    c.var.logger.info({ webhook: webhookID, changed: Object.keys(wanted) }, 'webhook changed');
    return c.json(toWebhook(row), 200);
  });
  api.openapi(removeRoute, async (c) => {
    const { webhookID } = c.req.valid('param');
    const by = { actor: principalOf(c).subject, now: nowOf(deps) };
    const isRemoved = await webhooks.remove(webhookID, by);
    found(isRemoved ? webhookID : undefined);
    c.var.logger.info({ webhook: webhookID }, 'webhook removed');
    return c.body(null, 204);
  });
}

/** The webhook that this request, or the same one before, has added. */
async function addOnce(
  c: ApiContext,
  deps: AppDependencies,
  body: z.infer<typeof newSchema>,
  idempotencyKey: string | undefined,
): Promise<KeyedWebhook> {
  const { webhooks } = deps.repositories;
  const createdBy = principalOf(c).subject;
  const hash = requestHash(body);
  const earlier =
    idempotencyKey === undefined ? undefined : await webhooks.findByIdempotencyKey(createdBy, idempotencyKey);
  if (earlier) return sameRequest(earlier, hash);
  // Not of a repeated request: networks are a setting, and others may be set by then.
  assertURL(deps, body.url);
  const id = deps.randomUUID();
  const keyed = idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hash };
  const row = await webhooks.add({ ...body, ...keyed, id, createdBy, now: nowOf(deps) }, MOST_WEBHOOKS);
  if (!row)
    throw new ProblemError('conflict', `There are ${MOST_WEBHOOKS} webhooks already: remove one first`);
  // The same request may have come twice at once.
  if (row.id !== id) return sameRequest(row, hash);
  c.var.logger.info({ webhook: id }, 'webhook added');
  return row;
}

function sameRequest(row: KeyedWebhook, hash: string): KeyedWebhook {
  assertSameRequest(row.requestHash, hash, `the webhook ${row.id}, which another request added`);
  return row;
}

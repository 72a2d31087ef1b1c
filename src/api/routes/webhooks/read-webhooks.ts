import { createRoute, z } from '@hono/zod-openapi';
import { DELIVERY_STATES } from '../../../domain/webhooks/delivery-states.ts';
import { bearer, noQuery, problems } from '../../answers.ts';
import type { Api, AppDependencies } from '../../api-dependencies.ts';
import { permits } from '../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, stateQuery, toPaging } from '../../paging.ts';
import { deliverySchema, toDelivery, toWebhook, webhookSchema } from './webhook-answer.ts';
import { found, params, WEBHOOK_PATH } from './webhook-parts.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/webhooks',
  tags: ['webhooks'],
  summary: 'All webhooks, oldest first',
  security: bearer,
  middleware: [permits('administer')],
  request: { query: noQuery },
  responses: {
    200: {
      description: 'All of them',
      content: { 'application/json': { schema: envelopeSchema(webhookSchema).openapi('WebhookList') } },
    },
    ...problems('invalid-input'),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: WEBHOOK_PATH,
  tags: ['webhooks'],
  summary: 'One webhook',
  security: bearer,
  middleware: [permits('administer')],
  request: { params, query: noQuery },
  responses: {
    200: { description: 'The webhook', content: { 'application/json': { schema: webhookSchema } } },
    ...problems('invalid-input', 'not-found'),
  },
});

const deliveriesRoute = createRoute({
  method: 'get',
  path: `${WEBHOOK_PATH}/deliveries`,
  tags: ['webhooks'],
  summary: 'The events that it was told of, newest first',
  description: 'Kept for 30 days, with what came of each.',
  security: bearer,
  middleware: [permits('administer')],
  request: { params, query: z.strictObject({ ...pagingQuery, state: stateQuery(DELIVERY_STATES) }) },
  responses: {
    200: {
      description: 'A page of deliveries',
      content: {
        'application/json': { schema: envelopeSchema(deliverySchema).openapi('WebhookDeliveryPage') },
      },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** `deps` has the repositories for reading. */
export function registerReadWebhooks(api: Api, deps: AppDependencies): void {
  const { webhooks } = deps.repositories;
  api.openapi(listRoute, async (c) => {
    const rows = await webhooks.list();
    return c.json(envelope(rows.map(toWebhook), rows.length), 200);
  });
  api.openapi(getRoute, async (c) =>
    c.json(toWebhook(found(await webhooks.find(c.req.valid('param').webhookID))), 200),
  );
  api.openapi(deliveriesRoute, async (c) => {
    const { webhookID } = c.req.valid('param');
    const { state, ...paging } = c.req.valid('query');
    found(await webhooks.find(webhookID));
    const { rows, total } = await webhooks.deliveries(webhookID, state, toPaging(paging));
    return c.json(envelope(rows.map(toDelivery), total), 200);
  });
}

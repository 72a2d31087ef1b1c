import { createRoute, z } from '@hono/zod-openapi';
import { testEvent } from '../../../domain/webhooks/logged-events.ts';
import { OVERLAP_HOURS } from '../../../domain/webhooks/secrets.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems, timestamp } from '../../answers.ts';
import { nowOf, type Api, type AppDependencies } from '../../api-dependencies.ts';
import { instantField } from '../../given-instant.ts';
import { JSON_TYPE } from '../../media-types.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { accepts } from '../../middleware/json-body.ts';
import { ProblemError } from '../../problem.ts';
import { toWebhook, webhookSchema } from './webhook-answer.ts';
import { findEnabled, found, limitOfWebhook, params, secretField, WEBHOOK_PATH } from './webhook-parts.ts';

const HOUR_MS = 3_600_000;
const MOST_IDS = 100;
/** Deliveries that begin anew by one request. */
const MOST_AT_ONCE = 10_000;

const rotationSchema = z.strictObject({ secret: secretField }).openapi('WebhookRotation');

const rotateRoute = createRoute({
  method: 'post',
  path: `${WEBHOOK_PATH}/rotate`,
  tags: ['webhooks'],
  summary: 'Replace the secret of a webhook',
  description: `For ${OVERLAP_HOURS} hours each request has two signatures, by the new secret and the one before, so that its receiver can be changed without a lost event. The same secret again changes nothing.`,
  security: bearer,
  middleware: [permits('administer'), ...accepts(JSON_TYPE, limitOfWebhook)],
  request: {
    params,
    query: noQuery,
    body: { required: true, content: { [JSON_TYPE]: { schema: rotationSchema } } },
  },
  responses: {
    200: { description: 'As it is from now on', content: { [JSON_TYPE]: { schema: webhookSchema } } },
    ...problems(...BODY_PROBLEMS, 'not-found'),
  },
});

const testedSchema = z
  .object({ eventID: z.uuid().openapi({ description: 'Its header `webhook-id`' }) })
  .openapi('WebhookTest', { example: { eventID: 'b1b6c2d4-7a7d-5a3f-8d0c-6b9a6d1f2e33' } });

const testRoute = createRoute({
  method: 'post',
  path: `${WEBHOOK_PATH}/test`,
  tags: ['webhooks'],
  summary: 'Send a webhook an event of the type webhook.test',
  description: 'Whatever types it wants. What comes of it is among its deliveries some seconds later.',
  security: bearer,
  middleware: [permits('administer')],
  request: { params, query: noQuery },
  responses: {
    202: { description: 'It is on its way', content: { [JSON_TYPE]: { schema: testedSchema } } },
    ...problems('invalid-input', 'not-found', 'conflict'),
  },
});

const choiceSchema = z
  .strictObject({
    deliveryIDs: z.array(z.uuid()).min(1).max(MOST_IDS).optional(),
    since: instantField.optional(),
    until: instantField.optional(),
  })
  .refine(
    ({ deliveryIDs, since }) => (deliveryIDs === undefined) !== (since === undefined),
    'must have either deliveryIDs or since',
  )
  .refine(
    ({ since, until }) => until === undefined || since !== undefined,
    'must have since where it has until',
  )
  .openapi('WebhookRedelivery', {
    description: `Deliveries by their IDs, at most ${MOST_IDS}, or those that were written from \`since\` on and before \`until\`, by default until now, at most ${MOST_AT_ONCE.toLocaleString('en-US')}`,
    example: { since: '2030-10-12T19:00:00Z', until: '2030-10-12T20:00:00Z' },
  });

const redeliveredSchema = z
  .object({ count: z.int().openapi({ description: 'Deliveries that are on their way' }), until: timestamp })
  .openapi('WebhookRedelivered', { example: { count: 3, until: '2030-10-12T20:00:00.000000Z' } });

const redeliverRoute = createRoute({
  method: 'post',
  path: `${WEBHOOK_PATH}/redeliver`,
  tags: ['webhooks'],
  summary: 'Deliver events of the last 30 days again',
  description:
    'Under the same IDs. Those that have ended, delivered or not, begin anew; those that wait for their next attempt are tried at once.',
  security: bearer,
  middleware: [permits('administer'), ...accepts(JSON_TYPE, limitOfWebhook)],
  request: {
    params,
    query: noQuery,
    body: { required: true, content: { [JSON_TYPE]: { schema: choiceSchema } } },
  },
  responses: {
    200: { description: 'They are on their way', content: { [JSON_TYPE]: { schema: redeliveredSchema } } },
    ...problems(...BODY_PROBLEMS, 'not-found', 'conflict'),
  },
});

/** `deps` has the repositories for reading, which bound writes, too. */
export function registerWebhookActions(api: Api, deps: AppDependencies): void {
  const { webhooks } = deps.repositories;
  api.openapi(rotateRoute, async (c) => {
    const { webhookID } = c.req.valid('param');
    const earlierUntil = new Date(deps.clock() + OVERLAP_HOURS * HOUR_MS).toISOString();
    const { secret } = c.req.valid('json');
    const by = { actor: principalOf(c).subject, now: nowOf(deps) };
    const row = found(await webhooks.rotate(webhookID, secret, earlierUntil, by));
    c.var.logger.info({ webhook: webhookID }, 'secret of a webhook replaced');
    return c.json(toWebhook(row), 200);
  });
  api.openapi(testRoute, async (c) => {
    const { id } = await findEnabled(deps, c.req.valid('param').webhookID);
    const now = nowOf(deps);
    const event = testEvent(deps.randomUUID(), id, principalOf(c).subject, now);
    await webhooks.tell({ webhookID: id, event }, now);
    return c.json({ eventID: event.id }, 202);
  });
  api.openapi(redeliverRoute, async (c) => {
    const { id } = await findEnabled(deps, c.req.valid('param').webhookID);
    const now = nowOf(deps);
    const { deliveryIDs, since, until = now } = c.req.valid('json');
    const choice = deliveryIDs ? { ids: deliveryIDs } : { since: since ?? now, until };
    const by = { actor: principalOf(c).subject, now };
    const count = await webhooks.redeliver(id, choice, MOST_AT_ONCE, by);
    if (count === undefined) {
      const fault = `must be a shorter time: more than ${MOST_AT_ONCE.toLocaleString('en-US')} deliveries were written in it`;
      throw new ProblemError('invalid-input', `since ${fault}`, {
        errors: [{ path: 'since', message: fault }],
      });
    }
    c.var.logger.info({ webhook: id, count }, 'deliveries of a webhook begin anew');
    return c.json({ count, until }, 200);
  });
}

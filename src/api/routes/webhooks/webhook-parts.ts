/** The pieces that the routes of webhooks share. */
import { z } from '@hono/zod-openapi';
import { faultOfURL } from '../../../clients/webhooks/webhook-url.ts';
import type { ShownWebhook } from '../../../db/repositories/webhooks/webhook-repository.ts';
import { hasControls } from '../../../domain/texts.ts';
import { WEBHOOK_EVENT_TYPES } from '../../../domain/webhooks/event-types.ts';
import { SECRET_ERROR, secretBytes } from '../../../domain/webhooks/secrets.ts';
import { idParameter } from '../../answers.ts';
import type { AppDependencies } from '../../api-dependencies.ts';
import { limitsBody } from '../../middleware/json-body.ts';
import { ProblemError } from '../../problem.ts';
import { eventType } from './webhook-answer.ts';

export const WEBHOOK_PATH = '/webhooks/{webhookID}';
export const params = z.object({ webhookID: idParameter('webhookID', 'The webhook') });
export const limitOfWebhook = limitsBody('shorten the description', 64 * 1024);

const LONGEST_URL = 2_048;
const LONGEST_DESCRIPTION = 200;

/** Texts that are refused as a whole are not repeated in the answer. */
export const fields = {
  url: z
    .string()
    .max(LONGEST_URL, { error: `must not be longer than ${LONGEST_URL.toLocaleString('en-US')} characters` })
    .refine((text) => !hasControls(text), 'must not contain control characters or broken Unicode')
    .openapi({
      description:
        'Where it is sent to: https and a public address, unless the setting `WEBHOOK_ALLOWED_NETWORKS` allows others',
      example: 'https://hooks.example.com/drydock',
    }),
  description: z
    .string()
    .trim()
    .max(LONGEST_DESCRIPTION, { error: `must not be longer than ${LONGEST_DESCRIPTION} characters` })
    .refine((text) => !hasControls(text), 'must not contain control characters or broken Unicode')
    .openapi({ description: 'For those who find it', example: 'The on-call channel' }),
  events: z
    .array(eventType)
    .max(WEBHOOK_EVENT_TYPES.length)
    .transform((types) => [...new Set(types)])
    .openapi({ description: 'Types of events that it is told of; empty for all but `window.upcoming`' }),
};

export const secretField = z
  .string()
  .refine((text) => secretBytes(text) !== undefined, SECRET_ERROR)
  .openapi({
    description:
      'By which it is signed, as Standard Webhooks 1.0 writes it: `whsec_` and Base64 of 24 to 64 bytes. It is never answered',
    example: `whsec_${Buffer.alloc(24, 'example').toString('base64')}`,
  });

/** Throws ProblemError invalid-input. */
export function assertURL({ webhookNetworks = [] }: AppDependencies, url: string): void {
  const fault = faultOfURL(url, webhookNetworks);
  if (fault === undefined) return;
  throw new ProblemError('invalid-input', `url ${fault}`, { errors: [{ path: 'url', message: fault }] });
}

/** Throws ProblemError not-found. */
export function found<T>(row: T | undefined): T {
  if (row === undefined) throw new ProblemError('not-found', 'There is no webhook with this ID');
  return row;
}

/** Throws ProblemError not-found, or conflict: a webhook that is disabled gets nothing. */
export async function findEnabled({ repositories }: AppDependencies, id: string): Promise<ShownWebhook> {
  const row = found(await repositories.webhooks.find(id));
  if (!row.isEnabled) throw new ProblemError('conflict', 'The webhook is disabled: enable it first');
  return row;
}

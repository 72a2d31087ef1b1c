import { createRoute, z } from '@hono/zod-openapi';
import {
  requestOf,
  type RetrySelection,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Schedule } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { retryIdempotencyHeader } from '../../../idempotency.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { accepts } from '../../../middleware/json-body.ts';
import { ProblemError } from '../../../problem.ts';
import { withinDatabaseLimit } from '../../../time-limit.ts';
import { askOnce, askUnderKey, type Asked } from './asked-retry.ts';
import { findOrchestration } from './find-orchestration.ts';

const FORM = 'application/x-www-form-urlencoded';

const operationID = z
  .string()
  .min(1, { error: 'must not be empty; leave it out to retry all failed operations' });

const retryForm = z
  .strictObject({
    'operation-id': z
      .union([z.array(operationID), operationID.transform((one) => [one])], {
        error: 'must be an operation ID',
      })
      .optional()
      .openapi({
        type: 'array',
        items: { type: 'string' },
        description: 'Operations to retry; may be repeated. All failed ones when there is none',
      }),
    immediate: z
      .enum(['true', 'false', ''], { error: 'must be true or false, given once' })
      .optional()
      .transform((text) => text === 'true')
      .openapi({
        type: 'string',
        enum: ['true', 'false', ''],
        description:
          'Sent by existing clients; changes nothing. `true` is refused for an orchestration with the schedule `maintenanceWindow`, whose operations are retried in their windows',
      }),
  })
  .openapi('RetryForm');

const idList = z.array(z.string()).nullable();

const route = createRoute({
  method: 'post',
  path: '/orchestrations/{orchestrationID}/retry',
  tags: ['orchestrations'],
  summary: 'Retry failed operations of an orchestration',
  description:
    'Works on an orchestration that has failed, and on one in progress. An operation keeps its ID; its `attempts` grow by one.',
  security: bearer,
  middleware: [permits('write'), ...accepts(FORM)],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query: noQuery,
    headers: retryIdempotencyHeader,
    body: { required: true, content: { [FORM]: { schema: retryForm } } },
  },
  responses: {
    202: {
      description: 'What is retried, and what is not',
      content: {
        'application/json': {
          schema: z
            .object({
              orchestrationID: z.uuid(),
              retryOperations: idList.openapi({ description: 'Those that are retried' }),
              oldOperations: idList.openapi({
                description: 'Not retried: their runtime has a newer operation of the same type',
              }),
              invalidOperations: idList.openapi({ description: 'Not retried: unknown here, or not failed' }),
              msg: z.string(),
            })
            .openapi('Retried', {
              example: {
                orchestrationID: '07089b96-8e31-49a4-96d0-f8288253c804',
                retryOperations: ['c4aa1f4b-be2a-4e8d-90e6-edd00194aaa9'],
                oldOperations: null,
                invalidOperations: null,
                msg: 'Queued 1 operation for another attempt',
              },
            }),
        },
      },
    },
    ...problems(
      'invalid-input',
      'not-found',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'idempotency-key-reused',
      'engine-unavailable',
    ),
  },
});

/** Retries failed operations under their own IDs. */
export function registerRetryOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const form = c.req.valid('form');
    const wanted = form['operation-id'] ?? null;
    const row = await findOrchestration(deps, orchestrationID);
    assertNoHurry(form.immediate, row.parameters.strategy.schedule);
    const requestedBy = principalOf(c).subject;
    const key = c.req.valid('header')['Idempotency-Key'];
    const asked: Asked = { orchestrationID, wanted, requestedBy };
    const { selection, retry } =
      key === undefined
        ? await askOnce(deps, asked, row.state)
        : await askUnderKey(deps, asked, key, row.state);
    if (retry) {
      await deps.orchestrations.retry(orchestrationID, retry, requestOf(row));
      c.var.logger.info({ orchestrationID, operations: selection.retry.length }, 'retry signaled');
      if (row.state === 'failed') await showRetrying(c, deps, orchestrationID, requestedBy);
    }
    return c.json(toAnswer(orchestrationID, selection), 202);
  });
}

/** An immediate operation is retried at once anyway; one in a window never leaves its window. */
function assertNoHurry(immediate: boolean, schedule: Schedule): void {
  if (!immediate || schedule === 'immediate') return;
  const message =
    'must be left out or false: the operations of this orchestration are retried in their maintenance windows';
  throw new ProblemError('invalid-input', `immediate ${message}`, {
    errors: [{ path: 'immediate', message }],
  });
}

/** The workflow writes it, too: this only keeps the next GET from showing the end that was before. */
async function showRetrying(c: ApiContext, deps: AppDependencies, id: string, actor: string): Promise<void> {
  const change = {
    actor,
    reason: 'Retry requested',
    description: 'queued for processing',
    now: nowOf(deps),
  };
  try {
    await withinDatabaseLimit(deps.repositories.orchestrations.transition(id, 'retrying', change));
  } catch (error) {
    c.var.logger.warn({ err: error, orchestrationID: id }, 'the retry shows itself later');
  }
}

function toAnswer(orchestrationID: string, { retry, old, invalid }: RetrySelection) {
  return {
    orchestrationID,
    retryOperations: orNull(retry),
    oldOperations: orNull(old),
    invalidOperations: orNull(invalid),
    msg: describeSelection(retry.length, old.length),
  };
}

function orNull(ids: string[]): string[] | null {
  return ids.length > 0 ? ids : null;
}

function describeSelection(count: number, old: number): string {
  const queued =
    count === 0 ? 'There is nothing to retry' : `Queued ${operations(count)} for another attempt`;
  if (old === 0) return queued;
  return `${queued}; ${operations(old)} left out, whose runtime has a newer operation of the same type`;
}

function operations(count: number): string {
  return count === 1 ? '1 operation' : `${count} operations`;
}

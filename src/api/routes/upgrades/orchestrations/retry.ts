import { createRoute, z } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import {
  requestOf,
  type OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Schedule } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { retryIdempotencyHeader } from '../../../idempotency.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { accepts } from '../../../middleware/json-body.ts';
import { ProblemError } from '../../../problem.ts';
import { withinStartLimit } from '../../../time-limit.ts';
import { reasonText } from '../commands/command-route.ts';
import { askForRetry, type AnsweredRetry } from './asked-retry.ts';
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
    reason: reasonText,
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
    ),
  },
});

/** Retries failed operations under their own IDs. */
export function registerRetryOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const form = c.req.valid('form');
    const { parameters } = await findOrchestration(deps, orchestrationID);
    assertNoHurry(form.immediate, parameters.strategy.schedule);
    const answer = await askForRetry(deps, {
      orchestrationID,
      wanted: form['operation-id'] ?? null,
      requestedBy: principalOf(c).subject,
      reason: form.reason ?? '',
      key: c.req.valid('header')['Idempotency-Key'],
    });
    const { kind, row, retried } = answer;
    c.var.logger.info({ orchestrationID, kind, operations: retried.length }, 'retry carried out');
    // Also when nothing changed: the request may be repeated because nobody was told.
    if (row.lookAt !== null) await tell(c, deps, row);
    return c.json(toAnswer(orchestrationID, answer), 202);
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

/** If this fails, the reconciler does so within minutes, or the queue when its turn comes. */
async function tell(c: ApiContext, deps: AppDependencies, row: OrchestrationRow): Promise<void> {
  try {
    await withinStartLimit(deps.orchestrations.retry(requestOf(row)));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn(
      { err: error, orchestrationID: row.id },
      'the orchestration is told of the retry later',
    );
  }
}

function toAnswer(orchestrationID: string, { retried, old, invalid }: AnsweredRetry) {
  return {
    orchestrationID,
    retryOperations: orNull(retried),
    oldOperations: orNull(old),
    invalidOperations: orNull(invalid),
    msg: describeSelection(retried.length, old.length),
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

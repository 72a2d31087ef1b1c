import { createRoute, z } from '@hono/zod-openapi';
import { v5 as uuidV5 } from 'uuid';
import type { RetrySelection } from '../../../db/repositories/types.ts';
import type { OrchestrationState } from '../../../domain/states.ts';
import type { RetryRequest } from '../../../workflows/contract.ts';
import { bearer, idParameter, problems } from '../../answers.ts';
import type { Api, AppDependencies } from '../../dependencies.ts';
import { idempotencyHeader, IDEMPOTENCY_NAMESPACE } from '../../idempotency.ts';
import { permits, principalOf } from '../../middleware/authorization.ts';
import { accepts } from '../../middleware/body.ts';
import { ProblemError } from '../../problem.ts';
import { findOrchestration, requestOf } from './find.ts';

const FORM = 'application/x-www-form-urlencoded';

const retryForm = z
  .strictObject({
    'operation-id': z
      .union([z.array(z.string()), z.string().transform((one) => [one])], {
        error: 'must be an operation ID',
      })
      .optional()
      .openapi({
        type: 'array',
        items: { type: 'string' },
        description: 'Operations to retry; may be repeated. All failed ones when there is none',
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
    headers: idempotencyHeader,
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
      'engine-unavailable',
    ),
  },
});

/** Retries failed operations under their own IDs. */
export function registerRetryOrchestration(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const { orchestrationID } = c.req.valid('param');
    const wanted = c.req.valid('form')['operation-id'] ?? null;
    const found = await findOrchestration(deps, orchestrationID);
    assertRetryable(found.kind === 'row' ? found.row.state : 'pending');
    const selection = await select(deps, orchestrationID, wanted);
    if (selection.retry.length > 0) {
      const requestedBy = principalOf(c).subject;
      const key = c.req.valid('header')['Idempotency-Key'];
      const retry: RetryRequest = {
        requestID: key
          ? uuidV5(JSON.stringify([requestedBy, orchestrationID, key]), IDEMPOTENCY_NAMESPACE)
          : deps.randomUUID(),
        // All of them stays `all`: a fleet's list of IDs would not fit into a message.
        operationIDs: wanted === null ? null : selection.retry,
        requestedBy,
      };
      await deps.orchestrations.retry(orchestrationID, retry, requestOf(found));
      c.var.logger.info({ orchestrationID, operations: selection.retry.length }, 'retry signaled');
    }
    return c.json(
      {
        orchestrationID,
        retryOperations: orNull(selection.retry),
        oldOperations: orNull(selection.old),
        invalidOperations: orNull(selection.invalid),
        msg: describeSelection(selection.retry.length),
      },
      202,
    );
  });
}

function assertRetryable(state: OrchestrationState): void {
  switch (state) {
    case 'failed':
    case 'in progress':
    case 'retrying':
      return;
    case 'canceling':
    case 'canceled':
      throw new ProblemError('conflict', 'A canceled orchestration can not be retried; create a new one');
    case 'pending':
      throw new ProblemError('conflict', 'The orchestration has not begun yet: there is nothing to retry');
    case 'succeeded':
      throw new ProblemError('conflict', 'The orchestration has succeeded: there is nothing to retry');
  }
}

/** What is not even a UUID is sorted out before the database sees it. */
async function select(deps: AppDependencies, id: string, wanted: string[] | null): Promise<RetrySelection> {
  const { operations } = deps.repositories;
  if (wanted === null) return await operations.selectForRetry(id, null);
  const isUUID = (operationID: string): boolean => z.uuid().safeParse(operationID).success;
  const wellFormed = distinct(wanted.filter(isUUID).map((operationID) => operationID.toLowerCase()));
  const malformed = distinct(wanted.filter((operationID) => !isUUID(operationID)));
  const selection =
    wellFormed.length > 0
      ? await operations.selectForRetry(id, wellFormed)
      : { retry: [], old: [], invalid: [] };
  return { ...selection, invalid: [...selection.invalid, ...malformed] };
}

function distinct(ids: string[]): string[] {
  return [...new Set(ids)];
}

function orNull(ids: string[]): string[] | null {
  return ids.length > 0 ? ids : null;
}

function describeSelection(count: number): string {
  if (count === 0) return 'There is nothing to retry';
  return count === 1
    ? 'Queued 1 operation for another attempt'
    : `Queued ${count} operations for another attempt`;
}

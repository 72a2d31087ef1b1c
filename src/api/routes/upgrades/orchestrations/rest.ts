import { createRoute, z } from '@hono/zod-openapi';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationParameters } from '../../../../domain/upgrades/orchestration-parameters.ts';
import { isLaneSet } from '../../../../domain/upgrades/lanes.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';
import { BODY_PROBLEMS, bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { idempotencyHeader } from '../../../idempotency.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits } from '../../../middleware/authorization.ts';
import { toleratesBody } from '../../../middleware/json-body.ts';
import { ProblemError } from '../../../problem.ts';
import { commandBody, limitOfReason } from '../commands/command-route.ts';
import { createOrchestration, createdSchema } from '../upgrade/create-orchestration.ts';
import { findOrchestration } from './find-orchestration.ts';

const route = createRoute({
  method: 'post',
  path: '/orchestrations/{orchestrationID}/rest',
  tags: ['orchestrations'],
  summary: 'Create an orchestration of what another one has left unfinished',
  description:
    'The same request for the runtimes whose operations have failed or were canceled, planned anew when it has the turn; without a plan hash, and with 30 days for windows when the time of the other one is over, and in the first lane when its own is not set any more. `parameters.restOf` says whose rest it is.',
  security: bearer,
  middleware: [permits('write'), ...toleratesBody(limitOfReason)],
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'One that has ended') }),
    query: noQuery,
    headers: idempotencyHeader,
    body: { required: false, content: { [JSON_TYPE]: { schema: commandBody('RestOf', {}) } } },
  },
  responses: {
    202: {
      description: 'Accepted; GET /orchestrations/{orchestrationID} shows how it goes',
      content: { 'application/json': { schema: createdSchema } },
    },
    ...problems(...BODY_PROBLEMS, 'not-found', 'conflict', 'idempotency-key-reused'),
  },
});

/** `deps` has the repositories for reading. */
export function registerRest(api: Api, deps: AppDependencies): void {
  api.openapi(route, async (c) => {
    const row = await findOrchestration(deps, c.req.valid('param').orchestrationID);
    await assertUnfinished(deps, row);
    const parameters = restOf(row, deps);
    const { kyma, kubernetes } = parameters;
    const orchestrationID = await createOrchestration(c, deps, {
      type: row.type,
      parameters,
      asked: { kyma, kubernetes },
      reason: c.req.valid('json').reason ?? '',
      idempotencyKey: c.req.valid('header')['Idempotency-Key'],
    });
    return c.json({ orchestrationID }, 202);
  });
}

/** Throws ProblemError conflict. */
async function assertUnfinished(deps: AppDependencies, { id, state }: OrchestrationRow): Promise<void> {
  if (!isFinalOrchestrationState(state))
    throw new ProblemError(
      'conflict',
      `The orchestration has not ended (${state}): what it leaves unfinished is not known yet`,
    );
  const stats = (await deps.repositories.operations.stats([id])).get(id) ?? {};
  if (!stats.failed && !stats.canceled)
    throw new ProblemError('conflict', 'The orchestration has left nothing unfinished');
}

function restOf(
  { id, parameters }: OrchestrationRow,
  { clock, lanes }: Pick<AppDependencies, 'clock' | 'lanes'>,
): OrchestrationParameters {
  const { planHash: _hash, onPlanChange: _onChange, strategy, ...others } = parameters;
  const { until, lane, ...rest } = strategy;
  const isOver = until !== undefined && Date.parse(until) <= clock();
  const kept = {
    ...(until !== undefined && !isOver && { until }),
    ...(lane !== undefined && isLaneSet(lanes, lane) && { lane }),
  };
  return { ...others, strategy: { ...rest, ...kept }, restOf: id };
}

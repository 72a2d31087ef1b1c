import { createRoute, z } from '@hono/zod-openapi';
import type {
  OperationRow,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { unknownID } from '../../../middleware/problem-details.ts';
import { findWithPauseOfAll } from '../orchestrations/find-orchestration.ts';
import { waitOfOperation } from '../waiting/operation-waits.ts';
import { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import { operationDetailSchema, toOperationDetail } from './operation.ts';

const route = createRoute({
  method: 'get',
  path: '/orchestrations/{orchestrationID}/operations/{operationID}',
  tags: ['operations'],
  summary: 'One operation, with the parameters sent to the Runtime Provisioner',
  security: bearer,
  middleware: [permits('read')],
  request: {
    params: z.object({
      orchestrationID: idParameter('orchestrationID', 'The orchestration'),
      operationID: idParameter('operationID', 'The operation'),
    }),
    query: noQuery,
  },
  responses: {
    200: {
      description: 'The operation; secret values are masked',
      content: { 'application/json': { schema: operationDetailSchema } },
    },
    ...problems('invalid-input', 'not-found'),
  },
});

/** A17, A56, A57. */
export function registerGetOperation(api: Api, deps: AppDependencies): void {
  const policies = new PolicyVersions(deps.repositories.policies);
  api.openapi(route, async (c) => {
    const { orchestrationID, operationID } = c.req.valid('param');
    const row = await deps.repositories.operations.find(orchestrationID, operationID);
    if (!row) throw unknownID();
    const orchestration = await findWithPauseOfAll(deps, orchestrationID);
    const waits = await waitOfOperation(c, deps, policies, { row, orchestration });
    return c.json(toOperationDetail(row, orchestration, waits, await waveOf(deps, row, orchestration)), 200);
  });
}

/** A request has at most some tens of waves. */
async function waveOf(
  { repositories }: AppDependencies,
  { orchestrationID, wave }: OperationRow,
  { parameters }: OrchestrationRow,
): Promise<string | null> {
  if (!parameters.strategy.waves) return null;
  const waves = await repositories.control.waveRows(orchestrationID);
  return waves.find(({ number }) => number === wave)?.name ?? null;
}

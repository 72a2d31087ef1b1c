import type { z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import { UnavailableError } from '../../../../domain/errors.ts';
import type {
  OrchestrationParameters,
  OrchestrationType,
} from '../../../../domain/upgrades/orchestration-parameters.ts';
import { upgradeClusterRequest, upgradeKymaRequest } from '../../../../domain/upgrades/request-schema.ts';
import type { RolloutPlanRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import { BODY_PROBLEMS, bearer, noQuery, problems } from '../../../answers.ts';
import { nowOf, type Api, type ApiContext, type AppDependencies } from '../../../api-dependencies.ts';
import { JSON_TYPE } from '../../../media-types.ts';
import { permits, principalOf } from '../../../middleware/authorization.ts';
import { accepts } from '../../../middleware/json-body.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';
import { checkLane, checkUntil } from '../upgrade/request-checks.ts';
import { findPlan } from './find-plan.ts';
import { planSchema, toPlan } from './plan-answer.ts';

function planRoute<P extends string, T extends z.ZodType<OrchestrationParameters>>(
  path: P,
  summary: string,
  body: T,
) {
  const content = { [JSON_TYPE]: { schema: planSchema } } as const;
  return createRoute({
    method: 'post',
    path,
    tags: ['plans'],
    summary,
    description:
      'Nothing is upgraded, and nothing waits in the queue: a worker reads the inventory and plans what the same request would do. The newest 20 plans are kept.',
    security: bearer,
    middleware: [permits('read'), ...accepts(JSON_TYPE)],
    request: {
      query: noQuery,
      body: { required: true, content: { [JSON_TYPE]: { schema: body } } },
    },
    responses: {
      200: { description: 'The plan', content },
      202: {
        description: 'It takes longer than 20 seconds; GET /plans/{planID} shows it',
        headers: {
          Location: { description: 'Where the plan is', schema: { type: 'string' as const }, required: true },
        },
        content,
      },
      ...problems(...BODY_PROBLEMS, 'conflict', 'engine-unavailable'),
    },
  });
}

export function registerPlanUpgrades(api: Api, deps: AppDependencies): void {
  const kyma = planRoute(
    '/upgrade/kyma/plan',
    'The plan of an upgrade of Kyma',
    upgradeKymaRequest(deps.defaults, 'plan').openapi('PlanKyma'),
  );
  api.openapi(kyma, async (c) => {
    const row = await makePlan(c, deps, 'upgradeKyma', c.req.valid('json'));
    if (row.state === 'made') return c.json(toPlan(row), 200);
    return c.json(toPlan(row), 202, { Location: locationOf(c, row) });
  });
  const cluster = planRoute(
    '/upgrade/cluster/plan',
    'The plan of an upgrade of the clusters',
    upgradeClusterRequest(deps.defaults, 'plan').openapi('PlanCluster'),
  );
  api.openapi(cluster, async (c) => {
    const row = await makePlan(c, deps, 'upgradeCluster', c.req.valid('json'));
    if (row.state === 'made') return c.json(toPlan(row), 200);
    return c.json(toPlan(row), 202, { Location: locationOf(c, row) });
  });
}

function locationOf(c: ApiContext, { id }: RolloutPlanRow): string {
  return `${c.var.baseURL}/plans/${id}`;
}

/**
 * Writes the row and lets a worker make the plan. Answers it as it stands then: made, or still being made. Throws ProblemError
 * invalid-input; conflict for one that can't be made as things are; UnavailableError('engine'), and the plan has failed then.
 */
async function makePlan(
  c: ApiContext,
  deps: AppDependencies,
  type: OrchestrationType,
  parameters: OrchestrationParameters,
): Promise<RolloutPlanRow> {
  const planID = deps.randomUUID();
  const plan = { type, parameters, createdBy: principalOf(c).subject, createdAt: nowOf(deps) };
  await checkLane(deps, { orchestrationID: planID, ...plan });
  await checkUntil(deps, { orchestrationID: planID, ...plan });
  await withinDatabaseLimit(deps.repositories.plans.record({ id: planID, ...plan }), READ_LIMIT_MS);
  c.var.logger.info({ planID, type }, 'plan asked for');
  await startMaking(c, deps, planID);
  const row = await withinDatabaseLimit(findPlan(deps, planID), READ_LIMIT_MS);
  if (row.state !== 'failed') return row;
  throw new ProblemError('conflict', row.failure ?? 'The plan could not be made; the log says why');
}

async function startMaking(c: ApiContext, deps: AppDependencies, planID: string): Promise<void> {
  try {
    await deps.orchestrations.makePlan(planID);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    await giveUp(c, deps, planID);
    throw error;
  }
}

/** The answer says that there is no plan: none must seem to be under way. A row that stays `making` is poked by whoever reads it. */
async function giveUp(c: ApiContext, { repositories }: AppDependencies, planID: string): Promise<void> {
  try {
    await withinDatabaseLimit(
      repositories.plans.fail(planID, 'The workflow engine did not answer; plan it again'),
    );
  } catch (error) {
    c.var.logger.warn({ err: error, planID }, 'a plan that nobody makes stays as it is');
  }
}

/** The Shoots that were left out, of a plan and of an orchestration alike. */
import { createRoute, z } from '@hono/zod-openapi';
import type { LeftOutShootRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import { explainLeftOut, type ExplainedPlan } from '../../../../domain/upgrades/runtime-in-plan.ts';
import { EXCLUSION_REASONS } from '../../../../domain/upgrades/runtime.ts';
import { bearer, idParameter, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { envelope, envelopeSchema, pagingQuery, searchQuery, toPaging } from '../../../paging.ts';
import { findMadePlan, findPlannedOrchestration } from './find-plan.ts';

const leftOutSchema = z
  .object({
    shootName: z.string(),
    runtimeID: z.string().nullable().openapi({ description: 'Null where the Shoot carries none' }),
    reason: z.enum(EXCLUSION_REASONS),
    message: z.string().openapi({ description: 'The reason in a sentence' }),
  })
  .openapi('LeftOutShoot', {
    example: {
      shootName: 'c-3a3xdaf',
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      reason: 'hibernated',
      message: 'Shoot c-3a3xdaf is hibernated; nothing can be upgraded before it has woken up',
    },
  });

const query = z.strictObject({
  ...pagingQuery,
  reason: z
    .enum(EXCLUSION_REASONS, { error: `must be one of: ${EXCLUSION_REASONS.join(', ')}` })
    .optional()
    .openapi({ description: 'Only those that were left out for this reason' }),
  search: searchQuery(
    'Only those with this text, in capitals or not, in their name or their runtime ID; where it is all of one, that one goes first',
  ),
});

const shared = {
  method: 'get' as const,
  security: bearer,
  middleware: [permits('read')],
  responses: {
    200: {
      description: 'A page of Shoots',
      content: { 'application/json': { schema: envelopeSchema(leftOutSchema).openapi('LeftOutPage') } },
    },
    ...problems('invalid-input', 'not-found', 'conflict'),
  },
};

const ofPlan = createRoute({
  ...shared,
  path: '/plans/{planID}/excluded',
  tags: ['plans'],
  summary: 'The Shoots that the plan leaves out, and why',
  description:
    'Without the runtimes that no include entry of the targets matches: those are counted by the plan, and found by GET /plans/{planID}/runtimes/{runtimeID}.',
  request: { params: z.object({ planID: idParameter('planID', 'The plan') }), query },
});

const ofOrchestration = createRoute({
  ...shared,
  path: '/orchestrations/{orchestrationID}/excluded',
  tags: ['orchestrations'],
  summary: 'The Shoots that the orchestration has left out, and why',
  request: {
    params: z.object({ orchestrationID: idParameter('orchestrationID', 'The orchestration') }),
    query,
  },
});

export function registerLeftOut(api: Api, deps: AppDependencies): void {
  api.openapi(ofPlan, async (c) => {
    const { id, windowsUntil } = await findMadePlan(deps, c.req.valid('param').planID);
    return c.json(await page(deps, id, { windowsUntil }, c.req.valid('query')), 200);
  });
  api.openapi(ofOrchestration, async (c) => {
    const { id, windowsUntil } = await findPlannedOrchestration(deps, c.req.valid('param').orchestrationID);
    return c.json(await page(deps, id, { windowsUntil }, c.req.valid('query')), 200);
  });
}

async function page(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  ownerID: string,
  plan: ExplainedPlan,
  { reason, search, ...paging }: z.infer<typeof query>,
) {
  const { rows, total } = await repositories.plans.listLeftOut(ownerID, { reason, search }, toPaging(paging));
  return envelope(
    rows.map((row) => toLeftOut(row, plan)),
    total,
  );
}

function toLeftOut(
  { shootName, runtimeID, reason }: LeftOutShootRow,
  plan: ExplainedPlan,
): z.infer<typeof leftOutSchema> {
  return { shootName, runtimeID, reason, message: explainLeftOut({ shootName, reason }, plan) };
}

/** One runtime, asked for by its ID: why it is in a plan or in an orchestration, or why not. */
import { createRoute, z } from '@hono/zod-openapi';
import { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import { operationID as operationIDOf } from '../../../../domain/upgrades/operation-id.ts';
import { hasControls } from '../../../../domain/texts.ts';
import {
  explainCarriedOut,
  explainLeftOut,
  explainNotSelected,
  explainPlanned,
  explainUnknown,
  RUNTIME_IN_PLAN,
  type ExplainedPlan,
} from '../../../../domain/upgrades/runtime-in-plan.ts';
import { EXCLUSION_REASONS } from '../../../../domain/upgrades/runtime.ts';
import { bearer, idParameter, noQuery, problems } from '../../../answers.ts';
import type { Api, AppDependencies } from '../../../api-dependencies.ts';
import { permits } from '../../../middleware/authorization.ts';
import { originOf, versionsOf } from '../waiting/window-rules.ts';
import { findMadePlan, findPlannedOrchestration } from './find-plan.ts';
import { planOperation, toPlanOperation } from './plan-operations.ts';

const explained = {
  runtimeID: z.string(),
  kind: z.enum(RUNTIME_IN_PLAN).openapi({
    description:
      '`planned`: it has an operation. `left-out`: `reason` says why. `excluded`: an exclude entry of the targets matches it. `not-selected`: no include entry does. `unknown`: the inventory did not have it',
  }),
  message: z.string().openapi({ description: 'One sentence for people' }),
  shootName: z.string().nullable().openapi({ description: 'Null for `not-selected` and `unknown`' }),
  reason: z.enum(EXCLUSION_REASONS).nullable().openapi({ description: 'For `left-out` and `excluded`' }),
};

const ofPlanSchema = z
  .object({
    ...explained,
    operation: planOperation.nullable().openapi({ description: 'For `planned`' }),
  })
  .openapi('RuntimeInPlan', {
    example: {
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      kind: 'left-out',
      message: 'Shoot c-3a3xdaf is hibernated; nothing can be upgraded before it has woken up',
      shootName: 'c-3a3xdaf',
      reason: 'hibernated',
      operation: null,
    },
  });

const ofOrchestrationSchema = z
  .object({ ...explained, operationID: z.uuid().nullable().openapi({ description: 'For `planned`' }) })
  .openapi('RuntimeInOrchestration', {
    example: {
      runtimeID: '5791e81d-8959-4b78-82e4-7e4edea45683',
      kind: 'planned',
      message:
        'Shoot c-3a3xdaf is pending: Waits for its window 20:00–00:00 UTC of 2030-10-12; it opens 2030-10-12T20:00Z (22:00 Europe/Berlin) by rule 1 (rules[0]) of version 4 of the maintenance policy',
      shootName: 'c-3a3xdaf',
      reason: null,
      operationID: 'c4aa1f4b-be2a-4e8d-90e6-edd00194aaa9',
    },
  });

const runtimeID = z
  .string()
  .refine((text) => !hasControls(text), 'must not contain control characters or broken Unicode')
  .openapi({
    param: { name: 'runtimeID', in: 'path' },
    description: 'The runtime, by its exact ID',
    example: '5791e81d-8959-4b78-82e4-7e4edea45683',
  });

const shared = {
  method: 'get' as const,
  security: bearer,
  middleware: [permits('read')],
};

function answers<T extends z.ZodType>(schema: T) {
  return {
    200: { description: 'The answer', content: { 'application/json': { schema } } },
    ...problems('invalid-input', 'not-found', 'conflict'),
  };
}

const ofPlan = createRoute({
  ...shared,
  path: '/plans/{planID}/runtimes/{runtimeID}',
  tags: ['plans'],
  summary: 'Why a runtime is in the plan, or why it is not',
  request: { params: z.object({ planID: idParameter('planID', 'The plan'), runtimeID }), query: noQuery },
  responses: answers(ofPlanSchema),
});

const ofOrchestration = createRoute({
  ...shared,
  path: '/orchestrations/{orchestrationID}/runtimes/{runtimeID}',
  tags: ['orchestrations'],
  summary: 'Why a runtime is in the orchestration, or why it is not',
  request: {
    params: z.object({
      orchestrationID: idParameter('orchestrationID', 'The orchestration'),
      runtimeID,
    }),
    query: noQuery,
  },
  responses: answers(ofOrchestrationSchema),
});

export function registerPlanRuntime(api: Api, deps: AppDependencies): void {
  const policies = new PolicyVersions(deps.repositories.policies);
  api.openapi(ofPlan, async (c) => {
    const { planID, runtimeID: id } = c.req.valid('param');
    const plan = await findMadePlan(deps, planID);
    const operation = await deps.repositories.plans.findOperation(plan.id, id);
    if (!operation) return c.json({ ...(await explainMissing(deps, plan, id)), operation: null }, 200);
    const versions = { rules: plan.policyVersion, freezes: plan.policyVersion };
    const origin = await originOf(c, policies, versions, operation.runtime, operation.windowBegin);
    const { shootName } = operation.runtime;
    const message = explainPlanned({ ...operation, shootName }, plan, origin);
    return c.json({ ...planned(id, shootName, message), operation: toPlanOperation(operation) }, 200);
  });
  api.openapi(ofOrchestration, async (c) => {
    const { orchestrationID, runtimeID: id } = c.req.valid('param');
    const orchestration = await findPlannedOrchestration(deps, orchestrationID);
    const { operations } = deps.repositories;
    const row = await operations.find(orchestration.id, operationIDOf(orchestration.id, id));
    if (!row) return c.json({ ...(await explainMissing(deps, orchestration, id)), operationID: null }, 200);
    const runtime = { ...row, maintenanceWindow: row.dailyWindow ?? undefined };
    const origin = await originOf(c, policies, versionsOf(row, orchestration), runtime, row.windowBegin);
    const message = explainCarriedOut(row, deps.clock(), origin);
    return c.json({ ...planned(id, row.shootName, message), operationID: row.id }, 200);
  });
}

type Explained = z.infer<z.ZodObject<typeof explained>>;

function planned(id: string, shootName: string, message: string): Explained {
  return { runtimeID: id, kind: 'planned', message, shootName, reason: null };
}

/** A runtime without an operation, of a plan or of an orchestration. */
async function explainMissing(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  owner: ExplainedPlan & { id: string },
  id: string,
): Promise<Explained> {
  const leftOut = await repositories.plans.findLeftOut(owner.id, id);
  if (leftOut) {
    const { shootName, reason } = leftOut;
    const kind = reason === 'excluded by targets' ? 'excluded' : 'left-out';
    return { runtimeID: id, kind, message: explainLeftOut(leftOut, owner), shootName, reason };
  }
  const isUnselected = await repositories.plans.isUnselected(owner.id, id);
  return {
    runtimeID: id,
    kind: isUnselected ? 'not-selected' : 'unknown',
    message: isUnselected ? explainNotSelected() : explainUnknown(owner),
    shootName: null,
    reason: null,
  };
}

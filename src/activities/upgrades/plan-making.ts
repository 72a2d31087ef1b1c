import { UnavailableError } from '../../domain/errors.ts';
import { cleanText } from '../../domain/texts.ts';
import type { CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import { projectionBasis, projectPlan, type Projection } from '../../domain/upgrades/projection-of-plans.ts';
import {
  planRollout,
  windowsUntilMs,
  type RolloutOperation,
  type RolloutRequest,
} from '../../domain/upgrades/rollout-plan.ts';
import { summarize } from '../../domain/upgrades/rollout-summary.ts';
import type { ProjectedOperation } from '../../db/repositories/upgrades/plan-repository.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { inSlices } from '../../clients/in-slices.ts';
import type { PlanActivities, PlanProjectionActivities } from './activity-types.ts';
import { policyForPlan } from './current-policy.ts';
import { barredInFleet } from './offered-versions.ts';
import { planHash, rulesHash } from './plan-hash.ts';

type Making = Pick<ActivityDependencies, 'repositories' | 'policies' | 'fleet' | 'clock' | 'gardener'>;

/** Plans that are made to be looked at, one at a time. */
export function createPlanActivities(deps: Making): PlanActivities {
  return { makePlan: ({ planID }) => withHeartbeat((signal) => makePlan(deps, planID, signal)) };
}

export function createPlanProjectionActivities({
  repositories,
}: Pick<ActivityDependencies, 'repositories'>): PlanProjectionActivities {
  return {
    failPlan: async ({ planID, message }) => void (await repositories.plans.fail(planID, cleanText(message))),
  };
}

/** An execution that comes later than another one, which has written the plan or has failed it, writes nothing. */
async function makePlan(deps: Making, planID: string, signal: AbortSignal): Promise<void> {
  const { plans } = deps.repositories;
  const row = await plans.find(planID);
  if (!row) throw new UnavailableError('database', `There is no row for plan ${planID}`);
  if (row.state !== 'making') return;
  const held = await policyForPlan(deps);
  const fleet = await deps.fleet.read(signal);
  const nowMs = deps.clock();
  const { parameters } = row;
  const barred = await barredInFleet(deps, row, fleet, { nowMs, signal });
  const plan = planRollout(fleet, { parameters, ...(barred && { barred }) }, held.policy, nowMs);
  const { projection, operations } = await projected(deps, row, plan.operations, held.policy, {
    nowMs,
    signal,
  });
  await plans.complete(planID, {
    operations,
    leftOut: plan.leftOut,
    notSelected: plan.notSelected,
    planHash: planHash(row, held.rules, plan.operations),
    rulesHash: rulesHash(held.rules),
    policyVersion: held.version,
    windowsUntil: new Date(windowsUntilMs(row.parameters, nowMs)).toISOString(),
    summary: { ...summarize(fleet, plan), projection },
    madeAt: new Date(nowMs).toISOString(),
  });
}

/** The operations, each with the time at which it would be carried out. */
async function projected(
  { repositories }: Making,
  { type, parameters }: RolloutRequest,
  operations: readonly RolloutOperation[],
  policy: CompiledPolicy,
  { nowMs, signal }: { nowMs: number; signal: AbortSignal },
): Promise<{ projection: Projection; operations: ProjectedOperation[] }> {
  const { dryRun } = parameters;
  const earlier = dryRun ? [] : await repositories.operations.earlierDurations(type);
  const basis = projectionBasis({ type, dryRun }, earlier);
  const projecting = projectPlan({ parameters }, operations, policy, basis, nowMs);
  const { projection, spans } = await inSlices(projecting, signal);
  const withSpans = operations.map((operation, index): ProjectedOperation => {
    const span = spans[index];
    return span ? { ...operation, projected: span } : operation;
  });
  return { projection, operations: withSpans };
}

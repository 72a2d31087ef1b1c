/** Checks that the schema of a request can't make: by the clock, and by the plans that are kept. */
import { createHash } from 'node:crypto';
import { PLANS_KEPT, type RolloutPlanRow } from '../../../../db/repositories/upgrades/plan-repository.ts';
import type { InputIssue } from '../../../../domain/issues.ts';
import { isLaneSet, laneAsked, whyTooMany } from '../../../../domain/upgrades/lanes.ts';
import { EMPTY_POLICY } from '../../../../domain/upgrades/maintenance-policy.ts';
import { rulesText } from '../../../../domain/upgrades/plan-text.ts';
import { requestDifferences } from '../../../../domain/upgrades/request-comparison.ts';
import type { OrchestrationRequest } from '../../../../workflows/contract/upgrades.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { ProblemError } from '../../../problem.ts';
import { READ_LIMIT_MS, withinDatabaseLimit } from '../../../time-limit.ts';

const DAY_MS = 86_400_000;
/** As far ahead as windows are looked for: in each of them for each runtime. */
const MOST_AHEAD_MS = 366 * DAY_MS;
/** An approval is of the fleet as it is: an older plan may have been overtaken by anything. */
const OLDEST_PLAN_MS = DAY_MS;
/** Paths of a request that are named. */
const MOST_PATHS = 10;

/** An end before the request can't be meant, nor one in some years. Throws ProblemError invalid-input. */
export async function checkUntil(deps: AppDependencies, request: OrchestrationRequest): Promise<void> {
  const { until } = request.parameters.strategy;
  if (until === undefined) return;
  const aheadMs = Date.parse(until) - deps.clock();
  if (aheadMs > 0 && aheadMs <= MOST_AHEAD_MS) return;
  // Repeated under its key, it lay in the future when it was asked for.
  if (await isRepeated(deps, request)) return;
  const message = aheadMs > 0 ? 'must lie within a year from now' : 'must lie in the future';
  const issue = { path: 'strategy.until', message };
  throw new ProblemError('invalid-input', `${issue.path} ${issue.message}`, { errors: [issue] });
}

/** Lanes are a setting: others may be set by the time that a request is repeated. Throws ProblemError invalid-input. */
export async function checkLane(deps: AppDependencies, request: OrchestrationRequest): Promise<void> {
  const { strategy } = request.parameters;
  const lane = laneAsked(deps.lanes, request.parameters);
  const tooMany = whyTooMany(deps.lanes, lane, strategy.parallel.workers);
  const issues: InputIssue[] = [];
  if (!isLaneSet(deps.lanes, lane)) {
    const names = deps.lanes.map(({ name }) => name).join(', ');
    issues.push({ path: 'strategy.lane', message: `must be one of ${names}` });
  } else if (tooMany !== undefined) issues.push({ path: 'strategy.parallel.workers', message: tooMany });
  const [issue] = issues;
  if (!issue || (await isRepeated(deps, request))) return;
  throw new ProblemError('invalid-input', `${issue.path} ${issue.message}`, { errors: issues });
}

/**
 * The ID of the kept plan that the request names by its hash; undefined when it names none. Throws ProblemError conflict when there is no
 * such plan, or when it is not the plan of this request any more.
 */
export async function approvedPlan(
  deps: AppDependencies,
  request: OrchestrationRequest,
): Promise<string | undefined> {
  const { planHash } = request.parameters;
  if (planHash === undefined) return undefined;
  const plan = await withinDatabaseLimit(deps.repositories.plans.findByHash(planHash), READ_LIMIT_MS);
  const problem = plan
    ? await problemOf(deps, plan, request)
    : `No kept plan has this planHash; the newest ${PLANS_KEPT} plans are kept`;
  if (problem === undefined) return plan?.id;
  // Repeated under its key, it was in order when it was asked for.
  if (await isRepeated(deps, request)) return undefined;
  throw new ProblemError('conflict', `${problem}: ${whatToDo(request)}`);
}

/** Undefined for a plan that is still the one of the request. */
async function problemOf(
  deps: AppDependencies,
  plan: RolloutPlanRow,
  request: OrchestrationRequest,
): Promise<string | undefined> {
  const paths = requestDifferences(plan, request);
  if (paths.length > 0) {
    const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : '';
    return `The request differs from that of plan ${plan.id} at ${paths.slice(0, MOST_PATHS).join(', ')}${more}`;
  }
  const policy = await withinDatabaseLimit(deps.repositories.policies.current(), READ_LIMIT_MS);
  const rules = createHash('sha256')
    .update(rulesText(policy?.policy ?? EMPTY_POLICY))
    .digest('hex');
  if (rules !== plan.rulesHash)
    return `The rules of the maintenance policy have changed since plan ${plan.id} was made (version ${plan.policyVersion} then, ${policy?.version ?? 0} now)`;
  const madeAt = plan.madeAt ?? plan.createdAt;
  if (deps.clock() - Date.parse(madeAt) > OLDEST_PLAN_MS)
    return `The plan ${plan.id} is older than 24 hours (made at ${madeAt})`;
  return undefined;
}

function whatToDo({ type }: OrchestrationRequest): string {
  const path = type === 'upgradeKyma' ? '/upgrade/kyma/plan' : '/upgrade/cluster/plan';
  return `plan the request with POST ${path}, look at the plan, and send its planHash`;
}

async function isRepeated(
  deps: AppDependencies,
  { orchestrationID }: OrchestrationRequest,
): Promise<boolean> {
  const row = await withinDatabaseLimit(
    deps.repositories.orchestrations.find(orchestrationID),
    READ_LIMIT_MS,
  );
  return row !== undefined;
}

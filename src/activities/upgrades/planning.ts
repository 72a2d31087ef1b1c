import { UnavailableError } from '../../domain/errors.ts';
import { CANCELED, DESCRIPTION_BEGINS } from '../../domain/upgrades/descriptions.ts';
import { describePlace } from '../../domain/upgrades/live-freezes.ts';
import { operationID as operationIDOf } from '../../domain/upgrades/operation-id.ts';
import {
  comparePlans,
  describeChanges,
  type ComparedOperation,
  type PlanChanges,
} from '../../domain/upgrades/plan-comparison.ts';
import {
  planRollout,
  windowsUntilMs,
  type RolloutOperation,
  type RolloutPlan,
} from '../../domain/upgrades/rollout-plan.ts';
import { orderOf } from '../../domain/upgrades/placement.ts';
import { countReasons } from '../../domain/upgrades/rollout-summary.ts';
import { resolveBudget } from '../../domain/upgrades/failure-budget.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import type {
  OrchestrationRow,
  PlannedOperation,
  WaveOfPlan,
} from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { CompletedPlan } from '../../db/repositories/upgrades/plan-repository.ts';
import type { PolicyVersion } from '../../db/repositories/upgrades/policy-versions.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { policyForPlan } from './current-policy.ts';
import { estimate } from './estimates.ts';
import { readFleet } from './fleet-snapshot.ts';
import { failed, judge } from './judgement.ts';
import { barredInFleet } from './offered-versions.ts';
import { planHash, rulesHash } from './plan-hash.ts';
import type { OrchestrationActivities } from './activity-types.ts';

/** Rows that one transaction writes, unless the dependencies say otherwise. */
const PLAN_BATCH = 500;

/** Planning and closing: the two ends of an orchestration. */
export function createOrchestrationActivities(
  deps: ActivityDependencies,
): Pick<OrchestrationActivities, 'resolveTargets' | 'closeOrchestration'> {
  return {
    resolveTargets: ({ orchestrationID }) =>
      withHeartbeat((signal) => resolveTargets(deps, orchestrationID, signal)),
    closeOrchestration: (input) => withHeartbeat(() => closeOrchestration(deps, input)),
  };
}

async function resolveTargets(
  deps: ActivityDependencies,
  orchestrationID: string,
  signal: AbortSignal,
): Promise<{ count: number }> {
  const { orchestrations } = deps.repositories;
  const row = await orchestrations.find(orchestrationID);
  if (!row)
    throw new UnavailableError('database', `There is no row for orchestration ${orchestrationID} yet`);
  // The plan is frozen: a repeated execution, or a reset workflow, finds it.
  if (row.plannedCount !== null) return { count: row.plannedCount };
  try {
    return await new Planning(deps, row).run(signal);
  } catch (error) {
    if (error instanceof UnavailableError && error.system === 'inventory') {
      await orchestrations.describe(
        orchestrationID,
        `${DESCRIPTION_BEGINS.inventory}${error.message}`,
        nowOf(deps),
      );
    }
    throw error;
  }
}

class Planning {
  constructor(
    private readonly deps: ActivityDependencies,
    private readonly row: OrchestrationRow,
  ) {}

  async run(signal: AbortSignal): Promise<{ count: number }> {
    const { orchestrations, operations } = this.deps.repositories;
    const held = await policyForPlan(this.deps);
    const fleet = await readFleet(this.deps.inventory, { signal });
    const only = await this.unfinished();
    const now = this.deps.clock();
    const { parameters } = this.row;
    const barred = await barredInFleet(this.deps, this.row, fleet, { nowMs: now, signal });
    const request = { parameters, ...(only && { only }), ...(barred && { barred }) };
    const plan = planRollout(fleet, request, held.policy, now);
    const changed = await this.changedSince(plan, held);
    await operations.clearPlan(this.row.id);
    if (!(await this.write(plan, now))) return await this.plannedByOthers();
    const count = plan.operations.length;
    const completed = await orchestrations.planned(this.row.id, {
      count,
      leftOut: countReasons(plan.leftOut),
      notSelected: plan.notSelected.length,
      policyVersion: held.version,
      windowsUntil: new Date(windowsUntilMs(this.row.parameters, now)).toISOString(),
      waves: plannedWaves(this.row.parameters, plan),
      budgetMax: budgetOfAll(this.row.parameters, count),
      ...(changed && { changed }),
      now: nowOf(this.deps),
    });
    if (!completed) return await this.plannedByOthers();
    await estimate(this.deps, this.row.id);
    return { count };
  }

  /** Runtimes that the other orchestration has left unfinished; undefined for one that goes on with none. */
  private async unfinished(): Promise<Set<string> | undefined> {
    const { restOf } = this.row.parameters;
    if (restOf === undefined) return undefined;
    return new Set(await this.deps.repositories.operations.listUnfinished(restOf));
  }

  /** False when it was canceled meanwhile, or another execution has completed the plan: nothing of ours is wanted. */
  private async write({ operations, leftOut, notSelected }: RolloutPlan, nowMs: number): Promise<boolean> {
    const { id, type, parameters } = this.row;
    const { repositories, planBatch = PLAN_BATCH } = this.deps;
    for (let from = 0; from === 0 || from < leftOut.length; from += planBatch) {
      const part = {
        from,
        leftOut: leftOut.slice(from, from + planBatch),
        ...(from === 0 && { notSelected }),
      };
      if (!(await repositories.operations.planLeftOut(id, part))) return false;
    }
    const orchestration = { id, type, dryRun: parameters.dryRun };
    for (let from = 0; from < operations.length; from += planBatch) {
      const batch = operations
        .slice(from, from + planBatch)
        .map((operation, index) => this.planned(operation, from + index, nowMs));
      if (!(await repositories.operations.plan(orchestration, batch, nowOf(this.deps)))) return false;
    }
    return true;
  }

  private planned(
    { runtime, window, heldBy, wave }: RolloutOperation,
    position: number,
    nowMs: number,
  ): PlannedOperation {
    return {
      operationID: operationIDOf(this.row.id, runtime.runtimeID),
      position,
      runtime,
      window,
      description: describePlace({ window, heldBy }, nowMs),
      ...orderOf(window),
      wave,
    };
  }

  /** How the plan differs from the one that was approved; undefined when it does not, or when none was named. */
  private async changedSince(
    { operations }: RolloutPlan,
    held: PolicyVersion,
  ): Promise<CompletedPlan['changed']> {
    const { planHash: approved, onPlanChange } = this.row.parameters;
    if (approved === undefined || planHash(this.row, held.rules, operations) === approved) return undefined;
    const earlier = await this.approvedPlan(approved);
    const changes: PlanChanges = {
      ...comparePlans(
        earlier?.operations ?? [],
        earlier ? operations.map(({ runtime, definition, wave }) => ({ ...runtime, definition, wave })) : [],
      ),
      rulesChanged: earlier !== undefined && earlier.rulesHash !== rulesHash(held.rules),
      ...(!earlier && { isUnknown: true }),
    };
    return { changes, reason: describeChanges(changes), pauses: onPlanChange !== 'continue' };
  }

  /** Undefined when it is not kept any more, as in a restored database. */
  private async approvedPlan(
    hash: string,
  ): Promise<{ rulesHash: string | null; operations: ComparedOperation[] } | undefined> {
    const { plans } = this.deps.repositories;
    const row = this.row.planID === null ? undefined : await plans.find(this.row.planID);
    if (row?.planHash !== hash) return undefined;
    return { rulesHash: row.rulesHash, operations: await plans.readCompared(row.id) };
  }

  /**
   * Nothing is planned in a canceled orchestration; half a plan, of which another execution cleared the rest, starts over.
   */
  private async plannedByOthers(): Promise<{ count: number }> {
    const row = await this.deps.repositories.orchestrations.find(this.row.id);
    if (row?.state !== 'in progress') return { count: row?.plannedCount ?? 0 };
    if (row.plannedCount !== null) return { count: row.plannedCount };
    throw new UnavailableError(
      'database',
      'Another execution has touched the plan meanwhile; it is made anew',
    );
  }
}

/** The rows of the waves, with what the request says of each. */
function plannedWaves(parameters: OrchestrationParameters, { waves }: RolloutPlan): WaveOfPlan[] {
  const { waves: asked = [], failureBudget } = parameters.strategy;
  const ofWave = failureBudget?.scope === 'wave' ? failureBudget : undefined;
  return waves.map(({ name, size }, number) => ({
    number,
    name,
    size,
    workers: asked[number]?.workers ?? null,
    soakMinutes: asked[number]?.soakMinutes ?? 0,
    approval: asked[number]?.approval ?? null,
    budgetMax: ofWave ? resolveBudget(ofWave, size) : null,
  }));
}

function budgetOfAll({ strategy }: OrchestrationParameters, total: number): number | null {
  const budget = strategy.failureBudget;
  return budget?.scope === 'all' ? resolveBudget(budget, total) : null;
}

async function closeOrchestration(
  deps: ActivityDependencies,
  input: Parameters<OrchestrationActivities['closeOrchestration']>[0],
): ReturnType<OrchestrationActivities['closeOrchestration']> {
  const { orchestrations, operations } = deps.repositories;
  const { orchestrationID, canceledBy, failure } = input;
  const now = nowOf(deps);
  if (canceledBy !== undefined) {
    const reason = CANCELED;
    await operations.cancelWaiting(orchestrationID, { actor: canceledBy, reason, now });
    const change = { actor: canceledBy, reason, description: reason, now };
    await orchestrations.transition(orchestrationID, 'canceled', change);
  } else if (failure !== undefined) {
    // Operations of an incomplete plan must neither wait for ever nor count as somebody's newer operation.
    await operations.cancelWaiting(orchestrationID, { actor: DRYDOCK, reason: failure, now });
    await orchestrations.transition(orchestrationID, 'failed', { actor: DRYDOCK, now, ...failed(failure) });
  } else {
    const end = await judge(deps.repositories, orchestrationID);
    if (end) await orchestrations.close(orchestrationID, end.state, { actor: DRYDOCK, now, ...end });
  }
  const row = await orchestrations.find(orchestrationID);
  if (!row) throw new UnavailableError('database', `There is no row for orchestration ${orchestrationID}`);
  return row.state;
}

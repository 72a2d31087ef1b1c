import { FinalError, UnavailableError } from '../../domain/errors.ts';
import { UnusablePolicyError, type CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import { HORIZON_MS, placeAtOnce, placeInWindow } from '../../domain/upgrades/placement.ts';
import { DESCRIPTION_BEGINS } from '../../domain/upgrades/descriptions.ts';
import { operationID as operationIDOf } from '../../domain/upgrades/operation-id.ts';
import type { ExcludedShoot, Runtime } from '../../domain/upgrades/runtime.ts';
import { compileTargets } from '../../domain/upgrades/selectors.ts';
import type {
  OrchestrationRow,
  PlannedOperation,
} from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { PolicyVersion } from '../../db/repositories/upgrades/policy-versions.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { failed, judge } from './judgement.ts';
import type { OrchestrationActivities } from './activity-types.ts';

const BATCH = 500;
/** By every clock, also that of a worker that is behind. */
const AT_ONCE = '1970-01-01T00:00:00.000Z';
const EXCLUDED_SAMPLE = 100;

/** Planning and closing: the two ends of an orchestration. */
export function createOrchestrationActivities(
  deps: ActivityDependencies,
): Pick<OrchestrationActivities, 'resolveTargets' | 'closeOrchestration'> {
  return {
    resolveTargets: ({ orchestrationID }) =>
      withHeartbeat((signal) => resolveTargets(deps, orchestrationID, signal)),
    closeOrchestration: (input) => closeOrchestration(deps, input),
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
  private readonly excluded: { counts: Record<string, number>; sample: ExcludedShoot[] } = {
    counts: {},
    sample: [],
  };
  private batch: PlannedOperation[] = [];
  private position = 0;
  private stopped = false;
  /** Two Shoots may carry one runtime ID by mistake: the runtime is still upgraded once. */
  private readonly planned = new Set<string>();

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly row: OrchestrationRow,
  ) {}

  async run(signal: AbortSignal): Promise<{ count: number }> {
    const { orchestrations, operations } = this.deps.repositories;
    const matches = compileTargets(this.row.parameters.targets);
    await operations.clearPlan(this.row.id);
    const held = await this.policy();
    const now = this.deps.clock();
    const { until } = this.row.parameters.strategy;
    const untilMs = until === undefined ? now + HORIZON_MS : Date.parse(until);
    for await (const page of this.deps.inventory.pages({ signal })) {
      for (const excluded of page.excluded) this.leaveOut(excluded);
      for (const runtime of page.runtimes) {
        if (matches(runtime) && !this.planned.has(runtime.runtimeID))
          this.plan(held.policy, runtime, now, untilMs);
        if (this.batch.length >= BATCH) await this.flush();
      }
      if (this.stopped) return await this.plannedByOthers();
    }
    await this.flush();
    if (this.stopped) return await this.plannedByOthers();
    const count = this.position;
    const plan = {
      count,
      excluded: this.excluded,
      policyVersion: held.version,
      windowsUntil: new Date(untilMs).toISOString(),
      now: nowOf(this.deps),
    };
    if (await orchestrations.planned(this.row.id, plan)) return { count };
    return await this.plannedByOthers();
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

  /** The orchestration is planned with it, so it fails when that can't be done here. */
  private async policy(): Promise<PolicyVersion> {
    try {
      return await this.deps.policies.current();
    } catch (error) {
      if (!(error instanceof UnusablePolicyError)) throw error;
      throw new FinalError('UNEXPECTED_ANSWER', error.message, { cause: error });
    }
  }

  private plan(policy: CompiledPolicy, runtime: Runtime, nowMs: number, untilMs: number): void {
    const { schedule } = this.row.parameters.strategy;
    const placed =
      schedule === 'maintenanceWindow'
        ? placeInWindow(policy, runtime, nowMs, untilMs)
        : placeAtOnce(policy, runtime, nowMs);
    if (placed.leftOut) {
      this.leaveOut({ shootName: runtime.shootName, reason: placed.leftOut });
      return;
    }
    this.planned.add(runtime.runtimeID);
    const { window } = placed;
    this.batch.push({
      operationID: operationIDOf(this.row.id, runtime.runtimeID),
      position: this.position++,
      runtime,
      window,
      dueAt: window?.begin ?? AT_ONCE,
      orderAt: window?.latestStart ?? this.row.createdAt,
    });
  }

  private async flush(): Promise<void> {
    if (this.batch.length === 0 || this.stopped) return;
    const { id, type, parameters } = this.row;
    const orchestration = { id, type, dryRun: parameters.dryRun };
    const written = await this.deps.repositories.operations.plan(orchestration, this.batch, nowOf(this.deps));
    this.batch = [];
    // Canceled meanwhile, or another execution has completed the plan: nothing of ours is wanted.
    if (!written) this.stopped = true;
  }

  private leaveOut(excluded: ExcludedShoot): void {
    this.excluded.counts[excluded.reason] = (this.excluded.counts[excluded.reason] ?? 0) + 1;
    if (this.excluded.sample.length < EXCLUDED_SAMPLE) this.excluded.sample.push(excluded);
  }
}

async function closeOrchestration(
  deps: ActivityDependencies,
  input: Parameters<OrchestrationActivities['closeOrchestration']>[0],
): ReturnType<OrchestrationActivities['closeOrchestration']> {
  const { orchestrations, operations } = deps.repositories;
  const { orchestrationID, canceledBy, failure } = input;
  const now = nowOf(deps);
  if (canceledBy !== undefined) {
    const reason = 'Orchestration was canceled';
    await operations.cancelWaiting(orchestrationID, { actor: canceledBy, reason, now });
    const change = { actor: canceledBy, reason, description: reason, now };
    await orchestrations.transition(orchestrationID, 'canceled', change);
  } else {
    // Operations of an incomplete plan must neither wait for ever nor count as somebody's newer operation.
    if (failure !== undefined) {
      await operations.cancelWaiting(orchestrationID, { actor: DRYDOCK, reason: failure, now });
    }
    const end = failure === undefined ? await judge(deps.repositories, orchestrationID) : failed(failure);
    if (end) await orchestrations.transition(orchestrationID, end.state, { actor: DRYDOCK, now, ...end });
  }
  const row = await orchestrations.find(orchestrationID);
  if (!row) throw new UnavailableError('database', `There is no row for orchestration ${orchestrationID}`);
  return row.state;
}

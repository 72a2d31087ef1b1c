/** The waits of operations: of a page in short, and of one with all that is known. */
import type {
  OperationRow,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Repositories } from '../../../../db/repositories/repository-types.ts';
import type { WaveRow } from '../../../../db/schema/upgrades/waves.ts';
import type { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import { budgetInForce, workersAsked, workersWithin } from '../../../../domain/upgrades/failure-budget.ts';
import { limitKeysOf, TakenKeys, type Limited, type LimitedKey } from '../../../../domain/upgrades/limits.ts';
import { waitingForOperation, type WaitingFor } from '../../../../domain/upgrades/waiting.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { placeOf, wavesOf } from './orchestration-waits.ts';
import { originOf, versionsOf } from './window-rules.ts';

/** Upgrades that are named where all workers are taken. */
const MOST_NAMED = 3;

/**
 * The wait of each operation of a page. With waves the open one is read. When an operation on the page waits for a worker, one more
 * statement counts what is in progress, from an index (less than a ms in a plan of 100,000), and with a strict budget another one what has failed.
 */
export async function waitsOfOperations(
  { repositories, clock }: Pick<AppDependencies, 'repositories' | 'clock'>,
  orchestration: OrchestrationRow,
  rows: readonly OperationRow[],
): Promise<(row: OperationRow) => WaitingFor | undefined> {
  const nowMs = clock();
  const wave = (await wavesOf(repositories, [orchestration])).get(orchestration.id);
  const workers = workersAsked(orchestration, wave);
  const waitsIn = (row: OperationRow): WaitingFor | undefined =>
    waitingForOperation(row, { ...orchestration, wave }, nowMs, { workers });
  if (!rows.some((row) => waitsIn(row)?.code === 'slot')) return waitsIn;
  const [executing, within, fullOf] = await Promise.all([
    repositories.waits.countExecuting(orchestration.id),
    workersWithinBudget(repositories, orchestration, wave),
    fullKeysOf(repositories, orchestration),
  ]);
  const facts = { workers: Math.min(workers, within), executing };
  return (row) =>
    waitingForOperation(row, { ...orchestration, wave }, nowMs, { ...facts, full: fullOf(row) });
}

/** With the exact rule, or the exact holder, and who can change it. */
export async function waitOfOperation(
  c: ApiContext,
  deps: Pick<AppDependencies, 'repositories' | 'clock'>,
  policies: PolicyVersions,
  { row, orchestration: found }: { row: OperationRow; orchestration: OrchestrationRow },
): Promise<WaitingFor | undefined> {
  const nowMs = deps.clock();
  const wave = (await wavesOf(deps.repositories, [found])).get(found.id);
  const orchestration = { ...found, wave };
  const workers = workersAsked(found, wave);
  const inShort = waitingForOperation(row, orchestration, nowMs, { workers });
  switch (inShort?.code) {
    case 'turn': {
      const place = await placeOf(deps, orchestration);
      return waitingForOperation(row, orchestration, nowMs, { workers, place });
    }
    case 'slot': {
      const within = await workersWithinBudget(deps.repositories, found, wave);
      const fullOf = await fullKeysOf(deps.repositories, found);
      return waitingForOperation(row, orchestration, nowMs, {
        workers: Math.min(workers, within),
        full: fullOf(row),
        ...(await holdersOf(deps, orchestration.id)),
      });
    }
    case 'window':
    case 'cutoff': {
      const runtime = { ...row, maintenanceWindow: row.dailyWindow ?? undefined };
      const origin = await originOf(c, policies, versionsOf(row, orchestration), runtime, row.windowBegin);
      return waitingForOperation(row, orchestration, nowMs, { workers, origin });
    }
    case 'paused':
    case 'budget':
    case 'wave':
    case 'soak':
    case 'approval':
    case 'freeze':
    case 'region-limit':
    case 'plan-limit':
    case 'account-limit':
    case 'runtime-busy':
    case 'retry-backoff':
    case 'dependency-down':
    case undefined:
      return inShort;
  }
}

/** The key of an operation that is taken as often as may be by what is in progress; no statement without limits. */
async function fullKeysOf(
  { waits }: Pick<Repositories, 'waits'>,
  { id, parameters }: OrchestrationRow,
): Promise<(row: Limited) => LimitedKey | undefined> {
  const { limits } = parameters.strategy;
  if (!limits) return () => undefined;
  const executing = await waits.limitedExecuting(id);
  const taken = new TakenKeys(
    limits,
    executing.map((one) => ({ keys: limitKeysOf(limits, one) })),
  );
  return (row) => taken.fullOf(limitKeysOf(limits, row));
}

/** Infinity without a strict budget. */
async function workersWithinBudget(
  { control }: Pick<Repositories, 'control'>,
  orchestration: OrchestrationRow,
  wave: WaveRow | undefined,
): Promise<number> {
  const budget = budgetInForce(orchestration, wave);
  if (!budget?.strict) return Infinity;
  return workersWithin(budget, await control.countFailures(orchestration.id, budget.wave));
}

async function holdersOf({ repositories }: Pick<AppDependencies, 'repositories'>, orchestrationID: string) {
  const [executing, rows] = await Promise.all([
    repositories.waits.countExecuting(orchestrationID),
    repositories.operations.listExecuting(orchestrationID, -1, MOST_NAMED),
  ]);
  return { executing, holders: rows.map(({ id, shootName }) => ({ operationID: id, shootName })) };
}

/** The waits of operations: of a page in short, and of one with all that is known. */
import type {
  OperationRow,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Repositories } from '../../../../db/repositories/repository-types.ts';
import type { CurrentWave } from '../../../../db/repositories/upgrades/control-repository.ts';
import type { WaveRow } from '../../../../db/schema/upgrades/waves.ts';
import type { PolicyVersions } from '../../../../db/repositories/upgrades/policy-versions.ts';
import { budgetInForce, workersAsked, workersWithin } from '../../../../domain/upgrades/failure-budget.ts';
import {
  limitKeysOf,
  TakenKeys,
  type FullKeys,
  type Limited,
  type LimitedKey,
} from '../../../../domain/upgrades/limits.ts';
import {
  waitingForOperation,
  waitsOfAll,
  type OperationFacts,
  type WaitingCode,
  type WaitingFor,
} from '../../../../domain/upgrades/waiting.ts';
import { openedAfter } from '../../../../domain/upgrades/waits-between-waves.ts';
import { complaintOf, isForRoom } from '../../../../domain/upgrades/waits-in-plan.ts';
import type { WaitingRows } from '../../../../db/repositories/upgrades/operation-repository.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { placeOf, standingOf, wavesOf } from './orchestration-waits.ts';
import { originOf, versionsOf } from './window-rules.ts';

/** Upgrades that are named where all workers are taken. */
const MOST_NAMED = 3;
/** More are not in progress, but for a moment: an orchestration has at most 1,000 workers. */
const MOST_EXECUTING = 2_000;

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
  const standing = (await standingOf(repositories, [orchestration]))(orchestration);
  const { wave } = standing;
  const workers = workersAsked(orchestration, wave);
  const waitsIn = (row: OperationRow): WaitingFor | undefined =>
    waitingForOperation(row, standing, nowMs, { workers });
  if (!rows.some((row) => waitsIn(row)?.code === 'slot')) return waitsIn;
  const { taken, ...facts } = await slotsOf(repositories, orchestration, wave);
  const fullOf = fullKeysBy(orchestration, taken);
  return (row) => waitingForOperation(row, standing, nowMs, { ...facts, full: fullOf(row) });
}

/** Codes that an operation in progress may have, told by its description. */
const OF_EXECUTING: readonly WaitingCode[] = ['runtime-busy', 'dependency-down'];

/** The conditions on rows of operations that wait for one of these, now or after that, as the list tells it. */
export async function rowsThatWaitFor(
  { repositories, clock }: Pick<AppDependencies, 'repositories' | 'clock'>,
  orchestration: OrchestrationRow,
  codes: readonly WaitingCode[],
): Promise<WaitingRows> {
  const nowMs = clock();
  const wave = (await wavesOf(repositories, [orchestration])).get(orchestration.id);
  const ofAll = waitsOfAll({ ...orchestration, wave });
  const executing = await executingThatWaitFor(repositories, orchestration, codes, ofAll.codes);
  if (ofAll.codes.some((code) => codes.includes(code))) return { executing, waiting: 'all' };
  if (!ofAll.isByRow) return { executing, waiting: 'none' };
  const openWave = wave && {
    openWave: wave.number,
    opensAfter: new Date(openedAfter(wave, nowMs)).toISOString(),
  };
  // Behind a pause nobody waits for room.
  const isPaused = ofAll.codes.length > 0;
  const sought = isPaused ? codes.filter((code) => !isForRoom(code)) : codes;
  if (sought.length === 0) return { executing, waiting: 'none' };
  // Only these need to be told apart by what is in progress.
  const full = sought.some(isForRoom) ? await fullKeysOf(repositories, orchestration, wave) : {};
  return {
    executing,
    waiting: { codes: sought, now: new Date(nowMs).toISOString(), ...openWave, full, isPaused },
  };
}

/** The keys that are taken as often as may be; none while all workers are taken, which is what is waited for then. */
async function fullKeysOf(
  repositories: Pick<Repositories, 'waits' | 'control'>,
  orchestration: OrchestrationRow,
  wave: WaveRow | undefined,
): Promise<FullKeys> {
  const { workers, executing, taken } = await slotsOf(repositories, orchestration, wave);
  return executing < workers ? (taken?.full() ?? {}) : {};
}

/** Hardly ever more than an orchestration has workers. What was not sent yet waits for what those wait for that have not begun, `ofAll`. */
async function executingThatWaitFor(
  { waits }: Pick<Repositories, 'waits'>,
  { id, state }: OrchestrationRow,
  codes: readonly WaitingCode[],
  ofAll: readonly WaitingCode[],
): Promise<string[]> {
  const isCanceling = state === 'canceling';
  const complaining = codes.some((code) => OF_EXECUTING.includes(code))
    ? await waits.complaining(id, MOST_EXECUTING)
    : [];
  const isHeld = isCanceling || state === 'in progress';
  const unsent =
    isHeld && (isCanceling || ofAll.some((code) => codes.includes(code)))
      ? await waits.unsent(id, MOST_EXECUTING)
      : [];
  const found = complaining.flatMap((row) => {
    const code = complaintOf(row)?.code;
    return code && codes.includes(code) ? [row.id] : [];
  });
  if (!isCanceling) return [...found, ...unsent];
  const stopped = new Set(unsent);
  return [...found.filter((one) => !stopped.has(one)), ...(codes.includes('canceling') ? unsent : [])];
}

async function slotsOf(
  repositories: Pick<Repositories, 'waits' | 'control'>,
  orchestration: OrchestrationRow,
  wave: WaveRow | undefined,
): Promise<{ workers: number; executing: number; taken: TakenKeys | undefined }> {
  const [executing, within, taken] = await Promise.all([
    repositories.waits.countExecuting(orchestration.id),
    workersWithinBudget(repositories, orchestration, wave),
    takenKeysOf(repositories, orchestration),
  ]);
  return { workers: Math.min(workersAsked(orchestration, wave), within), executing, taken };
}

/** With the exact rule, or the exact holder, and who can change it. */
export async function waitOfOperation(
  c: ApiContext,
  deps: Pick<AppDependencies, 'repositories' | 'clock'>,
  policies: PolicyVersions,
  { row, orchestration: found }: { row: OperationRow; orchestration: OrchestrationRow },
): Promise<WaitingFor | undefined> {
  const nowMs = deps.clock();
  const orchestration = (await standingOf(deps.repositories, [found]))(found);
  const workers = workersAsked(found, orchestration.wave);
  const inShort = waitingForOperation(row, orchestration, nowMs, { workers });
  if (!inShort) return undefined;
  let facts: OperationFacts = { workers };
  for (const { code } of [inShort, ...(inShort.then ?? [])]) {
    facts = { ...facts, ...(await factsAbout(code, c, deps, policies, { row, orchestration })) };
  }
  return waitingForOperation(row, orchestration, nowMs, facts);
}

/** Everything that makes the message of a wait more exact. */
async function factsAbout(
  code: WaitingCode,
  c: ApiContext,
  deps: Pick<AppDependencies, 'repositories' | 'clock'>,
  policies: PolicyVersions,
  { row, orchestration }: { row: OperationRow; orchestration: OrchestrationRow & { wave?: CurrentWave } },
): Promise<Partial<OperationFacts>> {
  switch (code) {
    case 'turn':
      return { place: await placeOf(deps, orchestration) };
    case 'slot': {
      const { wave } = orchestration;
      const within = await workersWithinBudget(deps.repositories, orchestration, wave);
      const fullOf = fullKeysBy(orchestration, await takenKeysOf(deps.repositories, orchestration));
      return {
        workers: Math.min(workersAsked(orchestration, wave), within),
        full: fullOf(row),
        ...(await holdersOf(deps, orchestration.id)),
      };
    }
    case 'window':
    case 'cutoff': {
      const runtime = { ...row, maintenanceWindow: row.dailyWindow ?? undefined };
      return {
        origin: await originOf(c, policies, versionsOf(row, orchestration), runtime, row.windowBegin),
      };
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
    case 'canceling':
    case 'dependency-down':
      return {};
  }
}

/** The keys that what is in progress takes; no statement without limits. */
async function takenKeysOf(
  { waits }: Pick<Repositories, 'waits'>,
  { id, parameters }: OrchestrationRow,
): Promise<TakenKeys | undefined> {
  const { limits } = parameters.strategy;
  if (!limits) return undefined;
  const executing = await waits.limitedExecuting(id);
  return new TakenKeys(
    limits,
    executing.map((one) => ({ keys: limitKeysOf(limits, one) })),
  );
}

/** The key of an operation that is taken as often as may be. */
function fullKeysBy(
  { parameters }: OrchestrationRow,
  taken: TakenKeys | undefined,
): (row: Limited) => LimitedKey | undefined {
  const { limits } = parameters.strategy;
  return (row) => (limits && taken ? taken.fullOf(limitKeysOf(limits, row)) : undefined);
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

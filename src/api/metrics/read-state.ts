/** The state of the rows, as metrics show it: a fixed number of statements, and some more for each lane that works. */
import type { UpgradeCounts } from '../../db/repositories/upgrades/state-count-repository.ts';
import type { OrchestrationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import type { CurrentWave } from '../../db/repositories/upgrades/control-repository.ts';
import type { StackStatus } from '../../domain/stacks/statuses.ts';
import { budgetInForce, workersAsked, workersWithin } from '../../domain/upgrades/failure-budget.ts';
import { TakenKeys, limitKeysOf } from '../../domain/upgrades/limits.ts';
import { waitOfAll, type WaitingCode } from '../../domain/upgrades/waiting.ts';
import { complaintOf } from '../../domain/upgrades/waits-in-plan.ts';
import type { AppDependencies } from '../api-dependencies.ts';

/** More are not in progress, but for a moment: an orchestration has at most 1,000 workers. */
const MOST_EXECUTING = 2_000;

/** A lane with an orchestration that has the turn. */
export interface LaneAtWork {
  lane: string;
  /** Operations that may be in flight at once. */
  workers: number;
  /** Failures by those that are too many: at 1 the budget is exceeded; undefined without a budget. */
  budgetUsed?: number;
}

export interface State extends UpgradeCounts {
  stacks: ReadonlyMap<StackStatus, number>;
  /** Operations that wait, and those in progress that do not get on, by what they wait for. */
  waits: ReadonlyMap<WaitingCode, number>;
  lanesAtWork: LaneAtWork[];
  /** When the delivery to a webhook that has waited longest was due; null while none waits. */
  webhooksDueSince: string | null;
}

type Deps = Pick<AppDependencies, 'repositories' | 'clock'>;

/** Throws UnavailableError('database'). */
export async function readState(deps: Deps): Promise<State> {
  const { repositories } = deps;
  const counts = await repositories.counts.upgrades();
  const stacks = await repositories.stacks.countByStatus();
  const webhooksDueSince = await repositories.webhooks.dueSince(new Date(deps.clock()).toISOString());
  const { holders } = counts;
  const waves = await repositories.control.openWaves(
    holders.flatMap(({ id, parameters }) => (parameters.strategy.waves ? [id] : [])),
  );
  const waits = new Map<WaitingCode, number>();
  const add = (code: WaitingCode, count: number): void =>
    void waits.set(code, (waits.get(code) ?? 0) + count);
  for (const { isPaused, count } of counts.retrying)
    add(isPaused || counts.isPaused ? 'paused' : 'turn', count);
  const lanesAtWork: LaneAtWork[] = [];
  for (const holder of holders) {
    const wave = waves.get(holder.id);
    const lane = await readLane(deps, holder, wave);
    lanesAtWork.push(lane);
    for (const [code, count] of await readWaits(deps, holder, wave, { ...lane, ...counts })) add(code, count);
  }
  return { ...counts, stacks, waits, lanesAtWork, webhooksDueSince };
}

async function readLane(
  { repositories }: Deps,
  row: OrchestrationRow,
  wave: CurrentWave | undefined,
): Promise<LaneAtWork> {
  // Nothing of it begins any more.
  if (row.state === 'canceling') return { lane: row.lane, workers: 0 };
  const asked = workersAsked(row, wave);
  const budget = budgetInForce(row, wave);
  if (!budget) return { lane: row.lane, workers: asked };
  const failed = await repositories.control.countFailures(row.id, budget.wave);
  return {
    lane: row.lane,
    workers: Math.min(asked, workersWithin(budget, failed)),
    budgetUsed: failed / (budget.max + 1),
  };
}

/** As the lists of operations tell it: each once, by what it waits for first. */
async function readWaits(
  { repositories, clock }: Deps,
  row: OrchestrationRow,
  wave: CurrentWave | undefined,
  { workers, isPaused }: { workers: number; isPaused: boolean },
): Promise<[WaitingCode, number][]> {
  const { operations, waits } = repositories;
  const ofAll = isPaused && row.state !== 'canceling' ? 'paused' : waitOfAll({ ...row, wave });
  if (ofAll !== undefined && ofAll !== 'by row') {
    const waiting = [...(await operations.countWaits(row.id)).values()];
    // An operation to which nothing was sent yet waits for the same as one that has not begun.
    const mayBeHeld = row.state === 'canceling' || row.state === 'in progress';
    const unsent = new Set(mayBeHeld ? await waits.unsent(row.id, MOST_EXECUTING) : []);
    const sent = (await waits.complaining(row.id, MOST_EXECUTING)).filter(({ id }) => !unsent.has(id));
    return [
      ...sent.flatMap((one): [WaitingCode, number][] => {
        const code = complaintOf(one)?.code;
        return code ? [[code, 1]] : [];
      }),
      ...[unsent.size, ...waiting].map((count): [WaitingCode, number] => [ofAll, count]),
    ];
  }
  const complaints = (await operations.describeExecuting(row.id, MOST_EXECUTING)).map(
    (description) => complaintOf({ description })?.code,
  );
  const complaining = complaints.flatMap((code): [WaitingCode, number][] => (code ? [[code, 1]] : []));
  if (ofAll === undefined) return complaining;
  const { limits } = row.parameters.strategy;
  const executing = limits ? await waits.limitedExecuting(row.id) : [];
  const taken =
    limits && complaints.length < workers
      ? new TakenKeys(
          limits,
          executing.map((one) => ({ keys: limitKeysOf(limits, one) })),
        )
      : undefined;
  const counted = await operations.countWaits(row.id, {
    now: new Date(clock()).toISOString(),
    ...(wave && { openWave: wave.number }),
    full: taken?.full() ?? {},
  });
  return [
    ...complaining,
    ...[...counted].flatMap(([code, count]): [WaitingCode, number][] => (code === '' ? [] : [[code, count]])),
  ];
}

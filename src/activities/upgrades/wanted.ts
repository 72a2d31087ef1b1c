/** An orchestration under way as it is wanted, and what follows from its rows by itself: budgets that are exceeded, and waves that move on. */
import {
  budgetInForce,
  exceededReason,
  isExceeded,
  workersAsked,
  workersWithin,
  type BudgetInForce,
} from '../../domain/upgrades/failure-budget.ts';
import { CANCELED } from '../../domain/upgrades/descriptions.ts';
import { isFinalOperationState, OPERATION_STATES } from '../../domain/upgrades/states.ts';
import { healthTimeoutMs } from '../../domain/upgrades/upgrade-checks.ts';
import { nextMove } from '../../domain/upgrades/wave-phases.ts';
import type { Wanted } from '../../db/repositories/upgrades/control-repository.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf } from '../activity-dependencies.ts';
import type { WantedOfOrchestration } from './activity-types.ts';
import { lookAtPart, type LookDependencies } from './checks/wave-look.ts';

type Deps = LookDependencies;

/** Moves of waves in one read; there are fewer phases and waves than that. */
const MOST_MOVES = 100;

/**
 * Reads what is wanted at an instant, the workflow's time in ms since the epoch, when all that is due by then has been done. May run
 * any number of times: each change is guarded by what was read.
 */
export async function readWanted(
  deps: Deps,
  { orchestrationID: id, nowMs }: { orchestrationID: string; nowMs: number },
): Promise<WantedOfOrchestration | undefined> {
  const { control } = deps.repositories;
  let look: Awaited<ReturnType<typeof lookAtPart>> | undefined;
  for (let moves = 0; ; moves++) {
    const wanted = await control.wanted(id);
    if (!wanted) return undefined;
    if (wanted.state === 'canceling') await stopUnsent(deps, id);
    const budget = await readBudget(deps, id, wanted);
    const isChanged = moves < MOST_MOVES && (await changeWhatIsDue(deps, id, wanted, budget, nowMs));
    if (isChanged) continue;
    const { wave, parameters } = wanted;
    // One part at a time: the loop comes back at once, and a cancel in between counts.
    if (wave && look === undefined && looksAt(wanted) <= nowMs) {
      look = await lookAtPart(deps, id, wave, { timeoutMs: healthTimeoutMs(parameters), nowMs });
      continue;
    }
    // Before it is noted: until then somebody tells of the retry again.
    const ended = wanted.lookAt === null ? undefined : await countEnded(deps, id);
    if (!(await control.observed(id, wanted))) continue;
    return {
      pauses: wanted.pauses,
      state: wanted.state,
      isBehind: wanted.isBehind,
      workers: workersOf(wanted, budget),
      ...(ended !== undefined && { ended }),
      ...(wave && { wave: waveOf(wanted, wave, look === 'away' ? nowMs + AWAY_MS : nowMs) }),
    };
  }
}

/** The row says that it is canceled: what was not sent ends now, and not when what is in its way does. */
async function stopUnsent(deps: Deps, id: string): Promise<void> {
  const change = { actor: DRYDOCK, reason: CANCELED, now: nowOf(deps) };
  await deps.repositories.operations.stopUnsent(id, change);
}

/** An inventory that does not answer is asked again after so many ms. */
const AWAY_MS = 10_000;

/** When the open wave is looked at next, in ms since the epoch; never where it is not, or was. */
function looksAt({ state, pauses, wave }: Wanted): number {
  const isLooking = state === 'in progress' && pauses.length === 0 && wave?.phase === 'looking';
  if (!isLooking || wave.isLookedAt) return Infinity;
  return wave.looksAgainAt === null ? 0 : Date.parse(wave.looksAgainAt);
}

async function countEnded({ repositories: { operations } }: Deps, id: string): Promise<number> {
  const stats = (await operations.stats([id])).get(id) ?? {};
  return OPERATION_STATES.filter(isFinalOperationState).reduce((sum, state) => sum + (stats[state] ?? 0), 0);
}

/** A failure budget, and the failures that count in it. */
type Budget = BudgetInForce & { failed: number };

async function readBudget({ repositories }: Deps, id: string, wanted: Wanted): Promise<Budget | undefined> {
  const budget = budgetInForce(wanted, wanted.wave);
  return budget && { ...budget, failed: await repositories.control.countFailures(id, budget.wave) };
}

async function changeWhatIsDue(
  deps: Deps,
  id: string,
  wanted: Wanted,
  budget: Budget | undefined,
  nowMs: number,
): Promise<boolean> {
  if (wanted.state !== 'in progress') return false;
  if (budget && isExceeded(budget, budget.failed) && (await exceed(deps, id, wanted, budget))) return true;
  const { control } = deps.repositories;
  const { wave, pauses } = wanted;
  const move = wave && nextMove(wave, pauses.length > 0, nowMs);
  if (!move) return false;
  const now = nowOf(deps);
  // Refused, it is read again: another execution was first, or somebody has answered meanwhile.
  if (!('pause' in move)) {
    await control.moveWave(id, wave, move, now);
    return true;
  }
  const reason = `wave ${wave.name}: ${move.reason}`;
  const change = { actor: DRYDOCK, reason, now };
  const only = move.pause === 'approval-expired' ? { question: wave.question ?? 0 } : undefined;
  await control.pause(id, move.pause, change, only);
  return true;
}

/** Where exceeding cancels, it does so also while it is paused. */
async function exceed(
  deps: Deps,
  id: string,
  { pauses, parameters }: Wanted,
  budget: Budget,
): Promise<boolean> {
  const health = parameters.strategy.checks?.health;
  const { control, orchestrations } = deps.repositories;
  const { max, failed, wave, onExceeded } = budget;
  const reason = exceededReason(budget, failed, health ?? false);
  const change = { actor: DRYDOCK, reason, now: nowOf(deps) };
  if (onExceeded === 'cancel')
    return (await orchestrations.transition(id, 'canceling', { ...change, isWanted: true })) !== undefined;
  if (pauses.some(({ code }) => code === 'budget')) return false;
  return await control.pause(id, 'budget', change, { failures: max, wave });
}

function workersOf(wanted: Wanted, budget: Budget | undefined): number {
  const within = budget ? workersWithin(budget, budget.failed) : Infinity;
  return Math.min(workersAsked(wanted, wanted.wave), within);
}

/** A wave that does not move by itself has no time to move at; one that is being looked at goes on at `lookAtMs` at the earliest. */
function waveOf(
  wanted: Wanted,
  { number, name, phase, soakUntil, expiresAt }: NonNullable<Wanted['wave']>,
  lookAtMs: number,
): NonNullable<WantedOfOrchestration['wave']> {
  const { state, pauses } = wanted;
  const nextLookMs = looksAt(wanted);
  if (nextLookMs < Infinity) return { number, name, phase, until: Math.max(nextLookMs, lookAtMs) };
  const asksUntil = phase === 'asking' && pauses.length === 0 ? expiresAt : null;
  const until = state !== 'in progress' ? null : phase === 'soaking' ? soakUntil : asksUntil;
  return { number, name, phase, ...(until !== null && { until: Date.parse(until) }) };
}

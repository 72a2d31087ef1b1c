/** Operations whose windows were over before they could begin, and what becomes of them. */
import { UnavailableError } from '../../domain/errors.ts';
import type { CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import { placeInWindow } from '../../domain/upgrades/placement.ts';
import type { OperationRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { DRYDOCK, nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

/** Operations that one read of the plan puts into their next windows: some seconds' work. */
const MOST_ROLLED = 200;

export const NOTHING_ROLLED = { hasRolled: false, givenUp: 0 };

/** Puts the first of those, up to a wave, whose windows are over into their next ones; what somebody else moves meanwhile is left to that one. */
export async function rollOverdue(
  deps: Rescheduling,
  orchestrationID: string,
  wave: number,
): Promise<{ hasRolled: boolean; givenUp: number }> {
  const query = { wave, now: nowOf(deps), limit: MOST_ROLLED };
  const overdue = await deps.repositories.operations.listOverdue(orchestrationID, query);
  if (overdue.length === 0) return NOTHING_ROLLED;
  const rules = await rulesOf(deps, orchestrationID);
  let givenUp = 0;
  for (const row of overdue) if ((await moveOn(deps, row, rules)) === 'given up') givenUp += 1;
  return { hasRolled: true, givenUp };
}

type Rescheduling = Pick<ActivityDependencies, 'repositories' | 'policies' | 'clock'>;

/**
 * Puts an operation whose window has closed into the next one, by the rules that it was planned with. One that has no window in
 * time is canceled: `given up`. Undefined, and nothing has changed, when its row no longer stands as it was read.
 */
export async function reschedule(
  deps: Rescheduling,
  row: OperationRow,
): Promise<'moved' | 'given up' | undefined> {
  return await moveOn(deps, row, await rulesOf(deps, row.orchestrationID));
}

interface Rules {
  policy: CompiledPolicy;
  windowsUntil: string;
}

async function rulesOf({ repositories, policies }: Rescheduling, orchestrationID: string): Promise<Rules> {
  const scheduling = await repositories.orchestrations.schedulingOf(orchestrationID);
  if (!scheduling)
    throw new UnavailableError('database', `There is no plan of orchestration ${orchestrationID}`);
  const { policyVersion, windowsUntil } = scheduling;
  // Not on this machine, maybe: the error is no final one, and another worker knows better.
  const policy = await policies.find(policyVersion);
  if (policy) return { policy, windowsUntil };
  throw new UnavailableError('database', `There is no version ${policyVersion} of the maintenance policy`);
}

async function moveOn(
  deps: Rescheduling,
  row: OperationRow,
  { policy, windowsUntil }: Rules,
): ReturnType<typeof reschedule> {
  const { operations } = deps.repositories;
  const nowMs = deps.clock();
  // A clock that is behind must not find the window that has closed once more.
  const fromMs = Math.max(nowMs, row.latestStart === null ? nowMs : Date.parse(row.latestStart));
  const runtime = { ...row, maintenanceWindow: row.dailyWindow ?? undefined };
  const placed = placeInWindow(policy, runtime, fromMs, Date.parse(windowsUntil));
  const now = nowOf(deps);
  const change = { actor: DRYDOCK, reason: 'Its window had closed before it could begin', now };
  if (placed.window)
    return (await operations.reschedule(row.id, row, placed.window, change)) ? 'moved' : undefined;
  // Given back first, so that it waits. Whoever dies in between finds it in a window that is over, and comes here again.
  const { attempt, dispatch, windowBegin: begin, latestStart, windowEnd: end } = row;
  const over = { begin: begin ?? now, latestStart: latestStart ?? now, end: end ?? now };
  if (!(await operations.reschedule(row.id, row, over, change))) return undefined;
  const reason = `${change.reason}, and it has no other one that begins before ${windowsUntil} (${placed.leftOut})`;
  const given = { ...change, reason, code: 'WINDOW_NOT_REACHED' } as const;
  await operations.cancelOne(row.id, { attempt, dispatch: dispatch + 1 }, given);
  return 'given up';
}

/** Operations that are to be put into other windows: because theirs were over before they could begin, or because freezes have changed. */
import { UnavailableError } from '../../domain/errors.ts';
import { withFreezesOf, type CompiledPolicy } from '../../domain/upgrades/compiled-policy.ts';
import { describePlace, replaced, type Replacement } from '../../domain/upgrades/live-freezes.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import { placeBy, placements, type Placement } from '../../domain/upgrades/placement.ts';
import type { OperationRow, WaitingRow } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';

/** Operations that one read of the plan places anew, with one statement: about a second's work. */
const MOST_PLACED = 5_000;

export const NOTHING_ROLLED = { hasRolled: false, givenUp: 0 };

type Rolled = typeof NOTHING_ROLLED;
type Rescheduling = Pick<ActivityDependencies, 'repositories' | 'policies' | 'clock'>;

/**
 * Places a part of those anew whose freezes or opt-outs have changed since they got their windows: from now on, as planning would. The next
 * read of the plan goes on with the others.
 */
export async function heedFreezes(deps: Rescheduling, orchestrationID: string): Promise<Rolled> {
  const { operations } = deps.repositories;
  const behind = await operations.listBehind(orchestrationID, MOST_PLACED);
  if (!behind) return NOTHING_ROLLED;
  const rules = await rulesOf(deps, orchestrationID);
  const nowMs = deps.clock();
  const place = placerOf(rules, nowMs);
  const asOf = { version: rules.freezesVersion, nowMs, windowsUntil: rules.windowsUntil };
  const replacements = behind.rows.map((row) => replaced(row, place(row), asOf));
  const change = { actor: DRYDOCK, now: nowOf(deps) };
  return { hasRolled: true, givenUp: await operations.replace(behind, replacements, change) };
}

/** Puts the first of those, up to a wave, whose windows are over at an instant, ms since the epoch, into their next ones; what somebody else moves meanwhile is left to that one. */
export async function rollOverdue(
  deps: Rescheduling,
  orchestrationID: string,
  wave: number,
  nowMs: number,
): Promise<Rolled> {
  const query = { wave, now: new Date(nowMs).toISOString(), limit: MOST_PLACED };
  const overdue = await deps.repositories.operations.listOverdue(orchestrationID, query);
  if (overdue.length === 0) return NOTHING_ROLLED;
  const rules = await rulesOf(deps, orchestrationID);
  const placed = placementsAfter(rules, nowMs);
  const rows = overdue.map((row) => ({ row, replacement: rolled(placed(row), rules, nowMs) }));
  const change = { actor: DRYDOCK, now: nowOf(deps) };
  const givenUp = await deps.repositories.operations.roll({ rows, version: rules.freezesVersion }, change);
  return { hasRolled: true, givenUp };
}

/**
 * Puts an operation whose window has closed into the next one, by the rules that it was planned with and the freezes that hold now. One
 * that has no window in time is canceled: `given up`. Undefined, and nothing has changed, when its row no longer stands as it was read.
 */
export async function reschedule(
  deps: Rescheduling,
  row: OperationRow,
): Promise<'moved' | 'given up' | undefined> {
  return await moveOn(deps, row, await rulesOf(deps, row.orchestrationID));
}

interface Rules {
  policy: CompiledPolicy;
  /** The version whose freezes and opt-outs are in it. */
  freezesVersion: number;
  windowsUntil: string;
  schedule: OrchestrationParameters['strategy']['schedule'];
}

async function rulesOf({ repositories, policies }: Rescheduling, orchestrationID: string): Promise<Rules> {
  const scheduling = await repositories.orchestrations.schedulingOf(orchestrationID);
  if (!scheduling)
    throw new UnavailableError('database', `There is no plan of orchestration ${orchestrationID}`);
  const { policyVersion, windowsUntil, parameters } = scheduling;
  // Not on this machine, maybe: the error is no final one, and another worker knows better.
  const live = await policies.current();
  const planned = await policies.find(policyVersion);
  if (!planned)
    throw new UnavailableError('database', `There is no version ${policyVersion} of the maintenance policy`);
  const policy = withFreezesOf(live.policy, planned);
  const { schedule } = parameters.strategy;
  return { policy, freezesVersion: live.version, windowsUntil, schedule };
}

/** Places rows into windows in which something may start after `fromMs`. */
function placerOf({ policy, windowsUntil, schedule }: Rules, fromMs: number): (row: WaitingRow) => Placement {
  const place = placeBy(schedule, placements(policy, fromMs, Date.parse(windowsUntil)));
  return (row) => place({ ...row, maintenanceWindow: row.dailyWindow ?? undefined });
}

/** A clock that is behind must not find the window that has closed once more. */
function placementsAfter(rules: Rules, nowMs: number): (row: WaitingRow) => Placement {
  const placers = new Map<number, ReturnType<typeof placerOf>>();
  return (row) => {
    const fromMs = Math.max(nowMs, row.latestStart === null ? nowMs : Date.parse(row.latestStart));
    const place = placers.get(fromMs) ?? placerOf(rules, fromMs);
    placers.set(fromMs, place);
    return place(row);
  };
}

const WINDOW_OVER = 'Its window had closed before it could begin';

function whyGivenUp(leftOut: string, { windowsUntil }: Rules): string {
  return `${WINDOW_OVER}, and it has no other one that begins before ${windowsUntil} (${leftOut})`;
}

/** The fate of an operation that waits and has missed its window. */
function rolled(placed: Placement, rules: Rules, nowMs: number): Replacement {
  if (placed.leftOut !== undefined) return { kind: 'ends', reason: whyGivenUp(placed.leftOut, rules) };
  const { window } = placed;
  return {
    kind: 'moves',
    ...(window && { window }),
    description: describePlace(placed, nowMs),
    reason: WINDOW_OVER,
  };
}

async function moveOn(deps: Rescheduling, row: OperationRow, rules: Rules): ReturnType<typeof reschedule> {
  const { operations } = deps.repositories;
  const nowMs = deps.clock();
  const placed = placementsAfter(rules, nowMs)(row);
  const now = nowOf(deps);
  const { freezesVersion } = rules;
  const change = { actor: DRYDOCK, reason: WINDOW_OVER, now };
  if (placed.leftOut === undefined) {
    const { window } = placed;
    const place = { window, description: describePlace(placed, nowMs), freezesVersion };
    return (await operations.reschedule(row.id, row, place, change)) ? 'moved' : undefined;
  }
  // Given back first, so that it waits. Whoever dies in between finds it in a window that is over, and comes here again.
  const { attempt, dispatch, windowBegin: begin, latestStart, windowEnd: end } = row;
  const over = { begin: begin ?? now, latestStart: latestStart ?? now, end: end ?? now };
  const waits = { window: over, description: change.reason, freezesVersion };
  if (!(await operations.reschedule(row.id, row, waits, change))) return undefined;
  const message = whyGivenUp(placed.leftOut, rules);
  const code = 'WINDOW_NOT_REACHED';
  const seen = { attempt, dispatch: dispatch + 1 };
  if (row.earlierOperationID === null)
    await operations.cancelOne(row.id, seen, { ...change, reason: message, code });
  else await operations.fail(row.id, { ...seen, claim: null }, { code, message }, now);
  return 'given up';
}

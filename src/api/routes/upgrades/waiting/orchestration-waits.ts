/** The waits of orchestrations: of a page, or of one. */
import type {
  OperationStats,
  OrchestrationRow,
} from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Repositories } from '../../../../db/repositories/repository-types.ts';
import type { CurrentWave } from '../../../../db/repositories/upgrades/control-repository.ts';
import type { OrchestrationWaits } from '../../../../db/repositories/upgrades/wait-repository.ts';
import { budgetInForce } from '../../../../domain/upgrades/failure-budget.ts';
import {
  MOST_BEFORE,
  waitingForOrchestration,
  type Place,
  type WaitingFor,
} from '../../../../domain/upgrades/waiting.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';

const NOTHING: OrchestrationWaits = { begun: [], lines: new Map(), firstDue: new Map() };

/**
 * By ID, without those that wait for nothing. One more statement for the whole page, and none for a page on which everything
 * has ended or has operations in progress; another one for the open waves of those that have any, and one for the failures of those that
 * their budget has paused.
 */
export async function waitsOfOrchestrations(
  { repositories, clock }: Pick<AppDependencies, 'repositories' | 'clock'>,
  rows: readonly OrchestrationRow[],
  stats: ReadonlyMap<string, OperationStats>,
): Promise<Map<string, WaitingFor>> {
  const nowMs = clock();
  const lanes = [...new Set(rows.flatMap(({ state, lane }) => (isInLine(state) ? [lane] : [])))];
  const planIDs = rows.filter((row) => isIdle(row, stats.get(row.id))).map(({ id }) => id);
  const found =
    lanes.length > 0 || planIDs.length > 0
      ? await repositories.waits.ofOrchestrations({ lanes, most: MOST_BEFORE, planIDs })
      : NOTHING;
  const places = placesIn(found);
  const standing = await standingOf(repositories, rows);
  const waits = new Map<string, WaitingFor>();
  for (const row of rows) {
    const facts = {
      place: places(row),
      executing: stats.get(row.id)?.['in progress'] ?? 0,
      waiting: waitingOf(stats.get(row.id)),
      firstDue: found.firstDue.get(row.id),
    };
    const wait = waitingForOrchestration(standing(row), nowMs, facts);
    if (wait) waits.set(row.id, wait);
  }
  return waits;
}

/** A row with what is not in it and still counts for waits. */
type Standing = OrchestrationRow & { wave?: CurrentWave; failed?: number };

/** Of a page of orchestrations, or of one. */
export async function standingOf(
  repositories: Pick<Repositories, 'control'>,
  rows: readonly OrchestrationRow[],
): Promise<(row: OrchestrationRow) => Standing> {
  const waves = await wavesOf(repositories, rows);
  const asked = rows.flatMap((row) => {
    const isCharged = row.state === 'in progress' && row.pauses.some(({ code }) => code === 'budget');
    const budget = isCharged ? budgetInForce(row, waves.get(row.id)) : undefined;
    return budget ? [{ id: row.id, wave: budget.wave }] : [];
  });
  const counts = asked.length === 0 ? [] : await repositories.control.failuresOf(asked);
  const failures = new Map(asked.map(({ id }, place) => [id, counts[place]]));
  return (row) => ({ ...row, wave: waves.get(row.id), failed: failures.get(row.id) });
}

/** The open wave of each orchestration in progress that has waves. The database is not asked where there is none. */
export async function wavesOf(
  { control }: Pick<Repositories, 'control'>,
  rows: readonly OrchestrationRow[],
): Promise<Map<string, CurrentWave>> {
  const ids = rows.flatMap(({ id, state, parameters }) =>
    state === 'in progress' && parameters.strategy.waves ? [id] : [],
  );
  return ids.length === 0 ? new Map() : await control.openWaves(ids);
}

/** The place of one orchestration in the line of its lane. */
export async function placeOf(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  row: InLane,
): Promise<Place> {
  const wanted = { lanes: [row.lane], most: MOST_BEFORE, planIDs: [] };
  return placesIn(await repositories.waits.ofOrchestrations(wanted))(row);
}

type InLane = Pick<OrchestrationRow, 'id' | 'lane' | 'parameters'>;

function isInLine(state: OrchestrationRow['state']): boolean {
  return state === 'pending' || state === 'retrying';
}

/** Its plan has begun, and nothing of it is in progress. */
function isIdle({ state, plannedCount }: OrchestrationRow, stats: OperationStats = {}): boolean {
  return state === 'in progress' && plannedCount !== null && waitingOf(stats) > 0 && !stats['in progress'];
}

function waitingOf({ pending = 0, retrying = 0 }: OperationStats = {}): number {
  return pending + retrying;
}

function placesIn({ begun, lines }: OrchestrationWaits): (row: InLane) => Place {
  const inLanes = new Map(
    [...lines].map(([lane, line]) => [lane, new Map(line.map((id, index) => [id, index]))]),
  );
  return ({ id, lane, parameters }) => ({
    lane: parameters.strategy.lane,
    holderID: holderAmong(begun.filter((one) => one.lane === lane))?.id,
    before:
      inLanes.get(lane)?.get(id) ?? ((lines.get(lane)?.length ?? 0) >= MOST_BEFORE ? 'many' : undefined),
  });
}

/**
 * An orchestration that was canceled while it waited is canceling for a moment, and one whose workflow was lost is in
 * progress until that is noticed: several of a kind do not tell.
 */
export function holderAmong<T extends { state: OrchestrationRow['state'] }>(
  begun: readonly T[],
): T | undefined {
  const inProgress = begun.filter(({ state }) => state === 'in progress');
  const [first, ...others] = inProgress.length > 0 ? inProgress : begun;
  return others.length === 0 ? first : undefined;
}

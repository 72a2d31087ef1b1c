/** Turns of lanes as they are given: candidates are taken from the rows, and started or settled on the way. */
import { describeExecution } from '../../clients/temporal-executions.ts';
import { lookAtRetried, startOrchestration } from '../../clients/upgrades/temporal-orchestrations.ts';
import { requestOf, type InLine } from '../../db/repositories/upgrades/orchestration-repositories.ts';
import { describePauses } from '../../domain/upgrades/rollout-control.ts';
import { decideTurns, type LaneLine } from '../../domain/upgrades/lane-turns.ts';
import type { Holder } from '../../workflows/contract/upgrades.ts';
import { DRYDOCK } from '../../domain/actors.ts';
import { nowOf, type ActivityDependencies } from '../activity-dependencies.ts';
import { settleOrchestration } from './settling.ts';
import type { LineAnswer, LineQuery } from './activity-types.ts';

/** Rows that are read of a line at a time. */
const PAGE_SIZE = 100;

/** The part of a lane's line that was read last, and its rows. */
interface PartOfLine extends LaneLine {
  rows: InLine[];
}

/**
 * Whose turn it is in the lanes that nobody holds: in each of them the first one whose workflow runs. A workflow that was not started yet is started,
 * and a row whose workflow has ended is settled. Lanes full of lost ones keep no other lane waiting: one look settles no more of a lane than
 * a page, and `isPartial` says that there is more to look at.
 */
export async function findTurns(
  deps: ActivityDependencies,
  { holders, except }: LineQuery,
  signal: AbortSignal,
): Promise<Pick<LineAnswer, 'turns' | 'isPartial' | 'paused'>> {
  const { orchestrations, queue } = deps.repositories;
  const held = [...holders];
  const passedOver = new Set(except);
  const lines = new Map<string, PartOfLine>();
  for (const lane of await orchestrations.listLanes())
    lines.set(lane, { lane, ids: [], rows: [], isWhole: false });
  const turns: Holder[] = [];
  let hasSettled = false;
  for (;;) {
    signal.throwIfAborted();
    // Read each time: a page of lost ones takes a while.
    const pause = await queue.pause();
    const paused = pause && describePauses([pause]);
    const steps = decideTurns({ holders: held, lines: [...lines.values()], passedOver, paused });
    const give = steps.find((step) => step.kind === 'give');
    const reads = steps.filter((step) => step.kind === 'read');
    // Each lane gets a first look before any of them gets a second one.
    const read = reads.find(({ lane }) => !isBegun(lines.get(lane))) ?? reads[0];
    if (give) {
      const { lane, orchestrationID } = give;
      const row = lines.get(lane)?.rows.find(({ id }) => id === orchestrationID);
      const found = row && (await runOf(deps, row));
      if (found?.runID === undefined) {
        passedOver.add(orchestrationID);
        hasSettled ||= found?.isSettled === true;
      } else {
        const holder = { orchestrationID, runID: found.runID, lane };
        turns.push(holder);
        held.push(holder);
      }
    } else if (!read) {
      // Nobody has been told yet.
      return { turns: paused === undefined ? turns : [], isPartial: false, paused };
    } else {
      const part = lines.get(read.lane);
      // The next look begins anew, without those that were settled: nothing is read again and again.
      if (isBegun(part) && (turns.length > 0 || hasSettled)) return { turns, isPartial: true, paused };
      lines.set(read.lane, await nextPart(deps, read.lane, part?.rows.at(-1)));
    }
  }
}

function isBegun(part: PartOfLine | undefined): boolean {
  return part !== undefined && part.rows.length > 0;
}

async function nextPart(
  { repositories: { orchestrations } }: ActivityDependencies,
  lane: string,
  after: InLine | undefined,
): Promise<PartOfLine> {
  const rows = await orchestrations.listInLine(lane, after, PAGE_SIZE);
  return { lane, rows, ids: rows.map(({ id }) => id), isWhole: rows.length < PAGE_SIZE };
}

/** The first run of its chain while that runs; otherwise its row is settled, and stands in no line any more. */
async function runOf(
  deps: ActivityDependencies,
  { id, lookAt }: InLine,
): Promise<{ runID?: string; isSettled: boolean }> {
  const changed = lookAt === null ? [] : await startUnstarted(deps, id);
  const execution = await describeExecution(deps.temporal, id);
  if (execution?.running) return { runID: execution.firstRunID, isSettled: false };
  changed.push(...(await settleOrchestration(deps, id)));
  return { isSettled: changed.length > 0 };
}

/**
 * Starts the workflow of an orchestration that has not begun, or was retried, and tells one that runs of the retry. One that Temporal refuses fails
 * with the reason, and keeps nobody else from their turn. Answers what it changed, in words.
 */
export async function startUnstarted(deps: ActivityDependencies, id: string): Promise<string[]> {
  const { orchestrations } = deps.repositories;
  const row = await orchestrations.find(id);
  if (!row || row.lookAt === null) return [];
  const begin = row.state === 'pending' ? startOrchestration : lookAtRetried;
  const answer = await begin(deps.temporal, requestOf(row), deps.tuning);
  if (answer === 'exists') return [];
  if (answer === 'started') return [`orchestration ${id} started`];
  if (answer === 'told') return [`orchestration ${id} started, or told to look: it was retried`];
  const reason = answer.refused;
  await orchestrations.lose(id, row, { actor: DRYDOCK, reason, description: reason, now: nowOf(deps) });
  return [`orchestration ${id} failed: ${reason}`];
}

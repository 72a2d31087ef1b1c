/**
 * Why something does not go on, told from its row alone: no question to the engine, so that it is answered while that is
 * away, and for a hundred operations at once.
 */
import { DESCRIPTION_BEGINS } from './descriptions.ts';
import { describePauses, type Pause } from './rollout-control.ts';
import { isFinalOperationState, type OrchestrationState } from './states.ts';
import type { Wait, WaitingCode, WaitingFor } from './waiting-codes.ts';
import { betweenWaves, inWave, openedAfter, type WaitingWave } from './waits-between-waves.ts';
import {
  complaintOf,
  forFirstDue,
  isUnsent,
  stillAfterPause,
  stillAfterWave,
  waitingInPlan,
  type FirstDue,
  type PlanFacts,
  type WaitingOperation,
} from './waits-in-plan.ts';
import { minuteOf } from './windows.ts';

export { WAITING_CODES, type WaitingCode, type WaitingFor } from './waiting-codes.ts';
export type { WaitingWave } from './waits-between-waves.ts';
export type { FirstDue, WaitingOperation } from './waits-in-plan.ts';

/** Between its request and its start an orchestration is nobody's fault for that long, in ms. */
const START_GRACE_MS = 10_000;

/** The row of an orchestration, as far as it counts. Times here and below are RFC 3339 UTC. */
export interface WaitingOrchestration {
  state: OrchestrationState;
  description: string;
  /** Null until the plan is complete. */
  plannedCount: number | null;
  /** Since when its workflow is to be started; null once that has begun. */
  lookAt: string | null;
  pauses: readonly Pause[];
  /** The failures that count now in the budget that has paused it; absent where none has, and where nobody has counted. */
  failed?: number;
  /** The first one that has not passed; absent without waves. */
  wave?: WaitingWave;
}

/** Its place in the line of those that wait for the turn of its lane. */
export interface Place {
  /** The lane, when the request names it. */
  lane?: string;
  /** The orchestration that has the turn, when the rows tell. */
  holderID?: string;
  /** How many others are before it; `many` from `MOST_BEFORE` on. */
  before?: number | 'many';
}

/** Nobody counts further. */
export const MOST_BEFORE = 1_000;

/** Facts that do not stand in the row of an operation. */
export interface OperationFacts extends PlanFacts {
  place?: Place;
}

/**
 * The wait of an operation at an instant, in ms since the epoch, with those that come after it. Undefined when it has ended or goes on, and when its
 * orchestration has ended: then it begins no more.
 */
export function waitingForOperation(
  row: WaitingOperation,
  orchestration: WaitingOrchestration,
  nowMs: number,
  facts: OperationFacts,
): WaitingFor | undefined {
  if (isFinalOperationState(row.state)) return undefined;
  if (row.state === 'in progress') return waitingInProgress(row, orchestration);
  switch (orchestration.state) {
    case 'pending':
    case 'retrying':
      return inOrder([
        pausedWithAll('Its orchestration', orchestration),
        inTurn('Its orchestration', facts.place),
      ]);
    case 'in progress':
      return waitingForPlan(orchestration) ?? inOrder(waitsWithPlan(row, orchestration, nowMs, facts));
    case 'canceling':
      return { code: 'canceling', message: 'It never begins: its orchestration is being canceled' };
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return undefined;
  }
}

/** An unsent operation goes back to the plan of an orchestration that is paused, and ends with one that is canceled. */
function waitingInProgress(
  row: WaitingOperation,
  orchestration: WaitingOrchestration,
): WaitingFor | undefined {
  const complaint = complaintOf(row);
  if (!isUnsent(row)) return complaint;
  switch (orchestration.state) {
    case 'canceling':
      return {
        code: 'canceling',
        message: 'It is not upgraded: its orchestration is being canceled, and nothing was sent',
      };
    case 'in progress':
      return inOrder([paused('Its orchestration', orchestration), complaint]);
    case 'pending':
    case 'retrying':
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return complaint;
  }
}

/** All that keeps it from beginning, in the order in which it ends. */
function waitsWithPlan(
  row: WaitingOperation,
  orchestration: WaitingOrchestration,
  nowMs: number,
  facts: OperationFacts,
): (Wait | undefined)[] {
  const pause = paused('Its orchestration', orchestration);
  const wave = inWave(row, orchestration);
  if (wave) {
    const fromMs = openedAfter(orchestration.wave, nowMs);
    return [pause, wave, stillAfterWave(waitingInPlan(row, fromMs, facts))];
  }
  const wait = waitingInPlan(row, nowMs, facts);
  return [pause, pause ? stillAfterPause(wait, row) : wait];
}

function inOrder(waits: readonly (Wait | undefined)[]): WaitingFor | undefined {
  const [first, ...then] = waits.filter((wait) => wait !== undefined);
  return first && (then.length === 0 ? first : { ...first, then });
}

/**
 * The code of all operations that wait in an orchestration, where it is the same for all of them, whatever their rows say; undefined for none.
 * `by row` where each has its own.
 */
export function waitOfAll(orchestration: WaitingOrchestration): WaitingCode | 'by row' | undefined {
  switch (orchestration.state) {
    case 'pending':
    case 'retrying':
      return pausedWithAll('It', orchestration)?.code ?? 'turn';
    case 'in progress':
      return (waitingForPlan(orchestration) ?? paused('It', orchestration))?.code ?? 'by row';
    case 'canceling':
      return 'canceling';
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return undefined;
  }
}

/** Codes that all operations have that wait in an orchestration, now or after that, and whether their rows say more. */
export function waitsOfAll(orchestration: WaitingOrchestration): { codes: WaitingCode[]; isByRow: boolean } {
  const first = waitOfAll(orchestration);
  if (first === undefined || first === 'by row') return { codes: [], isByRow: first !== undefined };
  const isPaused = first === 'paused' || first === 'budget';
  if (orchestration.state === 'in progress') return { codes: [first], isByRow: isPaused };
  return { codes: isPaused ? [first, 'turn'] : [first], isByRow: false };
}

/** Facts that do not stand in the row of an orchestration. */
export interface OrchestrationFacts {
  place?: Place;
  /** Its operations that are in progress. */
  executing: number;
  /** Those that wait, in all waves. */
  waiting: number;
  /** The first of those, of the open wave; undefined when none of it waits. */
  firstDue?: FirstDue;
}

/**
 * The wait of an orchestration as a whole at an instant, in ms since the epoch. Undefined while anything of it goes on, or
 * can begin; while it is canceling, as it only waits for what executes; and after its end.
 */
export function waitingForOrchestration(
  row: WaitingOrchestration,
  nowMs: number,
  { place, executing, waiting, firstDue }: OrchestrationFacts,
): WaitingFor | undefined {
  switch (row.state) {
    case 'pending':
    case 'retrying':
      // While everything is paused nobody has to begin it.
      return row.pauses.some(({ code }) => code === 'queue')
        ? inOrder([pausedWithAll('It', row), inTurn('It', place)])
        : (unstarted(row, nowMs) ?? inTurn('It', place));
    case 'in progress':
      if (row.plannedCount === null) return inventoryAway(row);
      if (executing > 0) return undefined;
      return inOrder([
        waiting > 0 ? paused('It', row) : undefined,
        (row.wave && betweenWaves(row.wave, row.pauses)) ?? (firstDue && forFirstDue(firstDue, nowMs)),
      ]);
    case 'canceling':
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return undefined;
  }
}

function paused(subject: string, { pauses, failed }: WaitingOrchestration): Wait | undefined {
  const [first] = pauses;
  if (!first) return undefined;
  const everything = pauses.find((pause) => pause.code === 'queue');
  const hasOwn = pauses.some((pause) => pause.code !== 'queue');
  const how = [
    ...(everything ? ['PUT /queue/resume'] : []),
    ...(hasOwn ? ['PUT /orchestrations/{id}/resume'] : []),
  ].join(' and ');
  const message = `${subject} is ${describePauses(pauses, failed)}; an admin can go on with ${how}`;
  const code = !everything && pauses.some((pause) => pause.code === 'budget') ? 'budget' : 'paused';
  const by = everything ?? (first.code === 'person' ? first : undefined);
  return { code, message, ...(by && { who: by.by }) };
}

/** While everything is paused nobody gets a turn. */
function pausedWithAll(subject: string, orchestration: WaitingOrchestration): Wait | undefined {
  const isPaused = orchestration.pauses.some(({ code }) => code === 'queue');
  return isPaused ? paused(subject, orchestration) : undefined;
}

function unstarted({ lookAt }: WaitingOrchestration, nowMs: number): Wait | undefined {
  if (lookAt === null || Date.parse(lookAt) > nowMs - START_GRACE_MS) return undefined;
  const message = `Temporal or its workers have not begun it since ${minuteOf(lookAt)}: it begins by itself when they answer`;
  return { code: 'dependency-down', message };
}

function inventoryAway({ description }: WaitingOrchestration): Wait | undefined {
  if (!description.startsWith(DESCRIPTION_BEGINS.inventory)) return undefined;
  const message = 'The inventory does not answer: the plan is made by itself when it does';
  return { code: 'dependency-down', message };
}

function inTurn(subject: string, { lane, holderID, before }: Place = {}): Wait {
  const holder = holderID === undefined ? [] : [`orchestration ${holderID} has it`];
  const others = before === undefined ? [] : [`${countOf(before)} before it`];
  const why = [...holder, ...others].join(', and ');
  const where = lane === undefined ? '' : ` in the lane ${lane}`;
  const message = `${subject} waits for its turn${where}${why === '' ? '' : `: ${why}`}`;
  return { code: 'turn', message, ...(holderID !== undefined && { who: `orchestration ${holderID}` }) };
}

function countOf(before: number | 'many'): string {
  if (before === 'many') return `${MOST_BEFORE.toLocaleString('en-US')} others or more are`;
  if (before === 0) return 'nobody else is';
  return before === 1 ? '1 other is' : `${before} others are`;
}

/** Rows of a plan that is not complete are not begun. */
function waitingForPlan(orchestration: WaitingOrchestration): Wait | undefined {
  if (orchestration.plannedCount !== null) return undefined;
  const message = 'Its orchestration is still being planned, and nothing of it begins before that is done';
  return inventoryAway(orchestration) ?? { code: 'turn', message };
}

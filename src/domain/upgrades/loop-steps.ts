/** The next steps of an orchestration's loop. This file holds neither clock nor engine: the workflow carries the steps out. */
import { describeKeys, TakenKeys, type FullKeys, type LimitKeys, type Limits } from './limits.ts';
import type { WavePhase } from './wave-phases.ts';
import { minuteOf } from './windows.ts';

/**
 * An operation is due so many milliseconds before its window begins: its child is started then, and has slot and lock in time.
 */
export const LEAD_MS = 300_000;

/** A child that holds a slot. */
export interface LoopFlight {
  operationID: string;
  /** It has been asked to end if it is still asleep. */
  releasing: boolean;
  /** False while its start is under way: it can't be spoken to yet. */
  isStarted: boolean;
  /** When its window begins, RFC 3339, of one that may still be asleep. */
  begin?: string;
  /** The number of its wave, where there are any. */
  wave?: number;
  /** Those that it has taken; absent without limits. */
  keys?: LimitKeys;
}

/** An operation of the plan that is due. */
export interface LoopLine {
  operationID: string;
  /** When its window begins, RFC 3339; absent for one that has none. */
  begin?: string;
  wave?: number;
  /** Those that it takes; absent without limits. */
  keys?: LimitKeys;
}

/** The wave that is open; of later ones nothing is read. */
export interface LoopWave {
  number: number;
  name: string;
  phase: WavePhase;
  /** When it moves on by itself, in ms since the epoch: it has soaked, is looked at, or a question has expired. */
  until?: number;
  /** The rows were read since anything last happened. */
  isChecked: boolean;
}

/** All that the next steps depend on, besides the time. */
export interface Loop {
  workers: number;
  limits?: Limits;
  /**
   * With limits: keys that were full when the plan was read since its start, and whose operations were left out. When one of them has room
   * again, its next operation may lie in the part that was read.
   */
  passedOver?: FullKeys;
  flights: readonly LoopFlight[];
  /** The part of the plan that was read and not started yet, in its order. */
  lines: readonly LoopLine[];
  /** With limits: the first latest start of the lines as they were read, in ms since the epoch; absent when they have none. */
  linesUntil?: number;
  /** All that is due was read. */
  isExhausted: boolean;
  /** The whole plan was read since anything last happened, and nothing waited in it. */
  isKnownEmpty: boolean;
  /** When busy runtimes are to be looked at again, in ms since the epoch. */
  lookAgainAt?: number;
  /** When the next operation begins that is not due yet, in ms since the epoch. */
  nextDueAt?: number;
  /** Children that have ended and are to be settled. */
  chores: number;
  isCanceling: boolean;
  /** Commands or retries wait to be written, or the row says something new of what is wanted. */
  isControlUnread: boolean;
  /** Freezes have changed, and the plan does not heed them yet: the next read of it goes through it. */
  isBehind: boolean;
  /** Why it is paused, in a sentence; absent when it is not. */
  paused?: string;
  wave?: LoopWave;
  /** The history is so long that the workflow must continue as new. */
  isHistoryLong: boolean;
}

/** Each with its reason, for the operator who looks at a running orchestration. */
export type Step = { reason: string } & (
  | { kind: 'settle' }
  | { kind: 'read control' }
  | { kind: 'continue as new' }
  /** The next page of the plan, or its first one again: then what was read and not started yet is dropped, unless it says otherwise. */
  | { kind: 'read'; from: 'cursor' | 'start'; keepsLines?: true }
  /** Lines whose operation holds a slot already. */
  | { kind: 'skip'; operationIDs: string[] }
  | { kind: 'start'; operationIDs: string[] }
  /** Children that are to end if they are still asleep. */
  | { kind: 'release'; operationIDs: string[] }
  /** The loop is to wake up at an instant, in ms since the epoch. */
  | { kind: 'sleep'; until: number }
  /** Until something happens. */
  | { kind: 'wait' }
  | { kind: 'end'; end: 'done' | 'drained' }
);

/**
 * The next steps, in their order, at `now` (ms since the epoch). All but the last are done at once; the last one takes its
 * time or ends the loop, and whatever comes of it is decided anew.
 */
export function decide(loop: Loop, now: number): Step[] {
  if (loop.chores > 0) return [{ kind: 'settle', reason: 'settles a child that has ended' }];
  if (loop.isCanceling) return drain(loop);
  // Before anything that could be decided again and again.
  if (loop.isHistoryLong) return [CONTINUE_AS_NEW];
  if (loop.isControlUnread) return [{ kind: 'read control', reason: 'reads what is wanted of it' }];
  const move = moveOf(loop, now);
  if (move !== undefined) return [{ kind: 'read control', reason: move }];
  if (loop.isBehind) return catchUp(loop, now);
  // An operation whose window is over would take keys for a child that comes back at once.
  if (loop.lines.length > 0 && loop.linesUntil !== undefined && loop.linesUntil <= now)
    return [{ kind: 'read', from: 'start', reason: 'reads the plan again: windows are over' }];
  if (loop.lines.length === 0 && !loop.isExhausted) return [readOn(loop, takenBy(loop.flights, loop))];
  return fill(loop, now);
}

const CONTINUE_AS_NEW: Step = { kind: 'continue as new', reason: 'continues as new: its history is long' };

/** Starts nothing more, ends what sleeps, and waits for what executes. */
function drain({ flights, isHistoryLong }: Loop): Step[] {
  const steps: Step[] = [];
  const asleep = flights.filter(({ isStarted, releasing }) => isStarted && !releasing);
  if (asleep.length > 0)
    steps.push({ kind: 'release', operationIDs: idsOf(asleep), reason: 'canceled: what still sleeps ends' });
  if (flights.length === 0)
    steps.push({ kind: 'end', end: 'drained', reason: 'canceled, and nothing is in flight' });
  else if (isHistoryLong) steps.push(CONTINUE_AS_NEW);
  else steps.push({ kind: 'wait', reason: 'canceled: waits for what executes' });
  return steps;
}

/** Why the wave may be about to move on, which its rows will tell; undefined when it is not. */
function moveOf({ wave, isExhausted, lines, flights }: Loop, now: number): string | undefined {
  if (!wave) return undefined;
  const { number, name, phase, until, isChecked } = wave;
  if (until !== undefined && until <= now) return whatComes(wave);
  const isOfIt = (one: { wave?: number }): boolean => one.wave === number;
  const mayBeOver =
    (phase === 'running' || phase === 'gate') && isExhausted && !lines.some(isOfIt) && !flights.some(isOfIt);
  return mayBeOver && !isChecked ? `looks whether all of wave ${name} has ended` : undefined;
}

function fill(loop: Loop, now: number): Step[] {
  const { flights, lookAgainAt, nextDueAt } = loop;
  const taken = takenBy(flights, loop);
  const { skipped, started, left } = takeLines(loop, now, taken);
  const steps = loop.paused === undefined ? [] : wake(loop, now, 'paused: what still sleeps ends');
  if (skipped.length > 0)
    steps.push({ kind: 'skip', operationIDs: idsOf(skipped), reason: 'in flight already' });
  if (started.length > 0)
    steps.push({ kind: 'start', operationIDs: idsOf(started), reason: 'slots are free' });
  const inFlight = flights.length + started.length;
  if (isBlocked(loop, left, taken) && (!loop.isExhausted || taken.hasRoomIn(loop.passedOver ?? {}))) {
    steps.push(readOn(loop, taken));
    return steps;
  }
  if (loop.isExhausted && left.length === 0 && inFlight === 0 && !waitsForTime(loop) && !isHeldByWave(loop)) {
    steps.push(
      loop.isKnownEmpty
        ? { kind: 'end', end: 'done', reason: 'nothing waits, and nothing is in flight' }
        : {
            kind: 'read',
            from: 'start',
            reason: 'reads the plan once more: something may have come to wait',
          },
    );
    return steps;
  }
  // An operation that comes due may have to begin before lines that were read already.
  if (nextDueAt !== undefined)
    steps.push({ kind: 'sleep', until: nextDueAt - LEAD_MS, reason: 'the next windows begin' });
  if (loop.wave?.until !== undefined)
    steps.push({
      kind: 'sleep',
      until: loop.wave.until,
      reason: `${whatComes(loop.wave)} at ${minuteOf(loop.wave.until)}`,
    });
  // Lines are left when all slots are taken.
  if (lookAgainAt !== undefined && (left.length === 0 || isBlocked(loop, left, taken)))
    steps.push({ kind: 'sleep', until: lookAgainAt, reason: 'busy runtimes are looked at again' });
  steps.push({ kind: 'wait', reason: loop.paused ?? whyItWaits(loop, inFlight, taken.full()) });
  return steps;
}

function takenBy(flights: readonly LoopFlight[], { limits = {} }: Loop): TakenKeys {
  return new TakenKeys(limits, flights);
}

/** True when limits alone are in the way of all that was read and has not been started. */
function isBlocked({ limits }: Loop, left: readonly LoopLine[], taken: TakenKeys): boolean {
  return limits !== undefined && !left.some(({ keys }) => taken.hasRoom(keys));
}

/** A key that has room again may have operations in the part of the plan that was read. */
function readOn({ passedOver = {} }: Loop, taken: TakenKeys): Step {
  return taken.hasRoomIn(passedOver)
    ? { kind: 'read', from: 'start', keepsLines: true, reason: 'reads the plan again: a full key has room' }
    : { kind: 'read', from: 'cursor', reason: 'reads the next page of the plan' };
}

/** Children that sleep give their runtimes back, those that execute go on. */
function wake({ flights }: Loop, now: number, reason: string): Step[] {
  const asleep = flights.filter((one) => one.isStarted && !one.releasing && isAsleep(one, now));
  return asleep.length === 0 ? [] : [{ kind: 'release', operationIDs: idsOf(asleep), reason }];
}

function isAsleep({ begin }: LoopFlight, now: number): boolean {
  return begin !== undefined && Date.parse(begin) > now;
}

/** Freezes have changed: what sleeps may do so for a window that is gone, so it ends before the plan is gone through. */
function catchUp(loop: Loop, now: number): Step[] {
  const steps = wake(loop, now, 'freezes have changed: what still sleeps ends');
  const isStarting = loop.flights.some((one) => !one.isStarted && isAsleep(one, now));
  steps.push(
    isStarting
      ? { kind: 'wait', reason: 'freezes have changed: what is being started has to end first' }
      : { kind: 'read', from: 'start', reason: 'freezes have changed: goes through the plan' },
  );
  return steps;
}

/** The step at the time at which a wave moves on by itself. */
function whatComes({ name, phase }: LoopWave): string {
  if (phase === 'asking') return `the question for approval of wave ${name} expires`;
  if (phase === 'looking') return `the runtimes of wave ${name} are due for a look`;
  return `wave ${name} has soaked`;
}

/** Something is between the wave, all of which has ended, and the next one. */
function isHeldByWave({ wave }: Loop): boolean {
  return wave !== undefined && wave.phase !== 'running' && wave.phase !== 'passed';
}

/** Something in the plan can't begin now, and can later. */
function waitsForTime({ lookAgainAt, nextDueAt }: Loop): boolean {
  return lookAgainAt !== undefined || nextDueAt !== undefined;
}

/**
 * Lines for the slots that are free, as far as their keys have room, which they take; one that is in flight already takes none. What can
 * begin at once goes before what would only sleep in its slot.
 */
function takeLines(
  { workers, flights, lines, paused }: Loop,
  now: number,
  taken: TakenKeys,
): Record<'skipped' | 'started' | 'left', LoopLine[]> {
  const slots = paused === undefined ? workers : 0;
  const held = new Set(idsOf(flights));
  const skipped: LoopLine[] = [];
  const started: LoopLine[] = [];
  const left: LoopLine[] = [];
  const open: LoopLine[] = [];
  const soon: LoopLine[] = [];
  for (const line of lines) {
    // Nothing gives keys back here: thousands of lines may wait for them.
    if (!taken.hasRoom(line.keys) && !held.has(line.operationID)) left.push(line);
    else (line.begin === undefined || Date.parse(line.begin) <= now ? open : soon).push(line);
  }
  for (const line of [...open, ...soon]) {
    if (held.has(line.operationID)) skipped.push(line);
    else if (flights.length + started.length < slots && taken.hasRoom(line.keys)) {
      started.push(line);
      taken.take(line.keys);
    } else left.push(line);
    held.add(line.operationID);
  }
  return { skipped, started, left };
}

function whyItWaits(
  { workers, lookAgainAt, nextDueAt, wave, lines, passedOver }: Loop,
  inFlight: number,
  full: FullKeys,
): string {
  if (inFlight >= workers) return `waits for a slot: all ${workers} are taken`;
  const keys = describeKeys(full);
  if (keys !== undefined && (lines.length > 0 || passedOver !== undefined))
    return `waits for room in ${keys}`;
  if (inFlight > 0) return 'waits for what is in flight';
  if (wave?.phase === 'soaking' && wave.until !== undefined)
    return `wave ${wave.name} soaks until ${minuteOf(wave.until)}`;
  if (wave?.phase === 'asking') return `asks whether wave ${wave.name} was good enough for the next one`;
  if (lookAgainAt !== undefined || nextDueAt === undefined) return 'waits for busy runtimes';
  return `waits for windows, the next of which begin at ${minuteOf(nextDueAt)}`;
}

function idsOf(all: readonly { operationID: string }[]): string[] {
  return all.map(({ operationID }) => operationID);
}

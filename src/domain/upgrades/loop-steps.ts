/** What the loop of an orchestration does next. It holds neither clock nor engine: the workflow carries the steps out. */

/** A child that holds a slot. */
export interface LoopFlight {
  operationID: string;
  /** When its window begins, RFC 3339; absent for one that never sleeps. */
  begin?: string;
  /** It has been asked to end if it is still asleep. */
  releasing: boolean;
  /** False while its start is under way: it can't be spoken to yet. */
  isStarted: boolean;
}

/** An operation that waits in the plan. */
export interface LoopLine {
  operationID: string;
  /** RFC 3339; lines come in this order. */
  dueAt: string;
}

/** All that the next steps depend on, besides the time. */
export interface Loop {
  workers: number;
  flights: readonly LoopFlight[];
  /** The part of the plan that was read and not started yet. */
  lines: readonly LoopLine[];
  /** The plan was read to its end. */
  isExhausted: boolean;
  /** The whole plan was read since anything last happened, and nothing waited in it. */
  isKnownEmpty: boolean;
  /** When busy runtimes are to be looked at again, in ms since the epoch. */
  lookAgainAt?: number;
  /** Children that have ended and are to be settled. */
  chores: number;
  isCanceling: boolean;
  /** A retry waits to be written. */
  hasRetries: boolean;
  /** The history is so long that the workflow must continue as new. */
  isHistoryLong: boolean;
}

/** Each with its reason, for the operator who looks at a running orchestration. */
export type Step = { reason: string } & (
  | { kind: 'settle' }
  | { kind: 'apply retries' }
  | { kind: 'continue as new' }
  /** The next page of the plan, or its first one again. */
  | { kind: 'read'; from: 'cursor' | 'start' }
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
  if (loop.hasRetries) return [{ kind: 'apply retries', reason: 'writes the retries that were asked for' }];
  if (loop.isHistoryLong) return [CONTINUE_AS_NEW];
  if (loop.lines.length === 0 && !loop.isExhausted)
    return [{ kind: 'read', from: 'cursor', reason: 'reads the next page of the plan' }];
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

function fill(loop: Loop, now: number): Step[] {
  const { workers, flights, lookAgainAt } = loop;
  const { skipped, started, left } = takeLines(loop);
  const steps: Step[] = [];
  if (skipped.length > 0)
    steps.push({ kind: 'skip', operationIDs: idsOf(skipped), reason: 'in flight already' });
  if (started.length > 0)
    steps.push({ kind: 'start', operationIDs: idsOf(started), reason: 'slots are free' });
  const inFlight = flights.length + started.length;
  if (loop.isExhausted && left.length === 0 && inFlight === 0 && lookAgainAt === undefined) {
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
  // Lines are left when all slots are taken.
  const sleeper = sleeperInTheWay(flights, left[0], now);
  if (sleeper) {
    const reason = 'an operation that is due earlier waits for a slot';
    steps.push({ kind: 'release', operationIDs: [sleeper.operationID], reason });
  }
  if (lookAgainAt !== undefined && left.length === 0)
    steps.push({ kind: 'sleep', until: lookAgainAt, reason: 'busy runtimes are looked at again' });
  steps.push({ kind: 'wait', reason: whyItWaits(inFlight, workers) });
  return steps;
}

/** Lines for the slots that are free; one that is in flight already takes none. */
function takeLines({ workers, flights, lines }: Loop): Record<'skipped' | 'started' | 'left', LoopLine[]> {
  const held = new Set(idsOf(flights));
  const skipped: LoopLine[] = [];
  const started: LoopLine[] = [];
  let taken = 0;
  for (const line of lines) {
    if (flights.length + started.length >= workers) break;
    taken += 1;
    (held.has(line.operationID) ? skipped : started).push(line);
    held.add(line.operationID);
  }
  return { skipped, started, left: lines.slice(taken) };
}

/** The child that sleeps longest, when a line is due before it wakes up. One at a time: its slot is given back first. */
function sleeperInTheWay(
  flights: readonly LoopFlight[],
  line: LoopLine | undefined,
  now: number,
): LoopFlight | undefined {
  if (!line) return undefined;
  const sleepers = flights.filter(({ begin }) => begin !== undefined && Date.parse(begin) > now);
  if (sleepers.some(({ releasing }) => releasing)) return undefined;
  const [latest] = sleepers
    .filter(({ isStarted }) => isStarted)
    .sort((a, b) => Date.parse(b.begin ?? '') - Date.parse(a.begin ?? ''));
  return latest && Date.parse(latest.begin ?? '') > Date.parse(line.dueAt) ? latest : undefined;
}

function whyItWaits(inFlight: number, workers: number): string {
  if (inFlight >= workers) return `waits for a slot: all ${workers} are taken`;
  return inFlight > 0 ? 'waits for what is in flight' : 'waits for busy runtimes';
}

function idsOf(all: readonly { operationID: string }[]): string[] {
  return all.map(({ operationID }) => operationID);
}

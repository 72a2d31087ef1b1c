/** Waits of operations whose turn it is: for their windows and the ends of freezes, for workers, and for what else works on their runtimes. */
import {
  DESCRIPTION_BEGINS,
  readBusyGardener,
  readBusyProvisioner,
  readBusyRuntime,
} from './descriptions.ts';
import { nameOf, type LimitedKey } from './limits.ts';
import type { OperationState } from './states.ts';
import type { Wait, WaitingCode } from './waiting-codes.ts';
import type { WindowOrigin } from './window-origin.ts';
import { minuteOf } from './windows.ts';

/** The row of an operation, as far as it counts. Times here and below are RFC 3339 UTC. */
export interface WaitingOperation {
  state: OperationState;
  description: string;
  windowBegin: string | null;
  windowEnd: string | null;
  /** Nothing starts at this instant or later. */
  latestStart: string | null;
  /** Set while its runtime was found busy, and while its next try waits. */
  notBefore: string | null;
  /** Since when its runtime was found busy; null while its next try waits. */
  busySince?: string | null;
  /** When its row has changed last: with its runtime found busy, the last look at that. Read with `busySince` alone. */
  updatedAt?: string;
  /** The number of its wave; 0 without waves. */
  wave: number;
  /** Set once a request of this attempt may have been sent. */
  baselineOperationID?: string | null;
  /** Set once a request of this attempt was accepted. */
  provisionerOperationID?: string | null;
  /** Set once its runtime has what is wanted. */
  upgradedAt?: string | null;
}

/** Facts about its plan that do not stand in the row of an operation. All but `workers` makes a message more exact, and may be left out. */
export interface PlanFacts {
  /** Operations of its orchestration that may be in flight at the same time. */
  workers: number;
  /** Those in progress. */
  executing?: number;
  /** The first few of those. */
  holders?: readonly SlotHolder[];
  origin?: WindowOrigin;
  /** A key that it takes, and that is taken as often as may be; absent when all of them have room. */
  full?: LimitedKey;
}

/** An operation in progress. */
export interface SlotHolder {
  operationID: string;
  shootName: string;
}

/** The operation that may begin first of those that wait. */
export interface FirstDue {
  /** RFC 3339 UTC. */
  dueAt: string;
  description: string;
}

/**
 * The wait of an operation that its orchestration could begin. The later of both counts: a runtime may be found busy in the minutes before its window
 * opens.
 */
export function waitingInPlan(row: WaitingOperation, nowMs: number, facts: PlanFacts): Wait {
  const { windowBegin, latestStart, notBefore } = row;
  const opensMs = windowBegin === null ? 0 : Date.parse(windowBegin);
  if (latestStart !== null && !isAfter(latestStart, nowMs)) return missed(row, latestStart, facts);
  if (notBefore !== null && isAfter(notBefore, Math.max(nowMs, opensMs))) return held(row, notBefore);
  if (windowBegin === null || opensMs <= nowMs) return forSlot(facts);
  if (isFrozen(row.description)) {
    const message = `It ${lowered(row.description)}; ${CHANGES_FREEZES}`;
    return { code: 'freeze', message, until: windowBegin };
  }
  const opens = `Its window opens ${minuteOf(windowBegin)}`;
  return { code: 'window', message: withOrigin(opens, windowBegin, facts.origin), until: windowBegin };
}

/** Codes of waits that go on when an earlier wave has passed. */
export const AFTER_WAVES: readonly WaitingCode[] = ['freeze', 'window', 'retry-backoff'];

/** The wait that an operation of a later wave has when its wave opens; undefined when nobody can tell by then. */
export function stillAfterWave(wait: Wait): Wait | undefined {
  return AFTER_WAVES.includes(wait.code) ? wait : undefined;
}

/**
 * The wait that an operation has after a resume; for room, of which nobody knows how much there is then, what kept its runtime busy at the last look
 * before the pause. Undefined when that was nothing.
 */
export function stillAfterPause(wait: Wait, row: WaitingOperation): Wait | undefined {
  return isForRoom(wait.code) ? wasBusy(row) : wait;
}

/** Nobody looks at the runtime while it is paused. */
function wasBusy({ description, busySince, updatedAt }: WaitingOperation): Wait | undefined {
  const code = 'runtime-busy';
  if (description.startsWith(DESCRIPTION_BEGINS.wasBusy)) return { code, message: description };
  if (typeof busySince !== 'string') return undefined;
  const when = updatedAt === undefined ? '' : ` when it was last looked at, ${minuteOf(updatedAt)}`;
  const who = holderIn(description);
  const message = `Its runtime was held by ${who ?? 'something else'}${when}`;
  return { code, message, ...(who !== undefined && { who }) };
}

/** The holder of the lock on its runtime, by the words of an operation that was found busy. */
function holderIn(description: string): string | undefined {
  const { busy } = DESCRIPTION_BEGINS;
  return description.startsWith(busy) ? description.slice(busy.length) : undefined;
}

/** For a worker, or for room within a limit. */
export function isForRoom(code: WaitingCode): boolean {
  return code === 'slot' || code.endsWith('-limit');
}

function missed({ windowEnd }: WaitingOperation, latestStart: string, { origin }: PlanFacts): Wait {
  const over =
    windowEnd === latestStart ? 'Its window closed' : 'Nothing starts in its window any more since';
  const since = `${over} ${minuteOf(latestStart)}`;
  const then = 'it goes into its next window when the plan is read again';
  return { code: 'cutoff', message: withOrigin(since, latestStart, origin, then) };
}

function withOrigin(text: string, time: string, origin: WindowOrigin | undefined, then?: string): string {
  const local = origin?.clockAt(Date.parse(time));
  const whole = [text, ...(local ? [`(${local})`] : []), ...(origin ? [origin.by] : [])].join(' ');
  return [whole, ...(then ? [then] : []), ...(origin ? [origin.change] : [])].join('; ');
}

function held({ description, busySince }: WaitingOperation, notBefore: string): Wait {
  if (busySince === null) return forNextTry(description, notBefore);
  const who = holderIn(description);
  const message = `Its runtime is held by ${who ?? 'something else'}; it is looked at again ${minuteOf(notBefore)}`;
  return { code: 'runtime-busy', message, until: notBefore, ...(who !== undefined && { who }) };
}

function forNextTry(description: string, notBefore: string): Wait {
  const isTold = description.startsWith(DESCRIPTION_BEGINS.backoff);
  const what = isTold ? `It ${lowered(description)}` : `It is tried again ${minuteOf(notBefore)}`;
  const message = `${what}; POST /orchestrations/{id}/retry does not wait`;
  return { code: 'retry-backoff', message, until: notBefore };
}

/** The code of a wait for room within a limit, by its kind. */
export const CODE_OF_LIMIT = {
  region: 'region-limit',
  plan: 'plan-limit',
  account: 'account-limit',
} as const;

function forSlot({ workers, executing, holders = [], full }: PlanFacts): Wait {
  if (full && (executing === undefined || executing < workers)) return forRoom(full);
  const code = 'slot';
  if (executing === undefined) {
    return { code, message: `It can begin, and waits for ${oneOf(workers)} of its orchestration` };
  }
  if (executing < workers) {
    const message = `It can begin, and is about to: ${executing} of ${workers} workers of its orchestration are taken by what executes; if it stays so for minutes, look whether Temporal and the workers run`;
    return { code, message };
  }
  const [only] = holders;
  const all = workers === 1 ? 'the only worker' : `all ${workers} workers`;
  const message = `It can begin when an upgrade ends: ${all} of its orchestration ${workers === 1 ? 'is' : 'are'} taken${takenBy(holders, executing)}`;
  return { code, message, ...(only && executing === 1 && { who: `operation ${only.operationID}` }) };
}

function forRoom({ kind, key, limit }: LimitedKey): Wait {
  const others = limit === 1 ? 'an upgrade' : `${limit} upgrades`;
  const message = `It can begin when an upgrade in ${nameOf(kind, key)} ends: ${others} of it ${limit === 1 ? 'is' : 'are'} in progress, as many as the limits of its orchestration allow`;
  return { code: CODE_OF_LIMIT[kind], message };
}

function oneOf(workers: number): string {
  return workers === 1 ? 'the only worker' : `one of the ${workers} workers`;
}

function takenBy(holders: readonly SlotHolder[], executing: number): string {
  if (holders.length === 0) return '';
  const names = holders.map(({ shootName }) => shootName).join(', ');
  const more = executing - holders.length;
  return ` by ${names}${more > 0 ? ` and ${more} more` : ''}`;
}

/** True of one in progress to which nothing was sent in its attempt: a pause takes it back, and a cancel ends it. */
export function isUnsent(row: WaitingOperation): boolean {
  const { baselineOperationID, provisionerOperationID, upgradedAt } = row;
  return baselineOperationID === null && provisionerOperationID === null && upgradedAt === null;
}

/** Something in progress that does not get on, by its own words. */
export function complaintOf({ description }: Pick<WaitingOperation, 'description'>): Wait | undefined {
  if (!description.startsWith(DESCRIPTION_BEGINS.again)) return undefined;
  const said = description.slice(DESCRIPTION_BEGINS.again.length);
  const what = readBusyGardener(said);
  if (what !== undefined) {
    const message = `Gardener does something else on the Shoot (${what}); the upgrade begins by itself when that has ended`;
    return { code: 'runtime-busy', message, who: 'Gardener' };
  }
  const reason = readBusyRuntime(said);
  if (reason !== undefined) {
    const message = `The upgrade begins by itself when its runtime is ready for it: ${reason}`;
    return { code: 'runtime-busy', message };
  }
  const busy = readBusyProvisioner(said);
  if (!busy) {
    return {
      code: 'dependency-down',
      message: `The upgrade goes on by itself when what it needs answers; the last try: ${said}`,
    };
  }
  const who = `operation ${busy.id} of the Provisioner`;
  const message = `The Provisioner does something else on the runtime (${busy.kind}); the upgrade begins by itself when that has ended`;
  return { code: 'runtime-busy', message, who };
}

/** The words that one in progress takes back to the plan when something else kept its runtime busy at its last look, `lookedAt` (RFC 3339); undefined otherwise. */
export function describeBusy(
  { description }: Pick<WaitingOperation, 'description'>,
  lookedAt: string,
): string | undefined {
  if (complaintOf({ description })?.code !== 'runtime-busy') return undefined;
  const said = description.slice(DESCRIPTION_BEGINS.again.length);
  const provisioner = readBusyProvisioner(said);
  const what = readBusyGardener(said);
  const by = provisioner
    ? `the Provisioner did something else on it (${provisioner.kind}, operation ${provisioner.id})`
    : what === undefined
      ? readBusyRuntime(said)
      : `Gardener did something else on its Shoot (${what})`;
  return `${DESCRIPTION_BEGINS.wasBusy}${minuteOf(lookedAt)}: ${by ?? said}`;
}

/** The wait of an orchestration for the first of its operations at an instant, in ms since the epoch; undefined when that can begin. */
export function forFirstDue({ dueAt, description }: FirstDue, nowMs: number): Wait | undefined {
  if (!isAfter(dueAt, nowMs)) return undefined;
  if (!isFrozen(description)) {
    const message = `Nothing can begin before the next window opens ${minuteOf(dueAt)}`;
    return { code: 'window', message, until: dueAt };
  }
  const message = `Nothing can begin before ${minuteOf(dueAt)}: the first of what waits ${lowered(description)}; ${CHANGES_FREEZES}`;
  return { code: 'freeze', message, until: dueAt };
}

const CHANGES_FREEZES = 'an admin can change that with PUT /maintenance-policy';

/** The row says itself that a freeze, or an opt-out, is in the way, and until when. */
function isFrozen(description: string): boolean {
  return description.startsWith(DESCRIPTION_BEGINS.frozen);
}

/** As part of a sentence. */
export function lowered(description: string): string {
  return description.charAt(0).toLowerCase() + description.slice(1);
}

function isAfter(time: string, nowMs: number): boolean {
  return Date.parse(time) > nowMs;
}

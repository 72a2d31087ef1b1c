/**
 * Why something does not go on, told from its row alone: no question to the engine, so that it is answered while that is
 * away, and for a hundred operations at once.
 */
import { DESCRIPTION_BEGINS, readBusyProvisioner } from './descriptions.ts';
import { describePauses, type Pause } from './rollout-control.ts';
import type { WaveApproval } from './orchestration-parameters.ts';
import type { WavePhase } from './wave-phases.ts';
import { isFinalOperationState, type OperationState, type OrchestrationState } from './states.ts';
import { minuteOf } from './windows.ts';
import type { WindowOrigin } from './window-origin.ts';

/** Everything that an orchestration or an operation can wait for. */
export const WAITING_CODES = [
  /** Another orchestration has the turn, or the plan is not complete yet. */
  'turn',
  /** Its orchestration is paused. */
  'paused',
  /** Likewise, by its failure budget. */
  'budget',
  /** Earlier waves have not passed. */
  'wave',
  /** A wave has ended and is watched for a while. */
  'soak',
  /** Somebody has to say whether the next wave may run. */
  'approval',
  /** Its window is not open; of an orchestration, no window of what waits is. */
  'window',
  /** A freeze of the maintenance policy, or an opt-out, takes what there would be earlier. */
  'freeze',
  /** Nothing starts any more in the window that it was scheduled into. */
  'cutoff',
  /** It can begin, as soon as a worker of its orchestration is free. */
  'slot',
  /** Something else works on its runtime. */
  'runtime-busy',
  /** The engine, the inventory, or another system that the upgrade needs does not answer. */
  'dependency-down',
] as const;
export type WaitingCode = (typeof WAITING_CODES)[number];

export interface WaitingFor {
  code: WaitingCode;
  /** One sentence for the person on call, without a full stop. */
  message: string;
  /** When this is over, or looked at again, RFC 3339 UTC; absent when nobody knows. */
  until?: string;
  /** The orchestration or operation that it waits for, like `orchestration 07089b96-8e31-49a4-96d0-f8288253c804`. */
  who?: string;
}

/** Between its request and its start an orchestration is nobody's fault for that long, in ms. */
const START_GRACE_MS = 10_000;

/** The row of an operation, as far as it counts. Times here and below are RFC 3339 UTC. */
export interface WaitingOperation {
  state: OperationState;
  description: string;
  windowBegin: string | null;
  windowEnd: string | null;
  /** Nothing starts at this instant or later. */
  latestStart: string | null;
  /** Set while its runtime was found busy. */
  notBefore: string | null;
  /** The number of its wave; 0 without waves. */
  wave: number;
}

/** The row of an orchestration, as far as it counts. */
export interface WaitingOrchestration {
  state: OrchestrationState;
  description: string;
  /** Null until the plan is complete. */
  plannedCount: number | null;
  /** Since when its workflow is to be started; null once that has begun. */
  lookAt: string | null;
  pauses: readonly Pause[];
  /** The first one that has not passed; absent without waves. */
  wave?: WaitingWave;
}

/** A wave that is open. */
export interface WaitingWave {
  number: number;
  name: string;
  phase: WavePhase;
  soakUntil: string | null;
  expiresAt: string | null;
  /** The number of the question that stands while it asks. */
  question: number | null;
  approval: WaveApproval | null;
}

/** Its place in the line of those that wait for the turn. */
export interface Place {
  /** The orchestration that has the turn, when the rows tell. */
  holderID?: string;
  /** How many others are before it; `many` from `MOST_BEFORE` on. */
  before?: number | 'many';
}

/** Nobody counts further. */
export const MOST_BEFORE = 1_000;

/** Facts that do not stand in the row of an operation. All but `workers` makes a message more exact, and may be left out. */
export interface OperationFacts {
  /** Operations of its orchestration that may be in flight at the same time. */
  workers: number;
  /** Those in progress. */
  executing?: number;
  /** The first few of those. */
  holders?: readonly SlotHolder[];
  place?: Place;
  origin?: WindowOrigin;
}

/** An operation in progress. */
export interface SlotHolder {
  operationID: string;
  shootName: string;
}

/**
 * The wait of an operation at an instant, in ms since the epoch. Undefined when it has ended or goes on, and when its
 * orchestration is canceling or has ended: then it begins no more.
 */
export function waitingForOperation(
  row: WaitingOperation,
  orchestration: WaitingOrchestration,
  nowMs: number,
  facts: OperationFacts,
): WaitingFor | undefined {
  if (isFinalOperationState(row.state)) return undefined;
  if (row.state === 'in progress') return complaintOf(row);
  switch (orchestration.state) {
    case 'pending':
    case 'retrying':
      return inTurn('Its orchestration', facts.place);
    case 'in progress':
      return (
        waitingForPlan(orchestration) ??
        paused('Its orchestration', orchestration) ??
        inWave(row, orchestration) ??
        waitingInPlan(row, nowMs, facts)
      );
    case 'canceling':
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return undefined;
  }
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

/** The operation that may begin first of those that wait. */
export interface FirstDue {
  /** RFC 3339 UTC. */
  dueAt: string;
  description: string;
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
      return unstarted(row, nowMs) ?? inTurn('It', place);
    case 'in progress':
      if (row.plannedCount === null) return inventoryAway(row);
      if (executing > 0) return undefined;
      if (waiting > 0 && row.pauses.length > 0) return paused('It', row);
      return (
        (row.wave && betweenWaves(row.wave)) ??
        (firstDue && isAfter(firstDue.dueAt, nowMs) ? forTime(firstDue) : undefined)
      );
    case 'canceling':
    case 'canceled':
    case 'succeeded':
    case 'failed':
      return undefined;
  }
}

function forTime({ dueAt, description }: FirstDue): WaitingFor {
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

function lowered(description: string): string {
  return description.charAt(0).toLowerCase() + description.slice(1);
}

function paused(subject: string, { pauses }: WaitingOrchestration): WaitingFor | undefined {
  const [first] = pauses;
  if (!first) return undefined;
  const message = `${subject} is ${describePauses(pauses)}; an admin can go on with PUT /orchestrations/{id}/resume`;
  const code = pauses.some((pause) => pause.code === 'budget') ? 'budget' : 'paused';
  return { code, message, ...(first.code === 'person' && { who: first.by }) };
}

/** An operation of a later wave than the open one. */
function inWave({ wave }: WaitingOperation, { wave: open }: WaitingOrchestration): WaitingFor | undefined {
  if (!open || wave <= open.number) return undefined;
  const between = betweenWaves(open);
  const what = between ? `: ${lowerFirst(between.message)}` : `, and wave ${open.name} has not ended`;
  return {
    code: 'wave',
    message: `It is in a later wave${what}`,
    ...(between?.until !== undefined && { until: between.until }),
  };
}

/** All of the open wave has ended, and the next one may not run yet. */
function betweenWaves({
  name,
  phase,
  soakUntil,
  expiresAt,
  question,
  approval,
}: WaitingWave): WaitingFor | undefined {
  if (phase === 'soaking' && soakUntil !== null)
    return { code: 'soak', message: `Wave ${name} soaks until ${minuteOf(soakUntil)}`, until: soakUntil };
  if (phase !== 'asking') return undefined;
  const who = approval?.groups ? `members of ${approval.groups.join(' or ')}` : 'an admin';
  const message = `Wave ${name} has ended, and question ${question} is whether the next one may run; ${who} can answer it with POST /orchestrations/{id}/approvals/${question}`;
  return { code: 'approval', message, who, ...(expiresAt !== null && { until: expiresAt }) };
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

function isAfter(time: string, nowMs: number): boolean {
  return Date.parse(time) > nowMs;
}

function unstarted({ lookAt }: WaitingOrchestration, nowMs: number): WaitingFor | undefined {
  if (lookAt === null || isAfter(lookAt, nowMs - START_GRACE_MS)) return undefined;
  const message = `Temporal or its workers have not begun it since ${minuteOf(lookAt)}: it begins by itself when they answer`;
  return { code: 'dependency-down', message };
}

function inventoryAway({ description }: WaitingOrchestration): WaitingFor | undefined {
  if (!description.startsWith(DESCRIPTION_BEGINS.inventory)) return undefined;
  const message = 'The inventory does not answer: the plan is made by itself when it does';
  return { code: 'dependency-down', message };
}

function inTurn(subject: string, { holderID, before }: Place = {}): WaitingFor {
  const holder = holderID === undefined ? [] : [`orchestration ${holderID} has it`];
  const others = before === undefined ? [] : [`${countOf(before)} before it`];
  const why = [...holder, ...others].join(', and ');
  const message = `${subject} waits for its turn${why === '' ? '' : `: ${why}`}`;
  return { code: 'turn', message, ...(holderID !== undefined && { who: `orchestration ${holderID}` }) };
}

function countOf(before: number | 'many'): string {
  if (before === 'many') return `${MOST_BEFORE.toLocaleString('en-US')} others or more are`;
  if (before === 0) return 'nobody else is';
  return before === 1 ? '1 other is' : `${before} others are`;
}

/** Rows of a plan that is not complete are not begun. */
function waitingForPlan(orchestration: WaitingOrchestration): WaitingFor | undefined {
  if (orchestration.plannedCount !== null) return undefined;
  const message = 'Its orchestration is still being planned, and nothing of it begins before that is done';
  return inventoryAway(orchestration) ?? { code: 'turn', message };
}

/** The later of both counts: a runtime may be found busy in the minutes before its window opens. */
function waitingInPlan(row: WaitingOperation, nowMs: number, facts: OperationFacts): WaitingFor {
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

function missed(
  { windowEnd }: WaitingOperation,
  latestStart: string,
  { origin }: OperationFacts,
): WaitingFor {
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

function held({ description }: WaitingOperation, notBefore: string): WaitingFor {
  const who = description.startsWith(DESCRIPTION_BEGINS.busy)
    ? description.slice(DESCRIPTION_BEGINS.busy.length)
    : undefined;
  const message = `Its runtime is held by ${who ?? 'something else'}; it is looked at again ${minuteOf(notBefore)}`;
  return { code: 'runtime-busy', message, until: notBefore, ...(who !== undefined && { who }) };
}

function forSlot({ workers, executing, holders = [] }: OperationFacts): WaitingFor {
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

function oneOf(workers: number): string {
  return workers === 1 ? 'the only worker' : `one of the ${workers} workers`;
}

function takenBy(holders: readonly SlotHolder[], executing: number): string {
  if (holders.length === 0) return '';
  const names = holders.map(({ shootName }) => shootName).join(', ');
  const more = executing - holders.length;
  return ` by ${names}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Something in progress that does not get on, by its own words. */
function complaintOf({ description }: WaitingOperation): WaitingFor | undefined {
  if (!description.startsWith(DESCRIPTION_BEGINS.again)) return undefined;
  const said = description.slice(DESCRIPTION_BEGINS.again.length);
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

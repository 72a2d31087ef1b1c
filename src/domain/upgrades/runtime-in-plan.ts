/** Why a runtime is in a plan, or why it is not: in one sentence, without a full stop, for the person who asks by its ID. */
import type { ExcludedShoot } from './runtime.ts';
import { isFinalOperationState, type OperationState } from './states.ts';
import type { WindowOrigin } from './window-origin.ts';
import { minuteOf } from './windows.ts';

/** Everything that a plan may have done with a runtime. */
export const RUNTIME_IN_PLAN = [
  /** It has an operation. */
  'planned',
  /** It can't be upgraded, or the maintenance policy has no window for it; the reason is told. */
  'left-out',
  /** An exclude entry of the targets matches it. */
  'excluded',
  /** No include entry of the targets matches it. */
  'not-selected',
  /** The inventory did not have it. */
  'unknown',
] as const;
export type RuntimeInPlan = (typeof RUNTIME_IN_PLAN)[number];

/** The plan that is asked. Times here and below are RFC 3339 UTC. */
export interface ExplainedPlan {
  /** When the fleet was read; absent where nobody knows any more. */
  madeAt?: string | null;
  /** Windows of it begin before then. */
  windowsUntil: string | null;
}

/** An operation of a plan that was made to be looked at. */
export interface ExplainedOperation {
  shootName: string;
  windowBegin: string | null;
  latestStart: string | null;
  projectedBegin: string | null;
  projectedEnd: string | null;
}

/** `origin`: the rule behind the window, when that can be told. */
export function explainPlanned(
  { shootName, windowBegin, latestStart, projectedBegin, projectedEnd }: ExplainedOperation,
  { windowsUntil }: ExplainedPlan,
  origin?: WindowOrigin,
): string {
  const shoot = `Shoot ${shootName} is in the plan`;
  const from =
    windowBegin === null ? shoot : `${shoot}: its next window opens ${describeWindow(windowBegin, origin)}`;
  if (projectedBegin === null || projectedEnd === null)
    return `${from}, but by the projection no worker is free in any of its windows ${inTime(windowsUntil)}`;
  const isLater = latestStart !== null && projectedBegin >= latestStart;
  const which = isLater
    ? ', in which no worker is free: it is projected for a later one,'
    : '; it is projected';
  return `${from}${which} from ${minuteOf(projectedBegin)} to ${minuteOf(projectedEnd)}`;
}

/** The operation as its row has it. */
export interface CarriedOutOperation {
  shootName: string;
  state: OperationState;
  description: string;
  windowBegin: string | null;
}

/** As `explainPlanned`, for an operation that is carried out, or was, at an instant in ms since the epoch: a window that has opened is no news. */
export function explainCarriedOut(
  { shootName, state, description, windowBegin }: CarriedOutOperation,
  nowMs: number,
  origin?: WindowOrigin,
): string {
  const said = `Shoot ${shootName} is in the plan, and its operation is ${state}${description === '' ? '' : ` (${description})`}`;
  const isToOpen = windowBegin !== null && Date.parse(windowBegin) > nowMs && !isFinalOperationState(state);
  return !isToOpen ? said : `${said}; its window opens ${describeWindow(windowBegin, origin)}`;
}

/** `2030-10-12T22:00Z (00:00 Europe/Berlin) by rule 1 (rules[0]) of version 4 of the maintenance policy`. */
function describeWindow(begin: string, origin?: WindowOrigin): string {
  const clock = origin?.clockAt(Date.parse(begin));
  return `${minuteOf(begin)}${clock === undefined ? '' : ` (${clock})`}${origin ? ` ${origin.by}` : ''}`;
}

export function explainLeftOut(
  { shootName, reason }: ExcludedShoot,
  { windowsUntil }: ExplainedPlan,
): string {
  const shoot = `Shoot ${shootName}`;
  const until = inTime(windowsUntil);
  switch (reason) {
    case 'no runtime ID':
      return `${shoot} carries no runtime ID, so it is no runtime`;
    case 'runtime ID too long':
      return `${shoot} carries a runtime ID that is too long to be one`;
    case 'being deleted':
      return `${shoot} is being deleted`;
    case 'hibernated':
      return `${shoot} is hibernated; nothing can be upgraded before it has woken up`;
    case 'never finished creating':
      return `The creation of ${shoot} was never finished`;
    case 'unreadable maintenance window':
      return `${shoot} has no readable maintenance window; its owner can set spec.maintenance.timeWindow`;
    case 'runtime ID of another Shoot':
      return `${shoot} carries the runtime ID of another Shoot, which counts`;
    case 'opted out':
      return `${shoot} is opted out by the maintenance policy; an admin can change that with PUT /maintenance-policy`;
    case 'frozen':
      return `Freezes of the maintenance policy take all windows of ${shoot} that begin ${until}`;
    case 'no maintenance window':
      return `${shoot} has no window that begins ${until}`;
    case 'excluded by targets':
      return `An exclude entry of targets matches ${shoot}`;
    case 'more than one minor version behind':
      return `${shoot} is more than one minor version behind what is asked for; upgrade it to the version between first`;
    case 'Kubernetes version not offered':
      return `The cloud profile of ${shoot} does not offer the Kubernetes version, or as a preview or expired only`;
    case 'machine image not offered':
      return `The cloud profile of ${shoot} does not offer the version of its machine image, or as a preview or expired only`;
    case 'no cloud profile':
      return `${shoot} names no cloud profile that exists, so nobody can tell which versions are offered to it`;
  }
}

export function explainNotSelected(): string {
  return 'No include entry of targets matches the runtime';
}

export function explainUnknown({ madeAt }: ExplainedPlan): string {
  return `The inventory had no Shoot with this runtime ID when the plan was made${madeAt ? `, at ${minuteOf(madeAt)}` : ''}`;
}

function inTime(windowsUntil: string | null): string {
  return windowsUntil === null ? 'in time' : `before ${minuteOf(windowsUntil)}`;
}

/**
 * Control over an orchestration that is under way: what is wanted of it stands in its row, and its workflow makes it so. Pausing
 * starts nothing more and breaks nothing that executes; a set of reasons keeps it paused.
 */
import { cleanText, cutText } from '../texts.ts';
import { failedAtPause } from './failure-budget.ts';
import { minuteOf } from './windows.ts';

/** Everything that may have paused an orchestration. */
export const PAUSE_CODES = [
  /** Somebody has asked for it. */
  'person',
  /** More operations have failed than its failure budget permits. */
  'budget',
  /** The fleet has changed since the plan that was approved with its hash. */
  'plan-changed',
  /** A wave has ended, and nothing of it has succeeded. */
  'no-evidence',
  /** Nobody has answered in time whether the next wave may run. */
  'approval-expired',
  /** Somebody has paused everything, with one call. Stands in no row of an orchestration. */
  'queue',
] as const;
export type PauseCode = (typeof PAUSE_CODES)[number];

export interface Pause {
  code: PauseCode;
  /** Subject of a token, `drydock`, or how it was sent by hand. */
  by: string;
  /** In their words; may be empty. */
  reason: string;
  /** RFC 3339 UTC. */
  since: string;
}

/** The latest change of the control of everything. */
export interface ControlOfEverything {
  isPaused: boolean;
  /** Subject of a token. */
  changedBy: string;
  reason: string;
  /** RFC 3339 UTC. */
  changedAt: string;
}

/** As a reason to pause each orchestration; undefined while everything may go on. */
export function pauseOfEverything(control: ControlOfEverything | undefined): Pause | undefined {
  if (!control?.isPaused) return undefined;
  return { code: 'queue', by: control.changedBy, reason: control.reason, since: control.changedAt };
}

/** A wish of a person, by the REST API and by the signal `command` alike. */
export type Wish =
  | { command: 'pause' }
  /** Takes all reasons to pause back; `acknowledge` forgives the failures so far, which the reason `budget` needs. */
  | { command: 'resume'; acknowledge: boolean }
  /** At most so many operations at once from now on; what executes goes on. */
  | { command: 'workers'; workers: number }
  /** An orchestration that waits gets the next turn of its lane. */
  | { command: 'front' }
  /** The answer to a question that stands, by its number; a rejected orchestration is canceled. */
  | { command: 'approve'; number: number }
  | { command: 'reject'; number: number }
  /** An operation that waits, or all that wait of a wave, are canceled; no budget counts them. */
  | { command: 'skip'; operationID: string }
  | { command: 'skip-wave'; wave: string };

export type Command = Wish & {
  /** Subject of a token, or how it was sent by hand. */
  by: string;
  /** In their words; may be empty. */
  reason: string;
};

/** Longest reason, in characters. */
export const LONGEST_REASON = 1_000;

/** A reason as it is stored. */
export function reasonText(given: string | null | undefined): string {
  return cutText(cleanText(given ?? '').trim(), LONGEST_REASON);
}

/**
 * All reasons in one sentence, without a full stop, for the operator who looks at what stands still. `failed` are the failures that count now in the
 * budget that has paused it, where that is known: a retry takes some back, and others end later.
 */
export function describePauses(pauses: readonly Pause[], failed?: number): string {
  return pauses.map((pause) => describePause(pause, failed)).join('; ');
}

const WHY: Record<Exclude<PauseCode, 'person' | 'queue'>, string> = {
  budget: 'because more had failed than its budget permits',
  'plan-changed': 'because the fleet has changed since its plan was made',
  'no-evidence': 'because a wave has ended without any success',
  'approval-expired': 'because nobody has answered in time',
};

function describePause({ code, by, reason, since }: Pause, failed: number | undefined): string {
  const said = code === 'budget' ? `${reason}${nowFailed(reason, failed)}` : reason;
  return `paused ${whyPaused({ code, by, since })}${said === '' ? '' : `: ${said}`}`;
}

/** Nothing where it is the same number still. */
function nowFailed(reason: string, failed: number | undefined): string {
  if (failed === undefined || failedAtPause([{ code: 'budget', reason }]) === failed) return '';
  return `; ${failed} ${failed === 1 ? 'counts' : 'count'} now`;
}

function whyPaused({ code, by, since }: Omit<Pause, 'reason'>): string {
  switch (code) {
    case 'person':
      return `by ${by} since ${minuteOf(since)}`;
    case 'queue':
      return `with everything by ${by} since ${minuteOf(since)}`;
    case 'budget':
    case 'plan-changed':
    case 'no-evidence':
    case 'approval-expired':
      return `since ${minuteOf(since)}, ${WHY[code]}`;
  }
}

/**
 * Control over an orchestration that is under way: what is wanted of it stands in its row, and its workflow makes it so. Pausing
 * starts nothing more and breaks nothing that executes; a set of reasons keeps it paused.
 */
import { cleanText, cutText } from '../texts.ts';
import { minuteOf } from './windows.ts';

/** Everything that may have paused an orchestration. */
export const PAUSE_CODES = [
  /** Somebody has asked for it. */
  'person',
  /** The fleet has changed since the plan that was approved with its hash. */
  'plan-changed',
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

/** What a person may ask for, by the REST API and by the signal `command` alike. */
export const COMMANDS = ['pause', 'resume'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Command {
  command: CommandName;
  /** Subject of a token, or how it was sent by hand. */
  by: string;
  /** In their words; may be empty. */
  reason: string;
}

/** Longest reason, in characters. */
export const LONGEST_REASON = 1_000;

/** A reason as it is stored. */
export function reasonText(given: string | null | undefined): string {
  return cutText(cleanText(given ?? '').trim(), LONGEST_REASON);
}

/** All reasons in one sentence, without a full stop, for the operator who looks at what stands still. */
export function describePauses(pauses: readonly Pause[]): string {
  return pauses.map(describePause).join('; ');
}

function describePause({ code, by, reason, since }: Pause): string {
  const at = `since ${minuteOf(since)}`;
  switch (code) {
    case 'person':
      return `paused by ${by} ${at}${reason === '' ? '' : `: ${reason}`}`;
    case 'plan-changed':
      return `paused ${at}, because the fleet has changed since its plan was made${reason === '' ? '' : `: ${reason}`}`;
  }
}

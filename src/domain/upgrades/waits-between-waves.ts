/** Waits for earlier waves: for their operations, their soaks, looks and approvals. */
import { DESCRIPTION_BEGINS } from './descriptions.ts';
import type { WaveApproval } from './orchestration-parameters.ts';
import type { Pause } from './rollout-control.ts';
import type { Wait } from './waiting-codes.ts';
import { lowered, type WaitingOperation } from './waits-in-plan.ts';
import type { WavePhase } from './wave-phases.ts';
import { minuteOf } from './windows.ts';

/** A wave that is open. */
export interface WaitingWave {
  number: number;
  name: string;
  phase: WavePhase;
  /** Some of its operations wait or are in progress. Once it has soaked, those are tried again. */
  isUnended: boolean;
  soakUntil: string | null;
  expiresAt: string | null;
  /** The number of the question that stands while it asks. */
  question: number | null;
  approval: WaveApproval | null;
  /** When runtimes are read again of which the look could not tell; null on its first way through the wave. */
  looksAgainAt: string | null;
  /** The reason why the look does not get on; null while it does. */
  lookWaits: string | null;
}

/** When operations of a later wave may begin at the earliest, as far as anybody knows, in ms since the epoch. */
export function openedAfter(open: WaitingWave | undefined, nowMs: number): number {
  const soaksUntil = open?.phase === 'soaking' ? open.soakUntil : null;
  return soaksUntil === null ? nowMs : Math.max(nowMs, Date.parse(soaksUntil));
}

/** An operation of a later wave than the open one. */
export function inWave(
  { wave }: Pick<WaitingOperation, 'wave'>,
  { wave: open, pauses }: { wave?: WaitingWave; pauses: readonly Pause[] },
): Wait | undefined {
  if (!open || wave <= open.number) return undefined;
  const between = betweenWaves(open, pauses);
  const ended = open.phase === 'gate' ? lowered(howEnded(open)) : `wave ${open.name} has not ended`;
  const what = between ? `: ${lowered(between.message)}` : `, and ${ended}`;
  const asks = open.approval && between?.code !== 'approval' ? `; then ${isAsked(open.approval)}` : '';
  return {
    code: 'wave',
    message: `It is in a later wave${what}${asks}`,
    ...(between?.until !== undefined && { until: between.until }),
  };
}

/** All of the open wave has ended, but for what is tried again, and the next one may not run yet. */
export function betweenWaves(wave: WaitingWave, pauses: readonly Pause[]): Wait | undefined {
  const { name, phase, soakUntil, expiresAt, question, approval } = wave;
  if (phase === 'soaking' && soakUntil !== null)
    return { code: 'soak', message: `Wave ${name} soaks until ${minuteOf(soakUntil)}`, until: soakUntil };
  if (phase === 'looking') return whileLooking(wave);
  // A pause has withdrawn the question, or it was not asked yet.
  if (phase === 'gate' && approval && pauses.length > 0)
    return {
      ...{ code: 'approval', message: `${howEnded(wave)}, and ${isAsked(approval)}` },
      who: whoAnswers(approval),
    };
  if (phase !== 'asking') return undefined;
  const who = whoAnswers(approval);
  const message = `${howEnded(wave)}, and question ${question} is whether the next one may run; ${who} can answer it with POST /orchestrations/{id}/approvals/${question}`;
  return { code: 'approval', message, who, ...(expiresAt !== null && { until: expiresAt }) };
}

function whoAnswers(approval: WaveApproval | null): string {
  return approval?.groups ? `members of ${approval.groups.join(' or ')}` : 'an admin';
}

function isAsked(approval: WaveApproval): string {
  return `${whoAnswers(approval)} ${approval.groups ? 'are' : 'is'} asked whether the next one may run`;
}

/** A retry takes a wave no way back. */
function howEnded({ name, isUnended }: WaitingWave): string {
  return isUnended ? `Wave ${name} has operations that are tried again` : `Wave ${name} has ended`;
}

/** A look that does not get on says for whom it waits. */
function whileLooking(wave: WaitingWave): Wait {
  const { looksAgainAt, lookWaits } = wave;
  const isAway = lookWaits?.startsWith(DESCRIPTION_BEGINS.inventory) ?? false;
  const why = lookWaits === null ? '' : `: ${lowered(lookWaits)}`;
  return {
    code: isAway ? 'dependency-down' : 'soak',
    message: `${howEnded(wave)}, and its runtimes are looked at${why}`,
    ...(looksAgainAt !== null && !isAway && { until: looksAgainAt }),
  };
}

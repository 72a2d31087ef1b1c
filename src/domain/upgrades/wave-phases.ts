/**
 * The way of a wave through an orchestration: its operations run, it soaks, its gate looks at what came of it and maybe asks, and
 * the next one runs. This file holds neither clock nor database: whoever reads the rows carries the moves out.
 */
import type { WaveApproval } from './orchestration-parameters.ts';

/** Every phase of a wave. */
export const WAVE_PHASES = [
  /** Earlier waves have not passed. */
  'waiting',
  /** Its operations may begin. */
  'running',
  /** All of them have ended; it is watched for a while. */
  'soaking',
  /** It has soaked; its runtimes are looked at, where that is asked for. */
  'looking',
  /** Nothing but what came of it, and maybe an approval, is between it and the next one. */
  'gate',
  /** An approval was asked for. */
  'asking',
  /** The next one may run. */
  'passed',
] as const;
export type WavePhase = (typeof WAVE_PHASES)[number];

/** The row of a wave that is open, and what came of its operations. */
export interface OpenWave {
  phase: WavePhase;
  soakMinutes: number;
  approval: WaveApproval | null;
  /** RFC 3339 UTC; set while it soaks. */
  soakUntil: string | null;
  /** RFC 3339 UTC; set while a question stands that expires. */
  expiresAt: string | null;
  /** The question that stands was answered with yes. */
  isApproved: boolean;
  /** Somebody has let it pass although nothing had succeeded. */
  isWaived: boolean;
  /** A later wave has operations. */
  hasLater: boolean;
  /** Some of its operations wait or execute. */
  isUnended: boolean;
  /** Some have succeeded; asked only where it counts, as the next one. */
  hasSucceeded: boolean;
  hasFailed: boolean;
  /** Its runtimes are looked at before its gate; absent means that they are not. */
  looks?: boolean;
  /** All of those that have succeeded were looked at. */
  isLookedAt?: boolean;
  /** Those with which something was wrong then. */
  unhealthy?: number;
  /** Everything was paused, or resumed, since it moved last: what was seen of it, and asked, is old. */
  isOld?: boolean;
}

/** The next move of an open wave, with its reason for the event log. */
export type WaveMove = { reason: string } & (
  | { to: 'soaking'; until: string }
  /** With `isAnew` it comes back from where it was, also while it is paused; a question that stands is withdrawn. */
  | { to: 'looking'; isAnew?: true }
  | { to: 'gate'; isAnew?: true }
  | { to: 'asking'; expiresAt: string | null }
  /** With `isLast` nothing follows, so that a pause holds nothing up. */
  | { to: 'passed'; isLast?: true }
  /** The orchestration is paused, and the wave stays at its gate. */
  | { to: 'gate'; pause: 'no-evidence' | 'approval-expired' }
);

const MINUTE_MS = 60_000;
/** The reason of a pause because a question has expired ends with it. */
export const NOBODY_ANSWERED = 'nobody has answered in time';

const LAST: WaveMove = { to: 'passed', isLast: true, reason: 'all of it has ended, and nothing follows' };

/**
 * The move that is due at an instant, in ms since the epoch; undefined while there is none. Only what leaves the gate, or a question, waits while the
 * orchestration is paused: the claims of the next wave are refused anyway.
 */
export function nextMove(wave: OpenWave, isPaused: boolean, nowMs: number): WaveMove | undefined {
  switch (wave.phase) {
    case 'waiting':
    case 'passed':
      return undefined;
    case 'running':
      return afterRunning(wave, nowMs);
    case 'soaking':
      if (!wave.hasLater) return LAST;
      return isOver(wave.soakUntil, nowMs) ? afterSoak(wave, 'it has soaked') : undefined;
    case 'looking':
      if (!wave.hasLater) return LAST;
      if (wave.isOld) return anew(wave);
      return isPaused || !wave.isLookedAt ? undefined : { to: 'gate', reason: describeLook(wave) };
    case 'gate':
      if (!wave.hasLater) return LAST;
      // Without a look it has seen nothing.
      if (wave.isOld && wave.looks) return anew(wave);
      return isPaused ? undefined : atGate(wave, nowMs);
    case 'asking':
      if (!wave.hasLater) return LAST;
      if (wave.isOld) return anew(wave);
      return isPaused ? undefined : whileAsking(wave, nowMs);
  }
}

function afterRunning(wave: OpenWave, nowMs: number): WaveMove | undefined {
  const { isUnended, hasSucceeded, hasFailed, hasLater, soakMinutes } = wave;
  if (isUnended) return undefined;
  if (!hasLater) return LAST;
  if (!hasSucceeded && !hasFailed) return { to: 'passed', reason: 'nothing of it was to be upgraded' };
  if (soakMinutes === 0) return afterSoak(wave, 'all of it has ended');
  const until = rfc3339(nowMs + soakMinutes * MINUTE_MS);
  return { to: 'soaking', until, reason: `all of it has ended; it soaks until ${until}` };
}

function afterSoak({ looks }: OpenWave, reason: string): WaveMove {
  return looks ? { to: 'looking', reason: `${reason}; its runtimes are looked at` } : { to: 'gate', reason };
}

function anew({ looks }: OpenWave): WaveMove {
  const reason = 'everything was paused or resumed meanwhile';
  return looks
    ? { to: 'looking', isAnew: true, reason: `${reason}; its runtimes are looked at anew` }
    : { to: 'gate', isAnew: true, reason: `${reason}; the question is withdrawn` };
}

function describeLook({ unhealthy = 0 }: OpenWave): string {
  if (unhealthy === 0) return 'its runtimes were looked at, and all are healthy';
  return `its runtimes were looked at, and ${unhealthy === 1 ? '1 is' : `${unhealthy} are`} unhealthy`;
}

/** An operation that is tried again may still succeed: it is waited for while nothing else has. */
function atGate(
  { isUnended, hasSucceeded, isWaived, approval }: OpenWave,
  nowMs: number,
): WaveMove | undefined {
  if (!hasSucceeded && !isWaived && isUnended) return undefined;
  if (!hasSucceeded && !isWaived)
    return { to: 'gate', pause: 'no-evidence', reason: 'nothing of it has succeeded' };
  if (!approval) return { to: 'passed', reason: 'its gate is open' };
  const { expiresHours } = approval;
  const expiresAt = expiresHours === undefined ? null : rfc3339(nowMs + expiresHours * 60 * MINUTE_MS);
  const until = expiresAt === null ? '' : `, until ${expiresAt}`;
  return { to: 'asking', expiresAt, reason: `an approval is asked for${until}` };
}

function whileAsking({ isApproved, expiresAt }: OpenWave, nowMs: number): WaveMove | undefined {
  if (isApproved) return { to: 'passed', reason: 'it was approved' };
  if (!isOver(expiresAt, nowMs)) return undefined;
  return { to: 'gate', pause: 'approval-expired', reason: NOBODY_ANSWERED };
}

function isOver(time: string | null, nowMs: number): boolean {
  return time !== null && Date.parse(time) <= nowMs;
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

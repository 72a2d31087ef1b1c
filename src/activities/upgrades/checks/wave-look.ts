/** The look at the runtimes of a wave that has soaked, part by part. */
import { log } from '@temporalio/activity';
import { FinalError, UnavailableError, UnreadableError } from '../../../domain/errors.ts';
import { DESCRIPTION_BEGINS } from '../../../domain/upgrades/descriptions.ts';
import { isLastLook, nextLook } from '../../../domain/upgrades/looks-again.ts';
import type { ShootHealth } from '../../../domain/upgrades/shoot-health.ts';
import { verdictOfLook } from '../../../domain/upgrades/upgrade-checks.ts';
import type {
  ControlRepository,
  Looked,
  LookingWave,
} from '../../../db/repositories/upgrades/control-repository.ts';
import { nowOf, type ActivityDependencies } from '../../activity-dependencies.ts';

export type LookDependencies = Pick<ActivityDependencies, 'repositories' | 'shoots' | 'clock'>;

/** Runtimes in one part. */
const MOST_LOOKS = 200;
/** Shoots that are read at once. */
const AT_ONCE = 8;
/** No more are read in a part after so many ms: whoever waits for it has a limit of 30 s. */
const PART_MS = 5_000;
/** Longest time for one Shoot, in ms. */
const LOOK_MS = 10_000;

/** The time of a look. */
export interface LookTime {
  /** Milliseconds that a runtime has to become healthy. */
  timeoutMs: number;
  /** The workflow's time, in ms since the epoch. */
  nowMs: number;
}

type ToLookAt = Awaited<ReturnType<ControlRepository['listToLookAt']>>[number];
/** A Shoot that was read, or the reason why it was not. */
type Read = { one: ToLookAt } & ({ health: ShootHealth } | { error: FinalError | UnavailableError });
type Failed = Extract<Read, { error: unknown }>;

/**
 * Reads a part of the Shoots that come next, and notes what is wrong with each, or that it can't be told yet; when none comes next, those are read
 * again later. `more` when it got on, `away` when the inventory does not answer, which judges nothing. May run twice: the second one finds
 * that the wave has moved on.
 */
export async function lookAtPart(
  deps: LookDependencies,
  id: string,
  wave: LookingWave,
  { timeoutMs, nowMs }: LookTime,
): Promise<'more' | 'away'> {
  const { control } = deps.repositories;
  const next = await control.listToLookAt(id, wave, MOST_LOOKS);
  if (next.length === 0) {
    await control.lookAgain(id, wave, nextLook(wave, timeoutMs, nowMs));
    return 'more';
  }
  const { reads, away } = await readPart(deps, next);
  const last = reads.at(-1)?.one;
  const isLast = isLastLook(wave);
  const looks = reads.map((read) => looked(read, isLast));
  if (last) await control.recordLooks(id, wave, { upTo: last.position, looks }, nowOf(deps));
  if (!away) return 'more';
  const { one, error } = away;
  log.warn('A wave is looked at again later', { orchestrationID: id, error });
  const stands = { ...wave, lookedTo: last?.position ?? wave.lookedTo };
  const reason = `${DESCRIPTION_BEGINS.inventory}${one.shootName} can't be read (${error.message})`;
  await control.noteWait(id, stands, reason);
  return 'away';
}

/** Up to the first ones that show that the inventory is away. */
async function readPart(
  deps: LookDependencies,
  next: readonly ToLookAt[],
): Promise<{ reads: Read[]; away?: Failed }> {
  const end = deps.clock() + PART_MS;
  const reads: Read[] = [];
  for (let at = 0; at < next.length && deps.clock() < end; at += AT_ONCE) {
    const some = await Promise.all(next.slice(at, at + AT_ONCE).map((one) => read(deps, one)));
    const away = whyAway([...reads, ...some]);
    if (away) return { reads, away };
    reads.push(...some);
  }
  return { reads };
}

/** The inventory is away when none of the Shoots could be read. While it answers for one, the fault is with the others. */
function whyAway(reads: readonly Read[]): Failed | undefined {
  const failed = reads.filter((one) => 'error' in one);
  const isAway = failed.every(
    ({ error }) => error instanceof UnavailableError && !(error instanceof UnreadableError),
  );
  return isAway && failed.length === reads.length ? failed[0] : undefined;
}

async function read({ shoots }: LookDependencies, one: ToLookAt): Promise<Read> {
  try {
    const shoot = await shoots.find(one.shootName, AbortSignal.timeout(LOOK_MS));
    return { one, health: verdictOfLook(shoot, one.runtimeID) };
  } catch (error) {
    // An answer that is not understood would end the orchestration otherwise.
    if (error instanceof FinalError || error instanceof UnavailableError) return { one, error };
    throw error;
  }
}

/** Nothing is uncertain on the last look, nor where somebody has forgiven it already. */
function looked(read: Read, isLast: boolean): Looked {
  const { id, isForgiven } = read.one;
  const state: ShootHealth =
    'error' in read
      ? { is: 'changing', said: `its Shoot can't be read: ${read.error.message}` }
      : read.health;
  if (state.is === 'healthy') return { id };
  const isUnhealthy = state.is === 'unhealthy' || isLast || isForgiven;
  return isUnhealthy ? { id, unhealthy: state.said } : { id, uncertain: state.said };
}

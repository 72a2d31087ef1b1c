/** The look at the runtimes of a wave that has soaked, part by part. */
import { log } from '@temporalio/activity';
import { FinalError, UnavailableError } from '../../../domain/errors.ts';
import { verdictOfLook } from '../../../domain/upgrades/upgrade-checks.ts';
import type { SeenWave } from '../../../db/repositories/upgrades/control-repository.ts';
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

/**
 * Reads a part of the Shoots that come next, and notes what is wrong with each: `more` when it got on, `away` when the inventory does not answer,
 * which judges nothing. May run twice: the second one finds that the wave has moved on.
 */
export async function lookAtPart(
  deps: LookDependencies,
  id: string,
  wave: SeenWave & { lookedTo: number | null },
): Promise<'more' | 'away'> {
  const { control } = deps.repositories;
  const next = await control.listToLookAt(id, wave, MOST_LOOKS);
  const end = deps.clock() + PART_MS;
  const looks: { id: string; said: string | null }[] = [];
  let isAway = false;
  for (let at = 0; at < next.length && deps.clock() < end && !isAway; at += AT_ONCE) {
    try {
      looks.push(...(await Promise.all(next.slice(at, at + AT_ONCE).map((one) => lookAt(deps, one)))));
    } catch (error) {
      // An answer that is not understood would end the orchestration otherwise.
      const isInventorys = error instanceof FinalError || error instanceof UnavailableError;
      if (!isInventorys) throw error;
      log.warn('A wave is looked at again later', { orchestrationID: id, error });
      isAway = true;
    }
  }
  const last = next[looks.length - 1];
  if (last) await control.recordLooks(id, wave, { upTo: last.position, looks }, nowOf(deps));
  return isAway ? 'away' : 'more';
}

async function lookAt(
  { shoots }: LookDependencies,
  { id, shootName, runtimeID }: { id: string; shootName: string; runtimeID: string },
): Promise<{ id: string; said: string | null }> {
  const shoot = await shoots.find(shootName, AbortSignal.timeout(LOOK_MS));
  return { id, said: verdictOfLook(shoot, runtimeID) ?? null };
}

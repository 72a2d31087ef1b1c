/** Orchestrations as they are while everything is paused: the reason stands in no row of theirs. */
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { Repositories } from '../../../../db/repositories/repository-types.ts';
import type { Pause } from '../../../../domain/upgrades/rollout-control.ts';
import { isFinalOrchestrationState } from '../../../../domain/upgrades/states.ts';

/** Adds the pause of everything, read with one statement, to those that neither end nor have ended. */
export async function withPauseOfAll<R extends Pick<OrchestrationRow, 'state' | 'pauses'>>(
  { repositories }: { repositories: Pick<Repositories, 'queue'> },
  rows: readonly R[],
): Promise<R[]> {
  if (!rows.some(isPausable)) return [...rows];
  return pausedWith(await repositories.queue.pause(), rows);
}

/** The same with a pause that was read. */
export function pausedWith<R extends Pick<OrchestrationRow, 'state' | 'pauses'>>(
  pause: Pause | undefined,
  rows: readonly R[],
): R[] {
  return rows.map((row) => (pause && isPausable(row) ? { ...row, pauses: [...row.pauses, pause] } : row));
}

function isPausable({ state }: Pick<OrchestrationRow, 'state'>): boolean {
  return state !== 'canceling' && !isFinalOrchestrationState(state);
}

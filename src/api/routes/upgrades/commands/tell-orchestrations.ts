import type { Revisions } from '../../../../db/repositories/upgrades/control-repository.ts';
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import { UnavailableError } from '../../../../domain/errors.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { READ_LIMIT_MS, withinDatabaseLimit, withinStartLimit } from '../../../time-limit.ts';

/** Orchestrations under way: one in a lane. The reconciler tells others, and nothing begins before that. */
const MOST_TOLD = 30;

/** Its workflow has not read what is wanted of it, and no word of that is on its way to it. */
export function isUntold({ revision, observedRevision, toldRevision }: OrchestrationRow): boolean {
  return revision > observedRevision && toldRevision <= observedRevision;
}

/**
 * Lets the workflow of an orchestration read what is wanted of it, when it is untold. If this fails, the reconciler does so within minutes;
 * nothing begins meanwhile that must not.
 */
export async function tellOrchestration(
  c: ApiContext,
  deps: AppDependencies,
  row: OrchestrationRow,
): Promise<void> {
  const { id, state, revision } = row;
  // A pending one reads its row at its turn, which may be days from now: until then each word would stay in its history.
  if (state === 'pending' || !isUntold(row)) return;
  try {
    await tell(deps, id, { revision });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error, orchestrationID: id, state }, 'the orchestration is told later');
  }
}

/** Lets orchestrations that are under way look what has changed for all of them, likewise. */
export async function tellOrchestrations(c: ApiContext, deps: AppDependencies, what: string): Promise<void> {
  try {
    const untold = await withinDatabaseLimit(deps.repositories.control.listUntold(MOST_TOLD), READ_LIMIT_MS);
    for (const { id, ...revisions } of untold) await tell(deps, id, revisions);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error }, `orchestrations are told of ${what} later`);
  }
}

/** Noted after it was said: a process that dies in between says it once more. Throws UnavailableError. */
async function tell(deps: AppDependencies, id: string, of: Partial<Revisions>): Promise<void> {
  await withinStartLimit(deps.orchestrations.look(id));
  await withinDatabaseLimit(deps.repositories.control.told(id, of));
}

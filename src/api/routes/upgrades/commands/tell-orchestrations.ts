import { UnavailableError } from '../../../../domain/errors.ts';
import type { ApiContext, AppDependencies } from '../../../api-dependencies.ts';
import { READ_LIMIT_MS, withinDatabaseLimit, withinStartLimit } from '../../../time-limit.ts';

/** Orchestrations under way: one in a lane. The reconciler tells others, and nothing begins before that. */
const MOST_TOLD = 30;

/**
 * Lets orchestrations that are under way look what has changed for all of them. If this fails, the reconciler does so within minutes; nothing begins
 * meanwhile that must not.
 */
export async function tellOrchestrations(c: ApiContext, deps: AppDependencies, what: string): Promise<void> {
  try {
    const { control } = deps.repositories;
    const ids = await withinDatabaseLimit(control.listUnobserved('', MOST_TOLD), READ_LIMIT_MS);
    for (const id of ids) await withinStartLimit(deps.orchestrations.look(id));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    c.var.logger.warn({ err: error }, `orchestrations are told of ${what} later`);
  }
}

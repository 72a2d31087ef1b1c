import { UnavailableError } from '../../domain/errors.ts';
import type { OrchestrationParameters } from '../../domain/upgrades/orchestration-parameters.ts';
import type { ActivityDependencies } from '../activity-dependencies.ts';

const KEPT = 16;

/** The parameters of an orchestration never change: asked for once, and kept for the last few orchestrations. */
export function parametersCache(
  deps: Pick<ActivityDependencies, 'repositories'>,
): (orchestrationID: string) => Promise<OrchestrationParameters> {
  const kept = new Map<string, OrchestrationParameters>();
  return async (orchestrationID) => {
    const known = kept.get(orchestrationID);
    if (known) return known;
    const row = await deps.repositories.orchestrations.find(orchestrationID);
    if (!row) {
      throw new UnavailableError('database', `There is no row for orchestration ${orchestrationID} yet`);
    }
    if (kept.size >= KEPT) kept.clear();
    kept.set(orchestrationID, row.parameters);
    return row.parameters;
  };
}

import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { withPauseOfAll } from '../queue/paused-rows.ts';
import { unknownID } from '../../../middleware/problem-details.ts';

/** Throws ProblemError not-found. */
export async function findOrchestration(
  { repositories }: Pick<AppDependencies, 'repositories'>,
  id: string,
): Promise<OrchestrationRow> {
  const row = await repositories.orchestrations.find(id);
  if (row) return row;
  throw unknownID();
}

/** As it is answered: with the pause of everything among its pauses. Throws ProblemError not-found. */
export async function findWithPauseOfAll(
  deps: Pick<AppDependencies, 'repositories'>,
  id: string,
): Promise<OrchestrationRow> {
  const found = await findOrchestration(deps, id);
  const [row = found] = await withPauseOfAll(deps, [found]);
  return row;
}

import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
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

/** Which orchestration a path means: its row, or what the engine alone knows of it. */
import type { OrchestrationRow } from '../../../../db/repositories/upgrades/orchestration-repositories.ts';
import type { OrchestrationRequest } from '../../../../workflows/contract/upgrades.ts';
import type { AppDependencies } from '../../../api-dependencies.ts';
import { unknownID } from '../../../middleware/problem-details.ts';

export type Found =
  | { kind: 'row'; row: OrchestrationRow }
  /** Accepted by the engine; its row is yet to be written. */
  | { kind: 'unwritten'; request: OrchestrationRequest };

/** The request that the orchestration was started with, from wherever it is known. */
export function requestOf(found: Found): OrchestrationRequest {
  if (found.kind === 'unwritten') return found.request;
  const { id, type, parameters, createdAt, createdBy, idempotencyKey, requestHash } = found.row;
  return {
    orchestrationID: id,
    type,
    parameters,
    createdAt,
    createdBy,
    idempotencyKey: idempotencyKey ?? undefined,
    requestHash: requestHash ?? undefined,
  };
}

type Sources = Pick<AppDependencies, 'repositories' | 'orchestrations'>;

/** Asks the engine before it says that there is none: ProblemError not-found. */
export async function findOrchestration(deps: Sources, id: string): Promise<Found> {
  const row = await deps.repositories.orchestrations.find(id);
  if (row) return { kind: 'row', row };
  const described = await deps.orchestrations.describe(id);
  if (described) return { kind: 'unwritten', request: described.request };
  throw unknownID();
}

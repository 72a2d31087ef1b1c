import type { Database } from '../../connection.ts';
import { createFleetCounts } from './fleet-counts.ts';
import type { FleetRepository } from './fleet-repository.ts';
import { createFleetWriting } from './fleet-writing.ts';
import { createRuntimeLists } from './runtime-lists.ts';

export function createFleetRepository(database: Database): FleetRepository {
  return {
    ...createFleetWriting(database),
    ...createRuntimeLists(database),
    ...createFleetCounts(database),
  };
}

/** The one way to the tables. */
import { sql } from 'drizzle-orm';
import type { Database } from '../connection.ts';
import { createBackupRepository } from './backups.ts';
import { createEventRepository } from './events.ts';
import { createOperationChanges } from './operation-changes.ts';
import { createOperationReads } from './operation-reads.ts';
import { createOrchestrationRepository } from './orchestrations.ts';
import { createStackObjectRepository } from './stack-objects.ts';
import { createStackRepository } from './stacks.ts';
import type { Repositories } from './types.ts';

export type * from './types.ts';
export type * from './stack-types.ts';

/** Repositories over one pool of connections. */
export function createRepositories(database: Database): Repositories {
  return {
    orchestrations: createOrchestrationRepository(database),
    operations: { ...createOperationReads(database), ...createOperationChanges(database) },
    events: createEventRepository(database),
    stacks: createStackRepository(database),
    stackObjects: createStackObjectRepository(database),
    backups: createBackupRepository(database),
    ping: () => database.run(async (db) => void (await db.execute(sql`select 1`)), 5_000),
  };
}

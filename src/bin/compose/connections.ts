import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { retriesUntilClosed } from '../../clients/grpc-retries.ts';
import { isNotFound } from '../../clients/grpc-status.ts';
import type { TemporalConnection } from '../../config/index.ts';
import { openDatabase, type Database } from '../../db/connection.ts';
import { createChangeLogRepository } from '../../db/repositories/event-stream/change-log.ts';
import { migrate } from '../../db/run-migrations.ts';

/** A client for the namespace. Throws one clear sentence when Temporal does not answer or has no such namespace. */
export async function connectTemporal(
  connection: TemporalConnection,
  namespace: string,
  workflow: WorkflowClientInterceptor[] = [],
): Promise<Client> {
  let connected: Connection;
  try {
    connected = await Connection.connect({
      ...connection,
      connectTimeout: '5s',
      interceptors: [retriesUntilClosed()],
    });
  } catch (error) {
    throw new Error(
      `Temporal at ${connection.address} does not answer (${reasonOf(error)}): see that it runs, or correct ` +
        'TEMPORAL_ADDRESS and the other TEMPORAL_ settings.',
      { cause: error },
    );
  }
  try {
    await connected.withDeadline(Date.now() + 10_000, () =>
      connected.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    await connected.close();
    throw new Error(
      isNotFound(error)
        ? `Temporal at ${connection.address} has no namespace ${namespace}: create it, or correct TEMPORAL_NAMESPACE.`
        : `Temporal at ${connection.address} does not let us into the namespace ${namespace} (${reasonOf(error)}).`,
      { cause: error },
    );
  }
  return new Client({ connection: connected, namespace, interceptors: { workflow } });
}

/**
 * A pool for the database. Throws one clear sentence when it does not answer or was never migrated. `onUntold` hears why other processes could not be
 * told of something that was logged.
 */
export async function connectDatabase(
  url: string,
  applicationName: string,
  onUntold?: (error: unknown) => void,
): Promise<Database> {
  const database = openDatabase(url, { applicationName, onUntold });
  try {
    await database.run((db) => db.execute('select 1 from orchestrations limit 1'), 10_000);
  } catch (error) {
    await database.close();
    const unmigrated = error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE;
    throw unmigrated
      ? new Error(`The database at ${hostOf(url)} has no tables yet: run \`npm run migrate\` first.`)
      : databaseAway(url, error);
  }
  return database;
}

const UNDEFINED_TABLE = '42P01';

/** Changes of each log that one statement puts first. */
const ADOPTED_AT_ONCE = 10_000;

/** Brings the tables up to date. Throws one clear sentence when the database does not answer. */
export async function migrateDatabase(url: string): Promise<void> {
  try {
    await migrate(url);
    await adoptChanges(url);
  } catch (error) {
    throw databaseAway(url, error);
  }
}

/** After a restore into another cluster, every event may have to be put first: the first reader of the event stream would wait for that. */
async function adoptChanges(url: string): Promise<void> {
  const database = openDatabase(url, { max: 1, applicationName: 'drydock migrate' });
  try {
    const changes = createChangeLogRepository(database);
    while ((await changes.adopt(ADOPTED_AT_ONCE)) > 0);
  } finally {
    await database.close();
  }
}

function databaseAway(url: string, error: unknown): Error {
  return new Error(
    `The database at ${hostOf(url)} does not answer as it must (${reasonOf(error)}): see that it runs, or correct DATABASE_URL.`,
    { cause: error },
  );
}

/** Host, port and database alone: the URL holds a password. */
function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The innermost message says most: wrappers repeat the statement or say "failed to connect". */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError) inner = inner.errors[0];
  const text = inner instanceof Error ? inner.message : String(inner);
  return text.replace(/\s+/g, ' ').slice(0, 200);
}

import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase } from './environment.ts';

/** The repositories of a database of its own, closed at the end of the test file. */
export async function freshRepositories(): Promise<Repositories> {
  const database = openDatabase((await createDatabase()).url);
  atEndOfFile(() => database.close());
  return createRepositories(database);
}

import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase } from './environment.ts';

/** The repositories of a database of its own, closed at the end of the test file, or of the test with `atEndOfTest`. */
export async function freshRepositories(atEnd = atEndOfFile): Promise<Repositories> {
  const database = openDatabase((await createDatabase()).url);
  atEnd(() => database.close());
  return createRepositories(database);
}

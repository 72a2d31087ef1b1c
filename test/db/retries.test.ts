import { beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/connection.ts';
import { createRepositories, type Repositories } from '../../src/db/repositories/index.ts';
import { atEndOfFile, createDatabase } from '../support/environment.ts';
import { aPlan, AT, FIRST } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  const { url } = await createDatabase();
  const database = openDatabase(url);
  atEndOfFile(() => database.close());
  repositories = createRepositories(database);
});

const change = { actor: 'alice', reason: 'Retry requested', now: AT };
const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;

it('finds the operations that a retry request has set to another attempt, in order, by the beginning of its ID', async () => {
  const { operations } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 4);
  const [first = '', second = '', third = ''] = operationIDs;
  for (const operationID of operationIDs) await operations.fail(operationID, FIRST, failure, AT);
  await operations.retry(id, [third, first], 'key-1:hash', change);
  await operations.retry(id, [second], 'key-2:hash', change);
  expect(await operations.findRetried(id, 'key-1')).toEqual([
    { operationID: first, requestID: 'key-1:hash' },
    { operationID: third, requestID: 'key-1:hash' },
  ]);
  expect(await operations.findRetried(id, 'ey-1')).toEqual([]);
  expect(await operations.findRetried(id, 'key_1')).toEqual([]);
  const other = await aPlan(repositories, 1);
  expect(await operations.findRetried(other.id, 'key-1')).toEqual([]);
});

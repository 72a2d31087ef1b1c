import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { Repositories } from '../../src/db/repositories/index.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, AT } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const change = { actor: 'alice', reason: 'Retry requested', now: AT };
const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;

it('applies a retry that was asked for under a key once, also after its operations were retried under another one', async () => {
  const { operations, retryRequests } = repositories;
  const { id, operationIDs } = await aPlan(repositories, 1);
  const [operationID = ''] = operationIDs;
  const [first, second] = [randomUUID(), randomUUID()];
  for (const requestID of [first, second]) {
    await retryRequests.record({ ...aRetry(id, operationIDs), id: requestID });
  }
  for (const [place, requestID] of [first, second].entries()) {
    await operations.fail(operationID, { attempt: place + 1, dispatch: place + 1 }, failure, AT);
    expect(await operations.retry(id, operationIDs, requestID, change)).toBe(1);
    expect(await retryRequests.find(requestID)).toMatchObject({ appliedAt: AT });
  }
  await operations.fail(operationID, { attempt: 3, dispatch: 3 }, failure, AT);
  expect(await operations.retry(id, operationIDs, first, change)).toBe(0);
  expect(await operations.find(id, operationID)).toMatchObject({ state: 'failed', attempt: 3 });
});

it('keeps the first retry request under an ID', async () => {
  const { id, operationIDs } = await aPlan(repositories, 2);
  const request = aRetry(id, operationIDs);
  const row = await repositories.retryRequests.record(request);
  expect(row).toEqual({ ...request, appliedAt: null });
  expect(
    await repositories.retryRequests.record({ ...request, requestHash: 'another', retried: [] }),
  ).toEqual(row);
  expect(await repositories.retryRequests.find('no UUID')).toBeUndefined();
});

function aRetry(orchestrationID: string, retried: string[]) {
  return { id: randomUUID(), orchestrationID, requestHash: 'hash', retried, old: [], createdAt: AT };
}

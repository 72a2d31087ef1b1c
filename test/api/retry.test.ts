import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrchestrationState } from '../../src/domain/states.ts';
import { aPlan, aRequest, aRuntime, AT, planned } from '../support/rows.ts';
import { ApiRig, SUBJECT, type Answer } from './api-rig.ts';

const CHANGE = { actor: 'drydock', reason: 'for the test', now: AT };

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(() => {
  rig.gateway.retries.length = 0;
});

async function fail(operationID: string): Promise<void> {
  const failure = { code: 'UPGRADE_FAILED', message: 'for the test' } as const;
  await rig.repositories.operations.fail(operationID, 1, failure, AT);
}

/** Three operations: the first two have failed, the third has succeeded. */
async function given(
  state: 'failed' | 'in progress' = 'failed',
): Promise<{ id: string; operations: string[] }> {
  const { id, operationIDs } = await aPlan(rig.repositories, 3);
  const [first = '', second = '', third = ''] = operationIDs;
  await fail(first);
  await fail(second);
  await rig.repositories.operations.claim(third, 1, AT);
  await rig.repositories.operations.finish(third, 1, { state: 'succeeded', description: 'done' }, AT);
  if (state === 'failed') await rig.repositories.orchestrations.transition(id, 'failed', CHANGE);
  return { id, operations: operationIDs };
}

async function retry(
  id: string,
  operations: string[] = [],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(
    operations.map((operation): [string, string] => ['operation-id', operation]),
  ).toString();
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return await rig.call('POST', `/orchestrations/${id}/retry`, { body, headers: { ...type, ...headers } });
}

const sorted = (ids: unknown): unknown => (Array.isArray(ids) ? [...(ids as string[])].sort() : ids);

describe.each(['failed', 'in progress'] as const)('an orchestration that is %s', (state) => {
  it('retries all failed operations when none is named', async () => {
    const { id, operations } = await given(state);
    const answer = await retry(id);
    expect(answer.status).toBe(202);
    const body = answer.body as Record<string, unknown>;
    expect({ ...body, retryOperations: sorted(body['retryOperations']) }).toEqual({
      orchestrationID: id,
      retryOperations: operations.slice(0, 2).sort(),
      oldOperations: null,
      invalidOperations: null,
      msg: 'Queued 2 operations for another attempt',
    });
    expect(rig.gateway.retries).toEqual([
      { id, retry: { requestID: expect.any(String) as string, operationIDs: null, requestedBy: SUBJECT } },
    ]);
  });

  it('retries those that are named, and sorts out the rest', async () => {
    const { id, operations } = await given(state);
    const [first = '', , third = ''] = operations;
    const strange = randomUUID();
    const { body } = await retry(id, [first.toUpperCase(), first, third, strange, 'no-uuid', '']);
    const answer = body as Record<string, unknown>;
    expect(answer).toMatchObject({ retryOperations: [first], oldOperations: null });
    expect(sorted(answer['invalidOperations'])).toEqual([third, strange, 'no-uuid', ''].sort());
    expect(rig.gateway.retries).toMatchObject([{ id, retry: { operationIDs: [first] } }]);
  });

  it('starts nothing when there is nothing to retry', async () => {
    const { id, operations } = await given(state);
    const answer = await retry(id, operations.slice(2));
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      orchestrationID: id,
      retryOperations: null,
      oldOperations: null,
      invalidOperations: operations.slice(2),
      msg: 'There is nothing to retry',
    });
    expect(rig.gateway.retries).toEqual([]);
  });
});

it('leaves out an operation whose runtime has a newer one', async () => {
  const runtime = aRuntime();
  const ids: string[] = [];
  for (const now of ['2026-01-02T00:00:00.000000Z', '2026-01-03T00:00:00.000000Z']) {
    const request = aRequest({ createdAt: now });
    const operation = planned(0, runtime);
    const { orchestrationID: id, type } = request;
    await rig.repositories.orchestrations.record(request);
    await rig.repositories.orchestrations.transition(id, 'in progress', CHANGE);
    await rig.repositories.operations.plan({ id, type, dryRun: false }, [operation], now);
    await fail(operation.operationID);
    await rig.repositories.orchestrations.transition(id, 'failed', CHANGE);
    ids.push(id, operation.operationID);
  }
  const [id = '', operationID = ''] = ids;
  expect((await retry(id)).body).toMatchObject({ retryOperations: null, oldOperations: [operationID] });
});

it.each<[OrchestrationState, OrchestrationState[], RegExp]>([
  ['pending', [], /not begun/],
  ['canceling', ['canceling'], /create a new one/],
  ['canceled', ['canceled'], /create a new one/],
  ['succeeded', ['in progress', 'succeeded'], /nothing to retry/],
])('answers 409 to a retry of one that is %s', async (_state, states, detail) => {
  const request = aRequest();
  await rig.repositories.orchestrations.record(request);
  for (const state of states)
    await rig.repositories.orchestrations.transition(request.orchestrationID, state, CHANGE);
  const answer = await retry(request.orchestrationID);
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({ detail: expect.stringMatching(detail) as string });
  expect(rig.gateway.retries).toEqual([]);
});

it('answers 409 for one that only the engine knows yet', async () => {
  const request = aRequest();
  rig.gateway.remember(request);
  expect((await retry(request.orchestrationID)).status).toBe(409);
});

it('makes the same retry of requests with the same key', async () => {
  const { id } = await given();
  const key = { 'Idempotency-Key': 'again' };
  await retry(id, [], key);
  await retry(id, [], key);
  await retry(id);
  const [first, second, third] = rig.gateway.retries.map(({ retry: { requestID } }) => requestID);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

it('answers 503 while the engine is away', async () => {
  const { id } = await given();
  rig.gateway.away = true;
  const answer = await retry(id);
  rig.gateway.away = false;
  expect(answer.status).toBe(503);
});

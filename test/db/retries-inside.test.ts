import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OperationRow, Repositories } from '../../src/db/repositories/index.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, EXECUTION, FIRST, placed, retried } from '../support/rows.ts';

const LATER = '2026-01-02T04:00:00.000000Z';
const MENDABLE = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;
const WINDOW = {
  begin: '2026-01-02T05:00:00.000000Z',
  latestStart: '2026-01-02T06:00:00.000000Z',
  end: '2026-01-02T06:00:00.000000Z',
};
const change = { actor: 'alice', reason: 'why', now: LATER };

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

/** An operation in progress of an orchestration that tries three times, an hour after each failure. */
async function executing(): Promise<{ id: string; operationID: string; find: () => Promise<OperationRow> }> {
  const { parameters, ...request } = aRequest();
  const strategy = { ...parameters.strategy, retryPolicy: { attempts: 3, backoffMinutes: 60 } };
  const { id, operationIDs } = await aPlan(repositories, 1, {
    ...request,
    parameters: { ...parameters, strategy },
  });
  const [operationID = ''] = operationIDs;
  await repositories.operations.claim(operationID, EXECUTION, AT);
  const find = async (): Promise<OperationRow> => {
    const row = await repositories.operations.find(id, operationID);
    if (!row) throw new Error('There is no such row');
    return row;
  };
  return { id, operationID, find };
}

describe('an operation that fails and may be tried again', () => {
  it('waits for its next attempt, with nothing of the last one but what the Provisioner was given', async () => {
    const { id, operationID, find } = await executing();
    const { operations, control } = repositories;
    const row = await find();
    await operations.recordRequest(operationID, row, { config: {}, baselineOperationID: 'base' });
    await operations.recordAccepted(operationID, 1, {
      provisionerOperationID: 'ours',
      description: 'under way',
      now: AT,
    });
    await operations.recordUpgraded(operationID, row, 'done', AT);
    const failed = await operations.fail(operationID, FIRST, MENDABLE, LATER);
    expect(failed).toEqual(await find());
    expect(failed).toMatchObject({
      state: 'retrying',
      attempt: 2,
      firstAttempt: 1,
      dispatch: 2,
      claim: null,
      notBefore: '2026-01-02T05:00:00.000000Z',
      busySince: null,
      failureCode: null,
      config: null,
      baselineOperationID: null,
      provisionerOperationID: null,
      earlierOperationID: 'ours',
      upgradedAt: null,
      startedAt: null,
      finishedAt: null,
      description: 'Waits with attempt 2 of 3 until 2026-01-02T05:00Z: it broke',
    });
    expect(await control.countFailures(id)).toBe(0);
    // Told once more, it changes nothing.
    expect(await operations.fail(operationID, FIRST, MENDABLE, LATER)).toEqual(failed);
    const query = { limit: 10, dueBy: LATER, wave: 0 };
    expect(await operations.readPlan(id, { ...query, now: LATER })).toEqual({
      items: [],
      nextNotBefore: '2026-01-02T05:00:00.000000Z',
    });
    const { items } = await operations.readPlan(id, { ...query, now: '2026-01-02T05:00:00.000000Z' });
    expect(items).toHaveLength(1);
  });

  it('fails for good after its last attempt, after what nothing mends, and in an orchestration that is canceled', async () => {
    const { operations, orchestrations } = repositories;
    const tried = await executing();
    for (const attempt of [1, 2, 3]) {
      const by = { attempt, dispatch: attempt, claim: 'x' };
      await operations.claim(tried.operationID, by, AT);
      await operations.fail(tried.operationID, { attempt, dispatch: attempt }, MENDABLE, LATER);
    }
    expect(await tried.find()).toMatchObject({ state: 'failed', attempt: 3, failureCode: 'UPGRADE_FAILED' });
    const refused = await executing();
    await operations.fail(refused.operationID, FIRST, { code: 'PROVISIONER_REFUSED', message: 'no' }, LATER);
    expect(await refused.find()).toMatchObject({ state: 'failed', attempt: 1 });
    const canceled = await executing();
    await orchestrations.transition(canceled.id, 'canceling', change);
    await operations.fail(canceled.operationID, FIRST, MENDABLE, LATER);
    expect(await canceled.find()).toMatchObject({ state: 'failed', attempt: 1 });
  });

  it('goes on waiting when it gets another window or is given back, and no longer when somebody asks for a retry', async () => {
    const { operations } = repositories;
    const { id, operationID, find } = await executing();
    await operations.fail(operationID, FIRST, MENDABLE, LATER);
    const { notBefore } = await find();
    expect(await operations.reschedule(operationID, await find(), placed(WINDOW), change)).toBe(true);
    expect(await find()).toMatchObject({ notBefore, windowBegin: WINDOW.begin });
    await operations.giveBack(operationID, await find());
    expect(await find()).toMatchObject({ notBefore });
    const requestID = randomUUID();
    expect(await retried(repositories, id, null, requestID)).toEqual({ retried: [operationID], old: [] });
    // It had not failed: nothing is tried once more.
    expect(await find()).toMatchObject({
      state: 'retrying',
      attempt: 2,
      firstAttempt: 1,
      notBefore: null,
      retryRequestID: requestID,
    });
    expect(await retried(repositories, id)).toEqual({ retried: [], old: [] });
  });

  it('has as many tries again after a retry that somebody has asked for', async () => {
    const { operations } = repositories;
    const { id, operationID, find } = await executing();
    await operations.fail(operationID, FIRST, { code: 'OPERATION_UNKNOWN', message: 'no' }, LATER);
    expect((await retried(repositories, id)).retried).toEqual([operationID]);
    expect(await find()).toMatchObject({ attempt: 2, firstAttempt: 2 });
    await operations.claim(operationID, { attempt: 2, dispatch: 2, claim: 'x' }, AT);
    await operations.fail(operationID, { attempt: 2, dispatch: 2 }, MENDABLE, LATER);
    expect((await find()).description).toMatch(/^Waits with attempt 2 of 3 /);
  });
});

it('that no window is left for is a failure once something of it was begun, and so is an unhealthy runtime that needed nothing', async () => {
  const { operations, control } = repositories;
  const { id, operationID, find } = await executing();
  const accepted = { provisionerOperationID: 'ours', description: 'under way', now: AT };
  await operations.recordRequest(operationID, await find(), { config: {}, baselineOperationID: '' });
  await operations.recordAccepted(operationID, 1, accepted);
  await operations.fail(operationID, FIRST, MENDABLE, LATER);
  const row = await find();
  const replacement = { kind: 'ends', reason: 'no window in time' } as const;
  expect(
    await operations.roll({ rows: [{ row, replacement }], version: 0 }, { actor: 'a', now: LATER }),
  ).toBe(1);
  expect(await find()).toMatchObject({ state: 'failed', failureCode: 'WINDOW_NOT_REACHED' });
  expect(await control.countFailures(id)).toBe(1);

  const there = await executing();
  for (const attempt of [1, 2, 3]) {
    await operations.claim(there.operationID, { attempt, dispatch: attempt, claim: 'x' }, AT);
    const seen = { attempt, dispatch: attempt };
    await operations.fail(there.operationID, seen, { code: 'HEALTH_CHECK_FAILED', message: 'no' }, LATER);
  }
  expect(await there.find()).toMatchObject({ state: 'failed', earlierOperationID: null });
  expect(await control.countFailures(there.id)).toBe(1);
});

it('is not tried again while nobody knows whether its request has arrived', async () => {
  const { operations } = repositories;
  const { operationID, find } = await executing();
  await operations.recordRequest(operationID, await find(), { config: {}, baselineOperationID: '' });
  await operations.fail(operationID, FIRST, { code: 'OPERATION_TIMEOUT', message: 'late' }, LATER);
  expect(await find()).toMatchObject({ state: 'failed', attempt: 1 });
});

describe('a refusal by the check before', () => {
  const refusal = { code: 'NOT_ELIGIBLE', message: 'Not upgraded: it sleeps' } as const;

  it('cancels what executes, once, and says why', async () => {
    const { operationID, find } = await executing();
    const row = await find();
    expect(await repositories.operations.refuse(operationID, row, refusal, LATER)).toBe(true);
    expect(await find()).toMatchObject({ state: 'canceled', failureCode: 'NOT_ELIGIBLE', finishedAt: LATER });
    expect(await repositories.operations.refuse(operationID, row, refusal, LATER)).toBe(false);
  });

  it('changes nothing once something may have been sent, or another execution has claimed it', async () => {
    const { operations } = repositories;
    const { operationID, find } = await executing();
    const row = await find();
    await operations.claim(operationID, { ...FIRST, claim: 'another' }, AT);
    expect(await operations.refuse(operationID, row, refusal, LATER)).toBe(false);
    const taken = await find();
    await operations.recordRequest(operationID, taken, { config: {}, baselineOperationID: '' });
    expect(await operations.refuse(operationID, taken, refusal, LATER)).toBe(false);
    expect(await find()).toMatchObject({ state: 'in progress' });
  });
});

it('the instant at which an upgrade was over is kept once, by the execution that has claimed it', async () => {
  const { operations } = repositories;
  const { operationID, find } = await executing();
  const row = await find();
  expect(await operations.recordUpgraded(operationID, row, 'done', AT)).toMatchObject({ upgradedAt: AT });
  expect(await operations.recordUpgraded(operationID, row, 'again', LATER)).toMatchObject({ upgradedAt: AT });
  const other = await executing();
  const seen = await other.find();
  await operations.claim(other.operationID, { ...FIRST, claim: 'another' }, AT);
  expect(await operations.recordUpgraded(other.operationID, seen, 'done', AT)).toMatchObject({
    upgradedAt: null,
  });
});

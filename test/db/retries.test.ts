import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OrchestrationRow, Repositories } from '../../src/db/repositories/index.ts';
import { HORIZON_MS } from '../../src/domain/upgrades/placement.ts';
import { freshRepositories } from '../support/repositories.ts';
import { aPlan, aRequest, AT, BY_NO_POLICY, FIRST, retried } from '../support/rows.ts';

let repositories: Repositories;

beforeAll(async () => {
  repositories = await freshRepositories();
});

const LATER = '2026-01-03T00:00:00.000000Z';
const change = { actor: 'drydock', reason: 'for the test', now: AT };
const failure = { code: 'UPGRADE_FAILED', message: 'it broke' } as const;

async function row(id: string): Promise<OrchestrationRow> {
  const found = await repositories.orchestrations.find(id);
  if (!found) throw new Error(`There is no orchestration ${id}`);
  return found;
}

/** All of its operations have failed, and it with them unless it is in progress. */
async function failed(count: number, state: 'failed' | 'in progress' = 'failed') {
  const { id, operationIDs } = await aPlan(repositories, count);
  await repositories.orchestrations.begun(aRequest({ orchestrationID: id }));
  for (const operationID of operationIDs) await repositories.operations.fail(operationID, FIRST, failure, AT);
  if (state === 'failed') await repositories.orchestrations.close(id, 'failed', change);
  return { id, operationIDs };
}

const ask = (orchestrationID: string, changes: object = {}) =>
  repositories.retries.retry(
    { orchestrationID, operationIDs: null, requestID: randomUUID(), requestedBy: 'alice', ...changes },
    LATER,
  );

describe('a retry', () => {
  it('of a failed orchestration sends it into the line again, to be started by whoever comes by', async () => {
    const { id, operationIDs } = await failed(2);
    const { revision } = await row(id);
    expect(await ask(id)).toMatchObject({ kind: 'done', retried: operationIDs, old: [] });
    expect(await row(id)).toMatchObject({
      state: 'retrying',
      description: 'queued for processing',
      ...{ lookAt: LATER, queuedAt: LATER, rank: 0, finishedAt: null, revision: revision + 1 },
    });
    const { rows } = await repositories.events.list(id, {}, { page: 1, pageSize: 100 });
    expect(rows.slice(-3).map(({ actor, toState, reason }) => [actor, toState, reason])).toEqual(
      Array.from({ length: 3 }, () => ['alice', 'retrying', 'Retry requested']),
    );
  });

  it('of one in progress leaves it its turn, and its workflow is to be told', async () => {
    const { id } = await failed(1, 'in progress');
    const { revision, queuedAt } = await row(id);
    expect(await ask(id)).toMatchObject({ kind: 'done' });
    expect(await row(id)).toMatchObject({
      ...{ state: 'in progress', queuedAt, lookAt: LATER, revision: revision + 1 },
    });
    expect(await repositories.control.listUnobserved('', 1_000)).toContain(id);
  });

  it('is told until somebody has read the row as it is since then', async () => {
    const { id } = await failed(1, 'in progress');
    const pause = { command: 'pause', by: 'alice', reason: '' } as const;
    const { revision = 0 } = (await repositories.control.command(id, pause, AT))?.row ?? {};
    await retried(repositories, id);
    const observed = (seen: number) =>
      repositories.control.observed(id, { revision: seen, queueRevision: 0 });
    await observed(revision);
    expect(await row(id)).toMatchObject({ lookAt: AT, observedRevision: revision });
    await observed(revision + 1);
    expect(await row(id)).toMatchObject({ lookAt: null, observedRevision: revision + 1 });
  });

  it('gives what has run out of windows time to find some', async () => {
    const { id } = await failed(1);
    const { windowsUntil } = BY_NO_POLICY;
    await ask(id);
    expect((await row(id)).windowsUntil).toBe(windowsUntil);
    const over = await failed(1);
    const at = '2100-01-02T00:00:00.000000Z';
    await retried(repositories, over.id, null, 'r', at);
    expect(Date.parse((await row(over.id)).windowsUntil ?? '') - Date.parse(at)).toBe(HORIZON_MS);
  });

  it('changes nothing where nothing has failed, is unknown, or can be retried no more', async () => {
    const { id } = await aPlan(repositories, 1);
    const before = await row(id);
    expect(await ask(id)).toEqual({ kind: 'nothing', row: before, retried: [], old: [] });
    for (const unknown of [randomUUID(), 'no UUID']) expect(await ask(unknown)).toBeUndefined();
    const canceled = await failed(1, 'in progress');
    await repositories.orchestrations.transition(canceled.id, 'canceling', change);
    expect(await ask(canceled.id)).toMatchObject({ kind: 'refused', row: { state: 'canceling' } });
    expect(await repositories.operations.stats([canceled.id])).toEqual(
      new Map([[canceled.id, { failed: 1 }]]),
    );
  });

  it('is carried out once under its ID, also after its operations were retried under another one', async () => {
    const { id, operationIDs } = await failed(1);
    const [operationID = ''] = operationIDs;
    const requests = [randomUUID(), randomUUID()].map((requestID) => ({ requestID, requestHash: requestID }));
    for (const [place, request] of requests.entries()) {
      expect(await ask(id, request)).toMatchObject({ kind: 'done', retried: operationIDs });
      const dispatch = place + 2;
      await repositories.operations.fail(operationID, { attempt: dispatch, dispatch }, failure, AT);
    }
    const before = await row(id);
    expect(await ask(id, { ...requests[0], requestHash: 'another' })).toEqual({
      ...{ kind: 'repeated', row: before, retried: operationIDs, old: [] },
      requestHash: requests[0]?.requestHash,
    });
    expect(await repositories.operations.find(id, operationID)).toMatchObject({
      state: 'failed',
      attempt: 3,
    });
  });

  it('at the same moment as others of the same is one, and the others find nothing', async () => {
    const { id, operationIDs } = await failed(3);
    const kinds = (await Promise.all(Array.from({ length: 5 }, () => ask(id)))).map((done) => done?.kind);
    expect(kinds.sort()).toEqual(['done', 'nothing', 'nothing', 'nothing', 'nothing']);
    const rows = await repositories.operations.findMany(operationIDs);
    expect(rows.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
  });
});

describe('at the same moment as a retry', () => {
  it('an orchestration is not closed: it goes on, or its end comes first', async () => {
    for (let round = 0; round < 30; round++) {
      const { id } = await failed(1, 'in progress');
      const [closed] = await Promise.all([
        repositories.orchestrations.close(id, 'failed', { ...change, description: 'it is over' }),
        ask(id),
      ]);
      const { state, lookAt } = await row(id);
      expect([state, lookAt]).toEqual([closed ? 'retrying' : 'in progress', LATER]);
    }
  });

  it('is not canceled with what is left of an orchestration by somebody who saw it before', async () => {
    const { operations, orchestrations } = repositories;
    const { id, operationIDs } = await failed(2);
    const seen = await row(id);
    const [hurried = ''] = operationIDs;
    await ask(id, { operationIDs: [hurried] });
    expect(await orchestrations.cancelLeft(id, seen, change)).toBe(0);
    // It goes on: what waits is its own, whoever has seen it as it stands.
    expect(await orchestrations.cancelLeft(id, await row(id), change)).toBe(0);
    expect(await operations.stats([id])).toEqual(new Map([[id, { retrying: 1, failed: 1 }]]));
    await orchestrations.transition(id, 'failed', change);
    expect(await orchestrations.cancelLeft(id, await row(id), change)).toBe(1);
    expect(await orchestrations.cancelLeft(id, await row(id), change)).toBe(0);
    expect(await operations.stats([id])).toEqual(new Map([[id, { canceled: 1, failed: 1 }]]));
  });

  it('an orchestration is not given up as lost by somebody who saw it before', async () => {
    const { id } = await failed(1, 'in progress');
    const seen = await row(id);
    await ask(id);
    expect(await repositories.orchestrations.lose(id, seen, change)).toBeUndefined();
    expect(await repositories.operations.stats([id])).toEqual(new Map([[id, { retrying: 1 }]]));
    expect(await repositories.orchestrations.lose(id, await row(id), change)).toBe(1);
    expect(await row(id)).toMatchObject({ state: 'failed', lookAt: null });
  });
});

it('an orchestration is not closed while one of its operations waits or executes', async () => {
  const { id, operationIDs } = await aPlan(repositories, 2);
  const [waits = '', executes = ''] = operationIDs;
  const { operations, orchestrations } = repositories;
  const close = () => orchestrations.close(id, 'failed', change);
  await operations.claim(executes, { ...FIRST, claim: 'an execution' }, AT);
  expect(await close()).toBeUndefined();
  await operations.cancelOne(waits, FIRST, change);
  expect(await close()).toBeUndefined();
  await operations.fail(executes, FIRST, failure, AT);
  expect(await close()).toMatchObject({ state: 'failed' });
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrchestrationRow } from '../../src/db/repositories/index.ts';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import { aPlan, aRequest, aRuntime, AT, EXECUTION, FIRST, planned } from '../support/rows.ts';
import { ApiRig, repositoriesAway, SUBJECT, type Answer } from './api-rig.ts';

const FAILURE = { code: 'UPGRADE_FAILED', message: 'for the test' } as const;
const CHANGE = { actor: 'drydock', reason: 'for the test', now: AT };

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(() => {
  rig.gateway.retries.length = 0;
});

async function fail(operationID: string): Promise<void> {
  await rig.repositories.operations.fail(operationID, FIRST, FAILURE, AT);
}

/** Three operations: the first two have failed, the third has succeeded. */
async function given(
  state: 'failed' | 'in progress' = 'failed',
): Promise<{ id: string; operations: string[] }> {
  const { id, operationIDs } = await aPlan(rig.repositories, 3);
  await rig.repositories.orchestrations.begun(aRequest({ orchestrationID: id }));
  const [first = '', second = '', third = ''] = operationIDs;
  await fail(first);
  await fail(second);
  await rig.repositories.operations.claim(third, EXECUTION, AT);
  await rig.repositories.operations.finish(third, FIRST, { state: 'succeeded', description: 'done' }, AT);
  if (state === 'failed') await rig.repositories.orchestrations.transition(id, 'failed', CHANGE);
  return { id, operations: operationIDs };
}

async function retry(
  id: string,
  operations: string[] = [],
  headers: Record<string, string> = {},
  more: [string, string][] = [],
  api = rig,
): Promise<Answer> {
  const named = operations.map((operation): [string, string] => ['operation-id', operation]);
  const body = new URLSearchParams([...named, ...more]).toString();
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return await api.call('POST', `/orchestrations/${id}/retry`, { body, headers: { ...type, ...headers } });
}

const row = async (id: string): Promise<OrchestrationRow> => {
  const found = await rig.repositories.orchestrations.find(id);
  if (!found) throw new Error(`There is no orchestration ${id}`);
  return found;
};

async function attempts(operationIDs: string[]): Promise<number[]> {
  const rows = await rig.repositories.operations.findMany(operationIDs);
  return operationIDs.map((id) => rows.find((one) => one.id === id)?.attempt ?? 0);
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
    expect(rig.gateway.retries).toEqual([id]);
    expect(await attempts(operations)).toEqual([2, 2, 1]);
    const { lookAt, revision } = await row(id);
    expect({ isToldOf: lookAt !== null, revision }).toEqual({ isToldOf: true, revision: 1 });
  });

  it('retries those that are named, and sorts out the rest', async () => {
    const { id, operations } = await given(state);
    const [first = '', , third = ''] = operations;
    const strange = randomUUID();
    const { body } = await retry(id, [first.toUpperCase(), first, third, strange, 'no-uuid']);
    const answer = body as Record<string, unknown>;
    expect(answer).toMatchObject({ retryOperations: [first], oldOperations: null });
    expect(sorted(answer['invalidOperations'])).toEqual([third, strange, 'no-uuid'].sort());
    expect(rig.gateway.retries).toEqual([id]);
    expect(await attempts(operations)).toEqual([2, 1, 1]);
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
    expect(await row(id)).toMatchObject({ state, lookAt: null, revision: 0 });
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
  expect((await retry(id)).body).toMatchObject({
    retryOperations: null,
    oldOperations: [operationID],
    msg: 'There is nothing to retry; 1 operation left out, whose runtime has a newer operation of the same type',
  });
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

it('answers 409 for one that is yet to be started', async () => {
  const request = aRequest();
  await rig.repositories.orchestrations.record(request);
  expect((await retry(request.orchestrationID)).status).toBe(409);
});

const stateOf = async (id: string): Promise<unknown> =>
  ((await rig.call('GET', `/orchestrations/${id}`)).body as { state: unknown }).state;

it('shows retrying as soon as a retry of a failed orchestration is answered', async () => {
  const { id } = await given();
  expect((await retry(id)).status).toBe(202);
  const answer = await rig.call('GET', `/orchestrations/${id}`);
  expect(answer.body).toMatchObject({ state: 'retrying', description: 'queued for processing' });
  const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 });
  expect(rows.at(-1)).toMatchObject({ actor: SUBJECT, fromState: 'failed', toState: 'retrying' });
});

it('shows the state that was, when there is nothing to retry or it is in progress', async () => {
  const failed = await given();
  await retry(failed.id, [randomUUID()]);
  expect(await stateOf(failed.id)).toBe('failed');
  const running = await given('in progress');
  await retry(running.id);
  expect(await stateOf(running.id)).toBe('in progress');
});

it('answers 503 while the database is away, and nobody is told', async () => {
  const { id } = await given();
  const answer = await retry(id, [], {}, [], rig.with({ repositories: repositoriesAway() }));
  expect(answer.status).toBe(503);
  expect(rig.gateway.retries).toEqual([]);
});

describe('while the engine is away', () => {
  beforeEach(() => {
    rig.gateway.away = true;
  });
  afterEach(() => {
    rig.gateway.away = false;
  });

  it.each(['failed', 'in progress'] as const)(
    'is answered 202, and its row says that somebody is to be told: %s',
    async (state) => {
      const { id, operations } = await given(state);
      const answer = await retry(id);
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ retryOperations: operations.slice(0, 2) });
      expect(await row(id)).toMatchObject({
        state: state === 'failed' ? 'retrying' : 'in progress',
        lookAt: expect.any(String) as string,
      });
      expect(await attempts(operations)).toEqual([2, 2, 1]);
    },
  );

  it('is told by the same request again, with a key or without, when the engine is back', async () => {
    for (const headers of [{}, { 'Idempotency-Key': 'back' }] as Record<string, string>[]) {
      const { id, operations } = await given();
      rig.gateway.away = true;
      const first = await retry(id, [], headers);
      rig.gateway.away = false;
      rig.gateway.retries.length = 0;
      const second = await retry(id, [], headers);
      expect(second.status).toBe(202);
      if ('Idempotency-Key' in headers) expect(second.body).toEqual(first.body);
      else expect(second.body).toMatchObject({ retryOperations: null, msg: 'There is nothing to retry' });
      expect(rig.gateway.retries).toEqual([id]);
      expect(await attempts(operations)).toEqual([2, 2, 1]);
    }
  });

  it('starts what is canceled before it was told', async () => {
    const { id } = await given();
    await retry(id);
    rig.gateway.away = false;
    expect((await rig.call('PUT', `/orchestrations/${id}/cancel`)).status).toBe(200);
    expect(rig.gateway.retries).toEqual([id]);
    expect(rig.gateway.cancels.at(-1)).toMatchObject({ id });
    expect(await stateOf(id)).toBe('canceling');
  });
});

it('a process that ends right after the rows were written has retried', async () => {
  const { id, operations } = await given();
  const dying = rig.with({
    orchestrations: Object.assign(Object.create(rig.gateway) as typeof rig.gateway, {
      retry: () => Promise.reject(new Error('the process ends here')),
    }),
  });
  expect((await retry(id, [], {}, [], dying)).status).toBe(500);
  expect(await row(id)).toMatchObject({ state: 'retrying', lookAt: expect.any(String) as string });
  expect(await attempts(operations)).toEqual([2, 2, 1]);
  expect(
    await rig.repositories.orchestrations.listUnstarted(new Date(Date.now() + 1).toISOString(), 1_000),
  ).toContain(id);
});

describe('a retry with a key', () => {
  const key = { 'Idempotency-Key': 'again' };

  it('changes nothing when it is repeated', async () => {
    const { id, operations } = await given();
    await retry(id, [], key);
    const before = await row(id);
    await retry(id, [], key);
    expect(await attempts(operations)).toEqual([2, 2, 1]);
    expect(await row(id)).toEqual(before);
  });

  it.each<[string, boolean]>([
    ['all failed operations', false],
    ['named operations', true],
  ])('gets the same answer again: %s', async (_, isNamed) => {
    const { id, operations } = await given();
    const wanted = isNamed ? operations.slice(1) : [];
    const first = await retry(id, wanted, key);
    const second = await retry(id, wanted.toReversed(), key);
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
  });

  it('gets the same answer also after everything has ended, or was canceled', async () => {
    for (const ends of [
      ['in progress', 'succeeded'],
      ['canceling', 'canceled'],
    ] as const) {
      const { id, operations } = await given();
      const first = await retry(id, [], key);
      await rig.repositories.operations.fail(operations[0] ?? '', { attempt: 2, dispatch: 2 }, FAILURE, AT);
      for (const state of ends) await rig.repositories.orchestrations.transition(id, state, CHANGE);
      rig.gateway.retries.length = 0;
      expect((await retry(id, [], key)).body).toEqual(first.body);
      expect(rig.gateway.retries).toEqual([]);
      expect((await retry(id)).status).toBe(409);
    }
  });

  it('is refused for other operations', async () => {
    const { id, operations } = await given();
    await retry(id, operations.slice(0, 1), key);
    for (const others of [[], operations.slice(1, 2), operations.slice(0, 2)]) {
      const answer = await retry(id, others, key);
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:idempotency-key-reused' });
    }
    expect(rig.gateway.retries).toEqual([id]);
    expect(await attempts(operations)).toEqual([2, 1, 1]);
    expect((await retry(id, operations.slice(1, 2), { 'Idempotency-Key': 'another' })).status).toBe(202);
  });

  it('gets the same answer also after its operations were retried under another key', async () => {
    const { id, operations } = await given();
    const first = await retry(id, [], key);
    for (const attempt of [2, 3]) {
      for (const operationID of operations.slice(0, 2))
        await rig.repositories.operations.fail(operationID, { attempt, dispatch: attempt }, FAILURE, AT);
      if (attempt === 2) await retry(id, [], { 'Idempotency-Key': 'another' });
    }
    const repeated = await retry(id, [], key);
    expect([repeated.status, repeated.body]).toEqual([202, first.body]);
    expect(await attempts(operations)).toEqual([3, 3, 1]);
  });

  it('keeps its key when it found nothing to retry', async () => {
    const { id, operations } = await given();
    expect((await retry(id, operations.slice(2), key)).body).toMatchObject({ retryOperations: null });
    expect((await retry(id, operations.slice(0, 1), key)).body).toMatchObject({
      retryOperations: operations.slice(0, 1),
    });
  });

  it('at the same moment with two bodies is one retry', async () => {
    const { id, operations } = await given();
    const answers = await Promise.all(
      operations.slice(0, 2).map(async (operation) => await retry(id, [operation], key)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 422]);
    expect(rig.gateway.retries).toEqual([id]);
    expect((await attempts(operations)).sort()).toEqual([1, 1, 2]);
  });

  it('is one of its own for another caller and for another orchestration', async () => {
    const { id, operations } = await given();
    const other = await given();
    await retry(id, operations.slice(0, 1), key);
    expect((await retry(other.id, other.operations.slice(0, 1), key)).status).toBe(202);
    const token = await rig.tokenOf('somebody else', 'runtimeAdmin');
    const theirs = await retry(id, operations.slice(1, 2), { ...key, Authorization: `Bearer ${token}` });
    expect(theirs.status).toBe(202);
    expect(await attempts(operations)).toEqual([2, 2, 1]);
    expect(await attempts(other.operations)).toEqual([2, 1, 1]);
  });
});

describe('the field immediate of existing clients', () => {
  it.each(['true', 'false', ''])('changes nothing: "%s"', async (immediate) => {
    const { id, operations } = await given();
    const answer = await retry(id, operations.slice(0, 1), {}, [['immediate', immediate]]);
    expect(answer.body).toMatchObject({ retryOperations: operations.slice(0, 1) });
  });

  it.each<[string, [string, string][]]>([
    ['another value', [['immediate', 'now']]],
    [
      'two values',
      [
        ['immediate', 'true'],
        ['immediate', 'true'],
      ],
    ],
  ])('is refused with %s', async (_, fields) => {
    const { id } = await given();
    const answer = await retry(id, [], {}, fields);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ path: 'immediate' }] });
  });

  it('is refused as true where operations have their windows', async () => {
    const request = aRequest();
    request.parameters.strategy.schedule = 'maintenanceWindow';
    const { id, operationIDs } = await aPlan(rig.repositories, 1, request);
    await fail(operationIDs[0] ?? '');
    const answer = await retry(id, [], {}, [['immediate', 'true']]);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: 'immediate', message: expect.stringContaining('maintenance windows') as string }],
    });
    expect(rig.gateway.retries).toEqual([]);
    expect((await retry(id, [], {}, [['immediate', 'false']])).status).toBe(202);
  });
});

it('refuses an empty operation ID: it must not mean all of them', async () => {
  const { id, operations } = await given();
  for (const named of [[''], [operations[0] ?? '', '']]) {
    const answer = await retry(id, named);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('must not be empty') as string });
  }
  expect(rig.gateway.retries).toEqual([]);
});

describe('the reason of a retry', () => {
  it.each(['failed', 'in progress'] as const)(
    'stands in the log of one %s, and in no operation',
    async (state) => {
      const { id } = await given(state);
      const answer = await retry(id, [], { 'Idempotency-Key': state.replace(' ', '-') }, [
        ['reason', ' disks are mended '],
      ]);
      expect(answer).toMatchObject({ status: 202 });
      const { body } = await rig.call('GET', `/orchestrations/${id}/events`);
      const { data } = body as { data: { operationID: string | null; kind: string; reason: string }[] };
      const told = data.filter(({ reason }) => reason === 'disks are mended');
      expect(told).toMatchObject([{ operationID: null, kind: state === 'failed' ? 'state' : 'retried' }]);
      expect(data.filter(({ reason }) => reason === 'Retry requested')).toHaveLength(2);
      const other = await retry(id, [], { 'Idempotency-Key': state.replace(' ', '-') }, [
        ['reason', 'because'],
      ]);
      expect(other).toMatchObject({ status: 422 });
    },
  );

  it('is refused when it is too long', async () => {
    const { id } = await given();
    const answer = await retry(id, [], {}, [['reason', 'x'.repeat(1_001)]]);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'reason' }] } });
  });
});

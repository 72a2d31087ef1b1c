import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import { aPlan, aRequest, AT, FIRST } from '../support/rows.ts';
import {
  ApiRig,
  repositoriesAway,
  repositoriesHanging,
  SUBJECT,
  whileTimeFlies,
  type Answer,
} from './api-rig.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(() => {
  rig.gateway.cancels.length = 0;
  rig.gateway.looks.length = 0;
  rig.gateway.away = false;
});

afterEach(() => {
  vi.restoreAllMocks();
});

const given = (running: boolean, ...states: OrchestrationState[]): Promise<string> =>
  rig.orchestrationIn(states, running);
const cancel = (id: string, api = rig): Promise<Answer> => api.call('PUT', `/orchestrations/${id}/cancel`);
const stateOf = async (id: string): Promise<unknown> =>
  ((await rig.call('GET', `/orchestrations/${id}`)).body as { state: unknown }).state;

describe.each<[string, OrchestrationState[]]>([
  ['pending', []],
  ['in progress', ['in progress']],
  ['retrying', ['in progress', 'failed', 'retrying']],
])('an orchestration that is %s', (_state, states) => {
  it('A15 A40 A41: is signaled, and the next GET shows canceling', async () => {
    const id = await given(true, ...states);
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ orchestrationID: id });
    expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
    expect(await stateOf(id)).toBe('canceling');
    const { rows } = await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 });
    expect(rows.at(-1)).toMatchObject({ actor: SUBJECT, toState: 'canceling', reason: 'Cancel requested' });
  });
});

describe('a reason', () => {
  const put = (id: string, body: string | object, headers: Record<string, string> = {}): Promise<Answer> =>
    rig.call('PUT', `/orchestrations/${id}/cancel`, { body, headers });

  it('stands in the log, and in the orchestration with who has canceled it', async () => {
    const id = await given(true, 'in progress');
    expect((await put(id, { reason: ' wrong version ' })).status).toBe(200);
    expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'wrong version' }]);
    const at = expect.any(String) as unknown;
    const canceled = { by: SUBJECT, at, reason: 'wrong version' };
    expect((await rig.call('GET', `/orchestrations/${id}`)).body).toMatchObject({
      state: 'canceling',
      canceled,
    });
    // Again, by somebody else or not, it changes nothing.
    expect((await put(id, { reason: 'another' })).status).toBe(200);
    expect((await rig.call('GET', `/orchestrations/${id}`)).body).toMatchObject({ canceled });
    const other = await given(true, 'in progress');
    expect((await rig.call('GET', `/orchestrations/${other}`)).body).toMatchObject({ canceled: null });
  });

  it('that does not fit is refused, and nothing is canceled', async () => {
    const id = await given(true, 'in progress');
    for (const body of [{ reason: 'x'.repeat(1_001) }, { reason: 7 }, { why: 'no such field' }, []])
      expect([body, (await put(id, body)).status]).toEqual([body, 400]);
    expect(await stateOf(id)).toBe('in progress');
  });

  it.each([
    ['nothing, said to be JSON', '', 'application/json'],
    ['a form', 'a=b', 'application/x-www-form-urlencoded'],
    ['a text', 'because', 'text/plain'],
  ])('needs no body: clients that know the wire alone may send %s', async (_, body, type) => {
    const id = await given(true, 'in progress');
    expect((await put(id, body, { 'Content-Type': type })).status).toBe(200);
    expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
  });
});

describe.each<[OrchestrationState, OrchestrationState[]]>([
  ['canceling', ['canceling']],
  ['canceled', ['canceled']],
  ['succeeded', ['in progress', 'succeeded']],
  ['failed', ['failed']],
])('an orchestration that is %s', (state, states) => {
  it('A15: answers 200, and nothing changes', async () => {
    const id = await given(state === 'canceling', ...states);
    expect((await cancel(id)).status).toBe(200);
    expect((await cancel(id)).status).toBe(200);
    expect(await stateOf(id)).toBe(state);
    expect([rig.gateway.cancels, rig.gateway.looks]).toEqual([[], []]);
  });
});

it('is told once more when its row alone says that it is canceled', async () => {
  const id = await given(true, 'in progress');
  rig.gateway.away = true;
  expect((await cancel(id)).status).toBe(200);
  expect((await cancel(id)).status).toBe(200);
  rig.gateway.away = false;
  for (let times = 0; times < 3; times++) expect((await cancel(id)).status).toBe(200);
  expect([rig.gateway.cancels, rig.gateway.looks]).toEqual([[], [id]]);
});

it('reaches the run of a retry that has not written itself yet', async () => {
  const id = await given(true, 'failed');
  expect((await cancel(id)).status).toBe(200);
  expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
});

it('starts what was retried at that moment, of which nobody has told the engine', async () => {
  const { operations, orchestrations, retries } = rig.repositories;
  const { id, operationIDs } = await aPlan(rig.repositories, 1);
  await orchestrations.begun(aRequest({ orchestrationID: id }));
  await operations.fail(operationIDs[0] ?? '', FIRST, { code: 'UPGRADE_FAILED', message: 'it broke' }, AT);
  await orchestrations.transition(id, 'failed', { actor: 'drydock', reason: 'for the test', now: AT });
  const asked = { orchestrationID: id, operationIDs: null, requestID: randomUUID(), requestedBy: 'bob' };
  vi.spyOn(rig.gateway, 'cancel').mockImplementationOnce(async () => {
    await retries.retry(asked, AT);
    return 'not running';
  });
  expect((await cancel(id)).status).toBe(200);
  expect(rig.gateway.retries).toContain(id);
  expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
  expect(await stateOf(id)).toBe('canceling');
});

it('starts what was accepted while the engine was away, so that it is canceled like any other', async () => {
  const request = aRequest({ lane: 'default' });
  await rig.repositories.orchestrations.record(request);
  expect((await cancel(request.orchestrationID)).status).toBe(200);
  expect(rig.gateway.starts).toEqual([request]);
  expect(rig.gateway.cancels).toEqual([
    { id: request.orchestrationID, actor: SUBJECT, reason: 'Cancel requested' },
  ]);
  expect(await stateOf(request.orchestrationID)).toBe('canceling');
});

it('says what to expect of an orchestration whose workflow was lost', async () => {
  const id = await given(false, 'in progress');
  const answer = await cancel(id);
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({ detail: expect.stringContaining('settled within minutes') as string });
  expect(await stateOf(id)).toBe('in progress');
});

it('signals also while the database is away', async () => {
  const id = await given(true, 'in progress');
  expect((await cancel(id, rig.with({ repositories: repositoriesAway() }))).status).toBe(200);
  expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
});

it('signals also while the database takes questions and never answers', async () => {
  const id = await given(true, 'in progress');
  const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
  expect((await whileTimeFlies(() => cancel(id, hanging))).status).toBe(200);
  expect(rig.gateway.cancels).toEqual([{ id, actor: SUBJECT, reason: 'Cancel requested' }]);
  const ended = await given(false, 'in progress');
  expect((await whileTimeFlies(() => cancel(ended, hanging))).status).toBe(503);
});

it('marks the row while the engine is away, and answers 503 only with the database away as well', async () => {
  const id = await given(true, 'in progress');
  rig.gateway.away = true;
  const answer = await cancel(id, rig.with({ repositories: repositoriesAway() }));
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  expect(await stateOf(id)).toBe('in progress');
  expect((await cancel(id)).status).toBe(200);
  expect(await stateOf(id)).toBe('canceling');
  expect(rig.gateway.cancels).toEqual([]);
});

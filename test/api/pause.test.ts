import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrchestrationState } from '../../src/domain/upgrades/states.ts';
import { aPlan, AT } from '../support/rows.ts';
import { ApiRig, repositoriesAway, SUBJECT, UNKNOWN_ID, type Answer } from './api-rig.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(() => {
  rig.gateway.away = false;
  rig.gateway.looks.length = 0;
});

const given = (...states: OrchestrationState[]): Promise<string> => rig.orchestrationIn(states);
const put = (id: string, command: string, body?: object, api = rig): Promise<Answer> =>
  api.call('PUT', `/orchestrations/${id}/${command}`, body === undefined ? {} : { body });
const read = async (id: string): Promise<Record<string, unknown>> =>
  (await rig.call('GET', `/orchestrations/${id}`)).body as Record<string, unknown>;
const events = async (id: string) =>
  (await rig.repositories.events.list(id, {}, { page: 1, pageSize: 100 })).rows.filter(
    ({ kind }) => kind === 'paused' || kind === 'resumed',
  );

describe.each<[string, OrchestrationState[]]>([
  ['pending', []],
  ['in progress', ['in progress']],
  ['retrying', ['in progress', 'failed', 'retrying']],
])('an orchestration that is %s', (state, states) => {
  it('is paused and resumed, each once, however often that is asked for', async () => {
    const id = await given(...states);
    const answer = await put(id, 'pause', { reason: ' errors in the logs ' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      orchestrationID: id,
      workers: 5,
      paused: true,
      pauses: [
        { code: 'person', by: SUBJECT, reason: 'errors in the logs', since: expect.any(String) as unknown },
      ],
      revision: 1,
      observedRevision: 0,
    });
    const again = await put(id, 'pause', { reason: 'another one' });
    expect([again.status, again.body]).toEqual([200, answer.body]);
    expect(await read(id)).toMatchObject({ ...(answer.body as object) });
    const resumed = {
      orchestrationID: id,
      workers: 5,
      paused: false,
      pauses: [],
      revision: 2,
      observedRevision: 0,
    };
    for (let times = 0; times < 2; times++) expect((await put(id, 'resume')).body).toEqual(resumed);
    expect((await events(id)).map(({ kind, actor, reason }) => [kind, actor, reason])).toEqual([
      ['paused', SUBJECT, 'errors in the logs'],
      ['resumed', SUBJECT, ''],
    ]);
    // An orchestration that waits for its turn reads its row then.
    expect(rig.gateway.looks).toEqual(state === 'pending' ? [] : [id]);
  });
});

it('tells a workflow once of all that it has not read, and again of what comes after that', async () => {
  const { control } = rig.repositories;
  const id = await given('in progress');
  for (const command of ['pause', 'resume', 'pause', 'pause']) await put(id, command);
  expect(rig.gateway.looks).toEqual([id]);
  // It has read the first two, and knows that there are more.
  expect(await control.observed(id, { revision: 2, queueRevision: 0 })).toBe(false);
  await put(id, 'resume');
  expect(rig.gateway.looks).toEqual([id, id]);
  await control.observed(id, { revision: 4, queueRevision: 0 });
  await put(id, 'resume');
  expect(rig.gateway.looks).toEqual([id, id]);
});

it('tells a workflow when the request is repeated because nobody could be told', async () => {
  const id = await given('in progress');
  rig.gateway.away = true;
  expect((await put(id, 'pause')).status).toBe(200);
  rig.gateway.away = false;
  expect((await put(id, 'pause')).status).toBe(200);
  expect(rig.gateway.looks).toEqual([id]);
});

describe.each<[OrchestrationState, OrchestrationState[]]>([
  ['canceling', ['canceling']],
  ['canceled', ['canceled']],
  ['succeeded', ['in progress', 'succeeded']],
  ['failed', ['failed']],
])('an orchestration that is %s', (state, states) => {
  it.each(['pause', 'resume'])('refuses to %s, and says why', async (command) => {
    const id = await given(...states);
    const answer = await put(id, command);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      detail: expect.stringContaining(state === 'canceling' ? 'is being canceled' : `(${state})`) as unknown,
    });
    expect(await read(id)).toMatchObject({ state, paused: false, revision: 0 });
    expect(await events(id)).toEqual([]);
  });
});

it('holds while the engine is away, and is refused while the database is', async () => {
  const id = await given('in progress');
  rig.gateway.away = true;
  expect((await put(id, 'pause')).status).toBe(200);
  expect(await read(id)).toMatchObject({ paused: true, revision: 1 });
  expect((await put(id, 'resume', undefined, rig.with({ repositories: repositoriesAway() }))).status).toBe(
    503,
  );
});

it('an orchestration that is canceled while the engine is away is so in its row, for the workflow to read', async () => {
  const id = await given('in progress');
  rig.gateway.away = true;
  expect((await put(id, 'cancel')).status).toBe(200);
  expect(await read(id)).toMatchObject({ state: 'canceling', revision: 1, observedRevision: 0 });
  expect(await rig.repositories.control.listUnobserved('', 100)).toContain(id);
});

it('the end of an orchestration leaves no pause behind', async () => {
  const id = await given('in progress');
  await put(id, 'pause');
  await rig.repositories.orchestrations.transition(id, 'failed', {
    actor: 'drydock',
    reason: 'test',
    now: AT,
  });
  expect(await read(id)).toMatchObject({ state: 'failed', paused: false, pauses: [] });
});

it('says what is waited for: of the orchestration once nothing executes, of each operation that waits', async () => {
  const { id, operationIDs } = await aPlan(rig.repositories, 2);
  await put(id, 'pause', { reason: 'errors' });
  const message = expect.stringMatching(
    /paused by alice since .*Z: errors; an admin can go on with PUT \/orchestrations\/\{id\}\/resume$/,
  ) as unknown;
  expect(await read(id)).toMatchObject({ waitingFor: { code: 'paused', message, who: SUBJECT } });
  const operation = await rig.call('GET', `/orchestrations/${id}/operations/${operationIDs[0]}`);
  expect(operation.body).toMatchObject({ waitingFor: { code: 'paused', message, who: SUBJECT } });
  const claim = { attempt: 1, dispatch: 1, claim: 'c' };
  expect(await rig.repositories.operations.claim(operationIDs[0] ?? '', claim, AT)).toMatchObject({
    kind: 'held',
    by: 'paused',
    row: { state: 'pending' },
  });
});

it.each<[object, string]>([
  [{ reason: 7 }, 'reason'],
  [{ reason: 'x'.repeat(1_001) }, 'reason'],
  [{ reason: 'nul\0' }, 'reason'],
  [{ because: 'of a misspelt field' }, 'because'],
  [[], ''],
])('refuses the body %j with its path', async (body, path) => {
  const id = await given('in progress');
  const answer = await put(id, 'pause', body);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ errors: [{ path }] });
});

it('refuses other bodies, other IDs, and who may not write', async () => {
  const id = await given('in progress');
  const form = await rig.call('PUT', `/orchestrations/${id}/pause`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode('reason=x'),
  });
  expect(form.status).toBe(415);
  for (const command of ['pause', 'workers']) {
    const large = await put(id, command, { reason: 'x'.repeat(1024 * 1024) });
    expect(large.status).toBe(413);
    expect(large.body).toMatchObject({ detail: expect.stringContaining('shorten the reason') as string });
  }
  expect((await put(UNKNOWN_ID, 'pause')).status).toBe(404);
  expect((await put('x', 'pause')).status).toBe(404);
  const operator = await rig.call('PUT', `/orchestrations/${id}/pause`, {
    token: await rig.token('runtimeOperator'),
  });
  expect(operator.status).toBe(403);
});

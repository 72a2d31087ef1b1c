import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LANES, type Lanes } from '../../src/domain/upgrades/lanes.ts';
import { aPlan, aRequest, AT } from '../support/rows.ts';
import { ApiRig, SUBJECT, UNKNOWN_ID, type Answer } from './api-rig.ts';

const LANES: Lanes = [
  { name: 'default', cap: 100 },
  { name: 'urgent', cap: 20 },
];
const change = { actor: 'drydock', reason: 'for the test', now: AT };

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start({ lanes: LANES });
});

/** Nothing of an earlier test is in a lane, and nothing is paused. */
beforeEach(async () => {
  const { orchestrations, queue } = rig.repositories;
  for (const { id } of await orchestrations.listOpen(undefined, 1_000))
    await orchestrations.transition(id, 'canceled', change);
  await queue.change(false, change);
  rig.gateway.away = false;
  rig.gateway.looks.length = 0;
  rig.gateway.queueLooks = 0;
  rig.log.length = 0;
});

const put = async (path: string, body?: object, api = rig): Promise<Answer> =>
  await api.call('PUT', `/queue/${path}`, body === undefined ? {} : { body });
const read = async (path: string, api = rig): Promise<Record<string, unknown>> => {
  const answer = await api.call('GET', path, { token: 'operator' });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Record<string, unknown>;
};
const create = async (strategy: object, path = '/upgrade/kyma', api = rig): Promise<Answer> =>
  await api.call('POST', path, { body: { targets: { include: [{ target: 'all' }] }, strategy } });
const idOf = ({ body }: Answer): string => (body as { orchestrationID: string }).orchestrationID;

async function waits(lane: string, second: number): Promise<string> {
  const createdAt = `2026-01-03T00:00:0${second}.000000Z`;
  const { id } = await rig.repositories.orchestrations.begun(aRequest({ lane, createdAt }));
  rig.gateway.remember(id);
  return id;
}

async function holds(lane: string): Promise<string> {
  const { id } = await aPlan(rig.repositories, 2, aRequest({ lane }));
  rig.gateway.remember(id);
  return id;
}

describe('the lane of a request', () => {
  it('is one of those that are set, and is answered when it was given', async () => {
    const id = idOf(await create({ lane: 'urgent', parallel: { workers: 20 } }));
    expect(await read(`/orchestrations/${id}`)).toMatchObject({
      parameters: { strategy: { lane: 'urgent', parallel: { workers: 20 } } },
    });
    expect((await rig.repositories.orchestrations.find(id))?.lane).toBe('urgent');
    const other = idOf(await create({ lane: '' }));
    expect((await rig.repositories.orchestrations.find(other))?.lane).toBe('default');
    const { parameters } = (await read(`/orchestrations/${other}`)) as {
      parameters: { strategy: object };
    };
    expect(parameters.strategy).toEqual({
      type: 'parallel',
      schedule: 'immediate',
      parallel: { workers: 1 },
    });
  });

  it.each([
    ['a lane that is not set', { lane: 'fast' }, 'strategy.lane', 'must be one of default, urgent'],
    [
      'workers above the cap of the first lane',
      { parallel: { workers: 101 } },
      'strategy.parallel.workers',
      'must not be more than 100 in the lane default',
    ],
    [
      'workers above the cap of its lane',
      { lane: 'urgent', parallel: { workers: 21 } },
      'strategy.parallel.workers',
      'must not be more than 20 in the lane urgent',
    ],
    [
      'what is no name',
      { lane: 'Fast lane' },
      'strategy.lane',
      'must consist of 1 to 40 lower case letters, digits and "-"',
    ],
  ])('refuses %s, of a plan too', async (_, strategy, path, message) => {
    for (const endpoint of ['/upgrade/kyma', '/upgrade/cluster', '/upgrade/kyma/plan']) {
      const answer = await create(strategy, endpoint);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path, message }] } });
    }
  });

  it('is no fault of a request that is repeated after it was taken out of the setting', async () => {
    const body = { targets: { include: [{ target: 'all' }] }, strategy: { lane: 'urgent' } };
    const call = { body, headers: { 'Idempotency-Key': 'k' } };
    const first = await rig.call('POST', '/upgrade/kyma', call);
    const again = await rig.with({ lanes: DEFAULT_LANES }).call('POST', '/upgrade/kyma', call);
    expect([first.status, again.status, idOf(again)]).toEqual([202, 202, idOf(first)]);
  });

  it('bounds the workers of commands', async () => {
    const id = await holds('urgent');
    const command = { body: { workers: 21 } };
    expect(await rig.call('PUT', `/orchestrations/${id}/workers`, command)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'workers', message: 'must not be more than 20 in the lane urgent' }] },
    });
    const within = await rig.call('PUT', `/orchestrations/${id}/workers`, { body: { workers: 20 } });
    expect(within).toMatchObject({ status: 200, body: { workers: 20 } });
  });

  it('is that of the rest of another one, unless it is not set any more', async () => {
    const { parameters } = aRequest();
    const strategy = { ...parameters.strategy, lane: 'urgent' };
    const request = aRequest({ lane: 'urgent', parameters: { ...parameters, strategy } });
    const { id } = await aPlan(rig.repositories, 1, request);
    await rig.repositories.operations.cancelWaiting(id, change);
    await rig.repositories.orchestrations.transition(id, 'canceled', change);
    const rest = idOf(await rig.call('POST', `/orchestrations/${id}/rest`));
    expect((await rig.repositories.orchestrations.find(rest))?.lane).toBe('urgent');
    const later = rig.with({ lanes: DEFAULT_LANES });
    const other = idOf(await later.call('POST', `/orchestrations/${id}/rest`));
    expect((await rig.repositories.orchestrations.find(other))?.lane).toBe('default');
  });
});

describe('GET /queue', () => {
  it('shows lanes with who has the turn, and who waits in which order and why', async () => {
    const holder = await holds('default');
    const [first, second] = [await waits('default', 1), await waits('default', 2)];
    const left = await waits('fast', 3);
    const body = await read('/queue');
    const turn = (others: string): object => ({
      code: 'turn',
      message: `It waits for its turn: orchestration ${holder} has it, and ${others} before it`,
      who: `orchestration ${holder}`,
    });
    const upgrade = { type: 'upgradeKyma', parameters: { kyma: { version: '2.20.5' }, dryRun: false } };
    const waiting = (id: string, position: number, queuedAt: string, waitingFor: object): object => ({
      ...{ position, orchestrationID: id, ...upgrade, state: 'pending', createdBy: 'alice' },
      ...{ queuedAt, waitingFor },
    });
    expect(body).toEqual({
      paused: null,
      lanes: [
        {
          ...{ name: 'default', cap: 100, configured: true, waiting: 2 },
          holder: {
            ...{ orchestrationID: holder, ...upgrade, state: 'in progress', since: AT, pauses: [] },
            ...{ createdBy: 'alice', eta: null },
          },
          first: [
            waiting(first, 1, '2026-01-03T00:00:01.000000Z', turn('nobody else is')),
            waiting(second, 2, '2026-01-03T00:00:02.000000Z', turn('1 other is')),
          ],
        },
        { name: 'urgent', cap: 20, configured: true, holder: null, waiting: 0, first: [] },
        {
          ...{ name: 'fast', cap: 100, configured: false, holder: null, waiting: 1 },
          first: [
            waiting(left, 1, '2026-01-03T00:00:03.000000Z', {
              code: 'turn',
              message: 'It waits for its turn: nobody else is before it',
            }),
          ],
        },
      ],
    });
  });

  it('says when the holder of a turn ends, which nobody knows while it is paused', async () => {
    const holder = await holds('urgent');
    const { estimates } = rig.repositories;
    const [earliest, latest] = ['2026-01-02T05:00:00.000Z', '2026-01-02T06:00:00.000Z'];
    const from = { kind: 'assumed' as const, seconds: 60 };
    const estimate = { earliest, latest, unplaced: 0, from, waves: [], at: AT };
    await estimates.keep(holder, estimate);
    const ofHolder = async (): Promise<unknown> =>
      ((await read('/queue')) as { lanes: { holder: object }[] }).lanes[1]?.holder;
    expect(await ofHolder()).toMatchObject({
      orchestrationID: holder,
      eta: { earliest, latest, from: estimate.from },
    });
    await put('pause', { reason: 'storm' });
    expect(await ofHolder()).toMatchObject({ eta: null, pauses: [{ code: 'queue' }] });
  });

  it('is for operators, and its commands for admins', async () => {
    for (const path of ['pause', 'resume', `${UNKNOWN_ID}/front`])
      expect((await rig.call('PUT', `/queue/${path}`, { token: 'operator' })).status).toBe(403);
    const none = await rig.token('nobody');
    expect((await rig.call('GET', '/queue', { token: none })).status).toBe(403);
    expect((await rig.call('GET', '/queue', { token: null })).status).toBe(401);
  });
});

describe('PUT /queue/{orchestrationID}/front', () => {
  it('moves one that waits to the front of its lane, once', async () => {
    await holds('urgent');
    const [first, second] = [await waits('urgent', 1), await waits('urgent', 2)];
    const answer = await put(`${second}/front`, { reason: 'customers wait' });
    expect(answer).toMatchObject({ status: 200, body: { orchestrationID: second, revision: 1 } });
    expect(await put(`${second}/front`)).toMatchObject({ status: 200, body: { revision: 1 } });
    expect(rig.gateway.queueLooks).toBe(2);
    // It reads its row at its turn.
    expect(rig.gateway.looks).toEqual([]);
    const { lanes } = (await read('/queue')) as { lanes: { first: { orchestrationID: string }[] }[] };
    expect(lanes[1]?.first.map(({ orchestrationID }) => orchestrationID)).toEqual([second, first]);
    const { data } = (await read(`/orchestrations/${second}/events`)) as { data: object[] };
    expect(data[1]).toMatchObject({ kind: 'front', actor: SUBJECT, reason: 'customers wait' });
  });

  it('refuses one that has the turn, one that has ended, and one that there is not', async () => {
    const holder = await holds('default');
    expect(await put(`${holder}/front`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('has the turn of its lane already') as string },
    });
    await rig.repositories.orchestrations.transition(holder, 'succeeded', change);
    expect((await put(`${holder}/front`)).status).toBe(409);
    expect((await put(`${UNKNOWN_ID}/front`)).status).toBe(404);
  });
});

describe('PUT /queue/pause', () => {
  it('pauses everything with one call, which all answers tell, and resume takes it back', async () => {
    const holder = await holds('default');
    const waiting = await waits('urgent', 1);
    const answer = await put('pause', { reason: 'the Provisioner answers nonsense' });
    const since = expect.any(String) as unknown;
    const paused = { by: SUBJECT, reason: 'the Provisioner answers nonsense', since };
    const { revision } = answer.body as { revision: number };
    expect([answer.status, answer.body]).toEqual([200, { paused, revision }]);
    expect((await put('pause', { reason: 'another one' })).body).toEqual(answer.body);
    // The second time the word was on its way.
    expect(rig.gateway.looks).toEqual([holder]);

    const waitingFor = {
      code: 'paused',
      message: expect.stringMatching(
        /^It is paused with everything by alice since .*: the Provisioner answers nonsense; an admin can go on with PUT \/queue\/resume$/,
      ) as string,
      who: SUBJECT,
    };
    const pauses = [{ code: 'queue', ...paused }];
    for (const id of [holder, waiting])
      expect(await read(`/orchestrations/${id}`)).toMatchObject({ paused: true, pauses, waitingFor });
    const query = '?page=1&state=pending&state=in+progress';
    const { data } = (await read(`/orchestrations${query}`)) as { data: object[] };
    expect(data).toHaveLength(2);
    for (const one of data) expect(one).toMatchObject({ paused: true, pauses, waitingFor });
    const operations = (await read(`/orchestrations/${holder}/operations`)) as { data: object[] };
    for (const one of operations.data)
      expect(one).toMatchObject({ waitingFor: { code: 'paused', who: SUBJECT } });
    expect(await read('/queue')).toMatchObject({
      paused,
      lanes: [{ holder: { pauses } }, { first: [{ position: 1, waitingFor: { code: 'paused' } }] }],
    });

    expect((await put('resume')).body).toEqual({ paused: null, revision: revision + 1 });
    expect(await read(`/orchestrations/${holder}`)).toMatchObject({ paused: false, pauses: [] });
    expect(rig.gateway.queueLooks).toBe(3);
    expect(rig.log.join()).toContain('everything paused or resumed');
  });

  it('leaves paused what is paused by itself, and is told beside that', async () => {
    const id = await holds('default');
    await put('pause');
    const both = await rig.call('PUT', `/orchestrations/${id}/pause`, { body: {} });
    expect(both.body).toMatchObject({ pauses: [{ code: 'person' }, { code: 'queue' }] });
    expect(await read(`/orchestrations/${id}`)).toMatchObject({
      waitingFor: {
        message: expect.stringContaining('PUT /queue/resume and PUT /orchestrations/{id}/resume') as string,
      },
    });
    await put('resume');
    expect(await read(`/orchestrations/${id}`)).toMatchObject({ pauses: [{ code: 'person' }] });
  });

  it('says nothing of what is canceling or has ended', async () => {
    const id = await holds('default');
    await put('pause');
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
    expect(await read(`/orchestrations/${id}`)).toMatchObject({ paused: false, waitingFor: null });
    await rig.repositories.orchestrations.transition(id, 'canceled', change);
    expect(await read(`/orchestrations/${id}`)).toMatchObject({ paused: false, waitingFor: null });
  });

  it('holds while Temporal is away, and takes new orchestrations meanwhile', async () => {
    await holds('default');
    rig.gateway.away = true;
    expect(await put('pause')).toMatchObject({ status: 200, body: { paused: { by: SUBJECT } } });
    const created = await create({ lane: 'urgent' });
    expect(created.status).toBe(202);
    expect(await read(`/orchestrations/${idOf(created)}`)).toMatchObject({
      state: 'pending',
      waitingFor: { code: 'paused' },
    });
    expect(rig.log.join()).toContain('the queue is told later');
  });
});

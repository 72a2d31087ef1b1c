import { beforeAll, describe, expect, it } from 'vitest';
import { aPlan, aRequest, AT, EXECUTION, FIRST } from '../support/rows.ts';
import { ApiRig, repositoriesHanging, UNKNOWN_ID, whileTimeFlies } from './api-rig.ts';

let rig: ApiRig;
let id: string;
let operationIDs: string[];

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => Date.parse(AT) + 60_000 });
  const request = aRequest();
  request.parameters.strategy.parallel.workers = 3;
  request.parameters.strategy.limits = { perRegion: 1 };
  ({ id, operationIDs } = await aPlan(rig.repositories, 6, request));
  const [failed = '', first = '', second = ''] = operationIDs;
  const { operations } = rig.repositories;
  for (const one of [failed, first, second]) await operations.claim(one, EXECUTION, AT);
  await operations.fail(failed, FIRST, { code: 'UPGRADE_FAILED', message: 'HTTP 503 after 30 s' }, AT);
  await operations.describe(second, 1, 'Trying again: The Provisioner does not answer', AT);
});

const get = (path: string) => rig.call('GET', `/orchestrations/${path}`, { token: 'operator' });
const idsIn = (body: unknown): string[] =>
  (body as { data: { operationID: string }[] }).data.map(({ operationID }) => operationID);

describe('the operations of an orchestration', () => {
  it.each([
    ['region-limit', [3, 4, 5]],
    ['dependency-down', [2]],
    ['runtime-busy', []],
    ['slot', []],
    ['turn', []],
  ])('that wait for %s are those that say so', async (code, positions) => {
    const { body } = await get(`${id}/operations?waitingFor=${code}`);
    expect(idsIn(body)).toEqual(positions.map((position) => operationIDs[position]));
    expect(body).toMatchObject({ totalCount: positions.length });
    for (const { waitingFor } of (body as { data: { waitingFor: { code: string } }[] }).data)
      expect(waitingFor.code).toBe(code);
  });

  it.each([
    ['window', 0],
    ['dependency-down', 0],
    ['slot', 1],
    ['region-limit', 1],
  ])('that wait for %s are told by what is in progress only if need be', async (code, times) => {
    let counted = 0;
    const { waits } = rig.repositories;
    const countExecuting = (one: string): Promise<number> => {
      counted += 1;
      return waits.countExecuting(one);
    };
    const repositories = { ...rig.repositories, waits: { ...waits, countExecuting } };
    const path = `/orchestrations/${id}/operations?state=pending&waitingFor=${code}&page=1000`;
    expect(await rig.with({ repositories }).call('GET', path)).toMatchObject({ status: 200 });
    expect(counted).toBe(times);
  });

  it('that wait for one of several things are found together, and by page', async () => {
    const { body } = await get(
      `${id}/operations?waitingFor=region-limit&waitingFor=dependency-down&page=2&page_size=3`,
    );
    expect(body).toMatchObject({ count: 1, totalCount: 4 });
    expect(idsIn(body)).toEqual([operationIDs[5]]);
  });

  it('wait for the turn of their orchestration, or its pause, all of them alike', async () => {
    const other = await aPlan(rig.repositories, 2);
    await rig.call('PUT', `/orchestrations/${other.id}/pause`, { body: { reason: 'disk alerts' } });
    expect((await get(`${other.id}/operations?waitingFor=paused`)).body).toMatchObject({ totalCount: 2 });
    expect((await get(`${other.id}/operations?waitingFor=slot`)).body).toMatchObject({ totalCount: 0 });
    await rig.call('PUT', `/orchestrations/${other.id}/resume`, { body: {} });
    expect((await get(`${other.id}/operations?waitingFor=slot`)).body).toMatchObject({ totalCount: 2 });
    await rig.call('PUT', '/queue/pause', { body: { reason: 'everything' } });
    expect((await get(`${other.id}/operations?waitingFor=paused`)).body).toMatchObject({ totalCount: 2 });
    await rig.call('PUT', '/queue/resume', { body: {} });
  });

  it('are searched together with the other filters', async () => {
    const search = 'WESTEUROPE';
    expect((await get(`${id}/operations?search=${search}`)).body).toMatchObject({ totalCount: 6 });
    expect((await get(`${id}/operations?search=${search}&state=failed`)).body).toMatchObject({
      totalCount: 1,
    });
    const both = await get(`${id}/operations?search=${search}&waitingFor=region-limit&page_size=1`);
    expect(both.body).toMatchObject({ count: 1, totalCount: 3 });
    expect((await get(`${id}/operations?search=nowhere`)).body).toMatchObject({ totalCount: 0 });
  });

  it.each([
    'search=',
    `search=${'x'.repeat(201)}`,
    'search=a%0Ab',
    'search=a&search=b',
    'waitingFor=rain',
    'cause=x',
  ])('are not searched by ?%s', async (query) => {
    expect((await get(`${id}/operations?${query}`)).status).toBe(400);
  });
});

describe('the failures of an orchestration', () => {
  it('are told by cause, and the operations of one are listed by it', async () => {
    const { status, body } = await get(`${id}/failures`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      count: 1,
      totalCount: 1,
      others: 0,
      data: [
        {
          code: 'UPGRADE_FAILED',
          message: 'HTTP 503 after <n> s',
          example: 'HTTP 503 after 30 s',
          count: 1,
          first: AT,
          last: AT,
          operations: [{ operationID: operationIDs[0] }],
        },
      ],
    });
    const [{ cause = '' } = {}] = (body as { data: { cause?: string }[] }).data;
    expect(idsIn((await get(`${id}/operations?cause=${cause}`)).body)).toEqual([operationIDs[0]]);
    expect(idsIn((await get(`${id}/operations?cause=${'0'.repeat(32)}`)).body)).toEqual([]);
  });
});

describe('the summary of an orchestration', () => {
  it.each([
    ['wave', '0'],
    ['zone', '+00:00'],
    ['plan', 'azure'],
    ['region', 'westeurope'],
  ])('counts by %s', async (by, key) => {
    expect((await get(`${id}/summary?by=${by}`)).body).toEqual({
      orchestrationID: id,
      by,
      total: 6,
      groups: [{ key, total: 6, states: { failed: 1, 'in progress': 2, pending: 3 } }],
      others: 0,
    });
  });

  it('counts by the hour of the end', async () => {
    expect((await get(`${id}/summary?by=hour`)).body).toMatchObject({
      groups: [
        { key: '2026-01-02T03:00:00.000000Z', states: { failed: 1 } },
        { key: null, states: { 'in progress': 2, pending: 3 } },
      ],
    });
  });

  it('names what may stand in `by`', async () => {
    for (const query of ['', '?by=day', '?by=wave&by=zone', '?by=wave&page=1'])
      expect((await get(`${id}/summary${query}`)).status).toBe(400);
  });
});

it.each(['summary?by=wave', 'summary?by=zone', 'failures', 'operations?search=x'])(
  '%s knows no other orchestrations, and gives up on a database that hangs',
  async (path) => {
    expect((await get(`${UNKNOWN_ID}/${path}`)).status).toBe(404);
    const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
    const answer = await whileTimeFlies(() => hanging.call('GET', `/orchestrations/${id}/${path}`));
    expect(answer.status).toBe(503);
  },
);

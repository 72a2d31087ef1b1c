import { z } from 'zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { aPlan, aRequest, AT, EXECUTION, retried } from '../support/rows.ts';
import { ApiRig, repositoriesAway, UNKNOWN_ID } from './api-rig.ts';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;
const COUNT = 205;

let rig: ApiRig;
/** Newest first. */
let ids: string[];

beforeAll(async () => {
  rig = await ApiRig.start();
  const requests = Array.from({ length: COUNT }, (_, number) =>
    aRequest({ createdAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString() }),
  );
  for (const request of requests) await rig.repositories.orchestrations.record(request);
  ids = requests.map(({ orchestrationID }) => orchestrationID).reverse();
  const failed = { actor: 'test', reason: 'for the test', now: AT };
  for (const id of ids.slice(0, 3)) await rig.repositories.orchestrations.transition(id, 'failed', failed);
  for (const id of ids.slice(3, 5)) await rig.repositories.orchestrations.transition(id, 'canceled', failed);
});

const idsOf = (list: unknown): string[] =>
  (list as { orchestrationID: string }[]).map(({ orchestrationID }) => orchestrationID);

describe('GET /orchestrations', () => {
  it('A13 A52: answers a bare array, newest first, with the total in a header', async () => {
    const answer = await rig.call('GET', '/orchestrations', { token: 'operator' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('X-Total-Count')).toBe(String(COUNT));
    expect(idsOf(answer.body)).toEqual(ids);
  });

  it('answers pages in an envelope, every orchestration once', async () => {
    const seen: string[] = [];
    for (const page of [1, 2, 3]) {
      const { body } = await rig.call('GET', `/orchestrations?page=${page}`);
      const { data, count, totalCount } = body as { data: unknown[]; count: number; totalCount: number };
      expect({ count, totalCount }).toEqual({ count: [100, 100, 5][page - 1], totalCount: COUNT });
      expect(data).toHaveLength(count);
      seen.push(...idsOf(data));
    }
    expect(seen).toEqual(ids);
    const beyond = await rig.call('GET', '/orchestrations?page=4');
    expect(beyond.body).toEqual({ data: [], count: 0, totalCount: COUNT });
    const small = await rig.call('GET', '/orchestrations?page_size=2');
    expect(small.body).toMatchObject({ count: 2, totalCount: COUNT });
  });

  it('A52: a bare array ends where its parameters are too long together, and the header still counts all', async () => {
    const own = await ApiRig.start();
    const include = Array.from({ length: 4_000 }, (_, index) => ({ shoot: `${index}`.padStart(200, 'x') }));
    const many = 12;
    for (let index = 0; index < many; index += 1) {
      await own.repositories.orchestrations.record(
        aRequest({ parameters: { ...aRequest().parameters, targets: { include } } }),
      );
    }
    const answer = await own.call('GET', '/orchestrations');
    expect(answer.headers.get('X-Total-Count')).toBe(String(many));
    expect(idsOf(answer.body).length).toBeGreaterThanOrEqual(8);
    expect(idsOf(answer.body).length).toBeLessThan(many);
    const page = await own.call('GET', '/orchestrations?page=1');
    expect(page.body).toMatchObject({ count: many, totalCount: many });
  });

  it('filters by state, which may be repeated', async () => {
    const one = await rig.call('GET', '/orchestrations?state=failed');
    expect(idsOf(one.body)).toEqual(ids.slice(0, 3));
    const two = await rig.call('GET', '/orchestrations?state=failed&state=canceled&page=1&page_size=4');
    expect(two.body).toMatchObject({ count: 4, totalCount: 5 });
    const none = await rig.call('GET', '/orchestrations?state=in+progress');
    expect(none.body).toEqual([]);
    expect(none.headers.get('X-Total-Count')).toBe('0');
  });
});

describe('GET /orchestrations?failedSince=', () => {
  it('lists what has ended with failures from then on, canceled ones too, until it is retried', async () => {
    const own = await ApiRig.start();
    const { orchestrations, operations } = own.repositories;
    const ended = async (to: 'failed' | 'canceled', failures: number, now: string): Promise<string> => {
      const { id, operationIDs } = await aPlan(own.repositories, 2);
      for (const operationID of operationIDs.slice(0, failures)) {
        await operations.claim(operationID, EXECUTION, now);
        await operations.finish(
          operationID,
          EXECUTION,
          { state: 'failed', code: 'UPGRADE_FAILED', description: 'broken' },
          now,
        );
      }
      await orchestrations.transition(id, to, { actor: 'test', reason: 'for the test', now });
      return id;
    };
    const [before, since, after] = ['2026-01-03', '2026-01-04', '2026-01-05'].map(
      (day) => `${day}T00:00:00.000000Z`,
    ) as [string, string, string];
    await ended('failed', 2, before);
    const failed = await ended('failed', 2, since);
    await ended('canceled', 0, after);
    const canceled = await ended('canceled', 1, after);
    // Nothing of a plan, and yet failed.
    const unplanned = await ended('failed', 0, after);
    const asked = `/orchestrations?failedSince=${since}&page_size=2`;
    const first = await own.call('GET', asked, { token: 'operator' });
    expect(first.body).toMatchObject({ count: 2, totalCount: 3 });
    const { body } = await own.call('GET', asked.replace('page_size=2', 'page_size=100'));
    expect(new Set(idsOf((body as { data: unknown }).data))).toEqual(new Set([failed, canceled, unplanned]));

    await retried(own.repositories, failed);
    const later = await own.call('GET', `${asked}&state=failed`);
    expect(idsOf((later.body as { data: unknown }).data)).toEqual([unplanned]);
    const bad = await own.call('GET', '/orchestrations?failedSince=yesterday');
    expect(bad).toMatchObject({ status: 400, body: { errors: [{ path: 'failedSince' }] } });
  });
});

const NOT_PAUSED = {
  workers: 5,
  failureBudget: null,
  canceled: null,
  waves: [],
  planChanges: null,
  paused: false,
  pauses: [],
  revision: 0,
  observedRevision: 0,
};

describe('GET /orchestrations/{id}', () => {
  it('A14 A46 A47 A48 A49: shows state, description, times, parameters and counts', async () => {
    const request = aRequest();
    const { id, operationIDs } = await aPlan(rig.repositories, 2, request);
    await rig.repositories.operations.claim(operationIDs[0] ?? '', EXECUTION, AT);
    for (const path of [id, id.toUpperCase()]) {
      const { body } = await rig.call('GET', `/orchestrations/${path}`, { token: 'operator' });
      expect(body).toEqual({
        orchestrationID: id,
        type: 'upgradeKyma',
        state: 'in progress',
        description: 'Scheduled 2 operations',
        waitingFor: null,
        progress: {
          ...{ done: 0, total: 2, failed: 0, inFlight: 1, unsent: 1 },
          ...{ inFlightSince: null, drained: null, eta: null },
        },
        ...NOT_PAUSED,
        createdAt: '2026-01-02T03:04:05.678901Z',
        ...{ createdBy: 'alice', reason: '' },
        updatedAt: expect.stringMatching(RFC3339) as string,
        parameters: request.parameters,
        operationStats: { pending: 1, 'in progress': 1 },
      });
    }
  });

  it('says when it will have ended, while it is in progress and not paused', async () => {
    const { id } = await aPlan(rig.repositories, 2);
    const estimate = {
      ...{ earliest: '2026-01-02T05:00:00.000Z', latest: '2026-01-02T06:00:00.000Z', unplaced: 0 },
      from: { kind: 'assumed', seconds: 1800 } as const,
      ...{ waves: [], at: '2026-01-02T04:00:00.000Z' },
    };
    await rig.repositories.estimates.keep(id, estimate);
    const etaOf = async (): Promise<unknown> =>
      z
        .object({ progress: z.object({ eta: z.unknown() }) })
        .parse((await rig.call('GET', `/orchestrations/${id}`)).body).progress.eta;
    expect(await etaOf()).toEqual(estimate);
    const pause = { by: 'alice', reason: 'because' };
    await rig.repositories.control.command(id, { command: 'pause', ...pause }, AT);
    expect(await etaOf()).toBeNull();
    await rig.repositories.control.command(id, { command: 'resume', ...pause, acknowledge: false }, AT);
    expect(await etaOf()).toEqual(estimate);
    const change = { actor: 'alice', reason: 'because', now: AT };
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
    expect(await etaOf()).toBeNull();
  });

  it('says since when it is in progress what is, and when it should have ended, also while paused and canceling', async () => {
    const { id, operationIDs } = await aPlan(rig.repositories, 3);
    const progressOf = async (): Promise<unknown> => {
      const { body } = await rig.call('GET', `/orchestrations/${id}`);
      const list = (await rig.call('GET', '/orchestrations?page=1&page_size=1')).body;
      const { progress } = z.object({ progress: z.unknown() }).parse(body);
      expect(list).toMatchObject({ data: [{ orchestrationID: id, progress }] });
      return progress;
    };
    expect(await progressOf()).toMatchObject({ inFlightSince: null, drained: null });
    const from = { kind: 'earlier operations', count: 9, medianSeconds: 600, p90Seconds: 1_200 } as const;
    await rig.repositories.estimates.keep(id, {
      ...{ earliest: null, latest: null, unplaced: 0 },
      ...{ from, waves: [], at: '2026-01-02T04:00:00.000Z' },
    });
    // One for longer than usual, and one that began a minute ago.
    const [first = '', second = ''] = operationIDs;
    const lastMs = Date.now() - 60_000;
    await rig.repositories.operations.claim(first, EXECUTION, AT);
    await rig.repositories.operations.claim(second, EXECUTION, new Date(lastMs).toISOString());
    expect(await progressOf()).toMatchObject({ inFlight: 2, unsent: 2, inFlightSince: null, drained: null });
    for (const one of [first, second]) {
      const request = { config: {}, baselineOperationID: '' };
      expect(await rig.repositories.operations.recordRequest(one, EXECUTION, request)).toBe(true);
    }
    // Nothing was sent to that one, so it ends with a stop.
    await rig.repositories.operations.claim(operationIDs[2] ?? '', EXECUTION, new Date().toISOString());
    const after = (seconds: number): string => new Date(lastMs + seconds * 1_000).toISOString();
    const drained = { earliest: after(600), latest: after(1_200), overdue: 1, from };
    expect(await progressOf()).toMatchObject({ inFlight: 3, unsent: 1, inFlightSince: AT, drained });
    const pause = { by: 'alice', reason: 'because' };
    await rig.repositories.control.command(id, { command: 'pause', ...pause }, AT);
    expect(await progressOf()).toMatchObject({ eta: null, unsent: 1, inFlightSince: AT, drained });
    const change = { actor: 'alice', reason: 'because', now: AT };
    await rig.repositories.orchestrations.transition(id, 'canceling', change);
    expect(await progressOf()).toMatchObject({ eta: null, unsent: 1, inFlightSince: AT, drained });
  });

  it('A51: shows an end as a state', async () => {
    const { body } = await rig.call('GET', `/orchestrations/${ids[0]}`);
    expect(body).toMatchObject({ state: 'failed', operationStats: {} });
  });

  it('A7, A14: shows one that is yet to be started as pending, also while the engine is away', async () => {
    const request = aRequest({ type: 'upgradeCluster' });
    await rig.repositories.orchestrations.record(request);
    rig.gateway.away = true;
    const answer = await rig.call('GET', `/orchestrations/${request.orchestrationID}`);
    expect(answer.body).toEqual({
      orchestrationID: request.orchestrationID,
      type: 'upgradeCluster',
      state: 'pending',
      description: 'queued for processing',
      waitingFor: expect.objectContaining({ code: 'dependency-down' }) as object,
      progress: {
        ...{ done: 0, total: null, failed: 0, inFlight: 0, unsent: 0 },
        ...{ inFlightSince: null, drained: null, eta: null },
      },
      ...NOT_PAUSED,
      createdAt: request.createdAt,
      ...{ createdBy: 'alice', reason: '' },
      updatedAt: request.createdAt,
      parameters: request.parameters,
      operationStats: {},
    });
    const operations = await rig.call('GET', `/orchestrations/${request.orchestrationID}/operations`);
    rig.gateway.away = false;
    expect(operations.body).toEqual({ data: [], count: 0, totalCount: 0 });
  });

  it('does not call unknown what it cannot look up', async () => {
    const blind = rig.with({ repositories: repositoriesAway() });
    expect((await blind.call('GET', `/orchestrations/${UNKNOWN_ID}`)).status).toBe(503);
    expect((await rig.call('GET', `/orchestrations/${UNKNOWN_ID}`)).status).toBe(404);
  });
});

/** Plans before runs, through the API; a worker's activity makes them in this process. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FleetSnapshot } from '../../src/activities/upgrades/fleet-snapshot.ts';
import { createPlanActivities } from '../../src/activities/upgrades/plan-making.ts';
import type { InventoryPage } from '../../src/clients/upgrades/outside-systems.ts';
import { PolicyVersions } from '../../src/db/repositories/upgrades/policy-versions.ts';
import type { Fleet } from '../../src/domain/upgrades/rollout-plan.ts';
import type { Runtime } from '../../src/domain/upgrades/runtime.ts';
import { executeActivity } from '../support/activity-execution.ts';
import { aPlan, aRuntime, BY_NO_POLICY } from '../support/rows.ts';
import { documentOf, expectValid, schemasOf } from './openapi-document.ts';
import { ApiRig, repositoriesAway, UNKNOWN_ID, type Answer } from './api-rig.ts';

const NOW = Date.now();
const SCHEDULED = {
  targets: { include: [{ planName: 'azure' }], exclude: [{ region: '^us-' }] },
  strategy: { schedule: 'maintenanceWindow', parallel: { workers: 1 } },
};
const POLICY = {
  rules: [
    {
      match: { region: 'europe' },
      timeBegin: '220000',
      timeEnd: '000000',
      timeZone: 'Europe/Berlin',
      cutoff: '15m',
    },
  ],
};

const runtime = (runtimeID: string, changes: Partial<Runtime> = {}): Runtime =>
  aRuntime({ runtimeID, shootName: `c-${runtimeID}`, ...changes });

const FLEET: Fleet = {
  runtimes: [
    runtime('r-0'),
    runtime('r-1', { region: 'asia' }),
    runtime('r-2', { region: 'us-east' }),
    runtime('r-3', { servicePlanName: 'trial' }),
    runtime('r-4', { region: 'asia', maintenanceWindow: undefined }),
  ],
  excluded: [
    { shootName: 'c-asleep', runtimeID: 'r-5', reason: 'hibernated' },
    { shootName: 'c-other', reason: 'no runtime ID' },
  ],
};

let rig: ApiRig;
let fleet: Fleet;

beforeAll(async () => {
  rig = await ApiRig.start({ clock: () => NOW });
  await rig.call('PUT', '/maintenance-policy', { body: POLICY, headers: { 'If-Match': '"0"' } });
});
beforeEach(() => {
  fleet = FLEET;
  const { gateway } = rig;
  gateway.away = false;
  gateway.making = make;
  gateway.plans.length = 0;
  gateway.poked.length = 0;
});

async function* onePage(page: Fleet): AsyncGenerator<InventoryPage> {
  yield await Promise.resolve({ runtimes: [...page.runtimes], excluded: [...page.excluded] });
}

async function make(planID: string): Promise<void> {
  const { repositories } = rig;
  const { makePlan } = createPlanActivities({
    repositories,
    policies: new PolicyVersions(repositories.policies),
    fleet: new FleetSnapshot({ pages: () => onePage(fleet) }),
    clock: () => NOW,
  });
  await executeActivity(() => makePlan({ planID }));
}

const plan = (body: object = SCHEDULED, path = '/upgrade/kyma/plan', token = 'operator'): Promise<Answer> =>
  rig.call('POST', path, { body, token });
const get = (path: string): Promise<Answer> => rig.call('GET', path, { token: 'operator' });
const nothing = (): Promise<void> => Promise.resolve();

async function planned(body: object = SCHEDULED): Promise<{ planID: string; planHash: string }> {
  const { status, body: answer } = await plan(body);
  expect(status).toBe(200);
  return answer as { planID: string; planHash: string };
}

describe('planning an upgrade', () => {
  it('answers what it would do, in numbers, to whoever may read', async () => {
    const { status, body } = await plan();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      type: 'upgradeKyma',
      state: 'made',
      description: expect.stringMatching(
        /^It would upgrade 2 runtimes from .* to .*; left out: 1 excluded by targets, 1 hibernated, 1 no runtime ID, 1 unreadable maintenance window$/,
      ) as string,
      createdBy: 'alice',
      parameters: { ...SCHEDULED, dryRun: false, kyma: { version: '2.20.5' } },
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      policyVersion: 1,
      summary: {
        operations: 2,
        byPlan: { entries: [{ key: 'azure', count: 2 }], rest: 0 },
        byRegion: { rest: 0 },
        byZone: {
          entries: [
            { key: '+00:00', count: 1, source: { kind: 'shoot', index: null } },
            { key: 'Europe/Berlin', count: 1, source: { kind: 'rule', index: 0 } },
          ],
          rest: 0,
        },
        leftOut: {
          'excluded by targets': 1,
          hibernated: 1,
          'no runtime ID': 1,
          'unreadable maintenance window': 1,
        },
        notSelected: 1,
        runtimesRead: 5,
        projection: { unplaced: 0, from: { kind: 'assumed', seconds: 1800 } },
      },
    });
    expect(rig.gateway.starts).toEqual([]);
  });

  it('plans an upgrade of clusters likewise, and a dry run with its own durations', async () => {
    const body = { targets: { include: [{ target: 'all' }] }, dryRun: true };
    const { body: answer } = await plan(body, '/upgrade/cluster/plan');
    expect(answer).toMatchObject({
      type: 'upgradeCluster',
      parameters: { kubernetes: { kubernetesVersion: '1.31.2' } },
      summary: {
        operations: 4,
        byZone: { entries: [] },
        projection: {
          begin: new Date(NOW).toISOString(),
          end: new Date(NOW + 4_000).toISOString(),
          from: { kind: 'assumed', seconds: 1 },
        },
      },
    });
  });

  it('answers 202 and where the plan will be, when it takes longer', async () => {
    rig.gateway.making = nothing;
    const { status, headers, body } = await plan();
    const { planID } = body as { planID: string };
    expect(status).toBe(202);
    expect(headers.get('Location')).toMatch(new RegExp(`/plans/${planID}$`));
    expect(body).toMatchObject({ state: 'making', planHash: null, madeAt: null, summary: null });
    for (const part of ['operations', 'excluded', 'runtimes/r-0']) {
      const early = await get(`/plans/${planID}/${part}`);
      expect(early, part).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('still being made') as string },
      });
    }
    // Each look pokes it; the process that wrote the row may be gone.
    expect(rig.gateway.poked).toEqual([]);
    expect(await get(`/plans/${planID}`)).toMatchObject({ status: 200, body: { state: 'making' } });
    expect(rig.gateway.poked).toEqual([planID]);
    rig.gateway.away = true;
    expect(await get(`/plans/${planID}`)).toMatchObject({ status: 200, body: { state: 'making' } });
    rig.gateway.away = false;
    await make(planID);
    expect(await get(`/plans/${planID}`)).toMatchObject({ status: 200, body: { state: 'made' } });
    expect(rig.gateway.poked).toEqual([planID]);
  });

  it('answers 409 with the reason for one that cannot be made', async () => {
    const failure = "The maintenance policy can't be used on this machine: no zone";
    rig.gateway.making = async (planID) => void (await rig.repositories.plans.fail(planID, failure));
    expect(await plan()).toMatchObject({ status: 409, body: { detail: failure } });
    const planID = rig.gateway.plans.at(-1) ?? '';
    expect(await get(`/plans/${planID}`)).toMatchObject({
      status: 200,
      body: { state: 'failed', description: failure },
    });
    expect(await get(`/plans/${planID}/operations`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining(failure) as string },
    });
  });

  it('answers 503 without the engine, and leaves no plan that seems to be under way', async () => {
    rig.gateway.away = true;
    expect(await plan()).toMatchObject({
      status: 503,
      body: { type: 'urn:drydock:problem:engine-unavailable' },
    });
    const { body } = await get('/plans?page_size=1');
    expect(body).toMatchObject({
      data: [{ state: 'failed', description: expect.stringContaining('did not answer') as string }],
    });
  });

  it('answers 503 without the database', async () => {
    const blind = rig.with({ repositories: repositoriesAway() });
    const answer = await blind.call('POST', '/upgrade/kyma/plan', { body: SCHEDULED });
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:drydock:problem:database-unavailable' } });
    expect(rig.gateway.plans).toEqual([]);
  });
});

describe('a request for a plan is refused', () => {
  it.each<[string, object, string, RegExp]>([
    [
      'a hash',
      { planHash: 'a'.repeat(64) },
      'planHash',
      /must be left out: a plan gets a planHash of its own/,
    ],
    ['what follows a change', { onPlanChange: 'pause' }, 'onPlanChange', /must be left out: a plan gets/],
    [
      'an end that is over',
      { strategy: { schedule: 'maintenanceWindow', until: '2020-01-01T00:00:00Z' } },
      'strategy.until',
      /must lie in the future/,
    ],
    [
      'workers that are none',
      { strategy: { parallel: { workers: -1 } } },
      'strategy.parallel.workers',
      /whole number/,
    ],
    ['what is not known', { color: 'red' }, 'color', /./],
  ])('with its place: %s', async (_what, changes, path, message) => {
    const { status, body } = await plan({ targets: SCHEDULED.targets, ...changes });
    expect(status).toBe(400);
    expect((body as { errors: object[] }).errors).toEqual([
      { path, message: expect.stringMatching(message) as string },
    ]);
    expect(rig.gateway.plans).toEqual([]);
  });

  it('unless what existing clients send is empty', async () => {
    expect((await plan({ ...SCHEDULED, planHash: '', onPlanChange: null })).status).toBe(200);
  });

  it('without a token, and with another content type', async () => {
    expect((await rig.call('POST', '/upgrade/kyma/plan', { token: null, body: SCHEDULED })).status).toBe(401);
    const text = { body: SCHEDULED, headers: { 'Content-Type': 'text/plain' } };
    expect((await rig.call('POST', '/upgrade/kyma/plan', text)).status).toBe(415);
  });
});

describe('plans', () => {
  it('are listed newest first, page by page', async () => {
    const { planID: first } = await planned();
    const { planID: second } = await planned();
    const { body } = await get('/plans?page=1&page_size=2');
    const { data, count, totalCount } = body as {
      data: { planID: string }[];
      count: number;
      totalCount: number;
    };
    expect(data.map(({ planID }) => planID)).toEqual([second, first]);
    expect(count).toBe(2);
    expect(totalCount).toBeGreaterThan(2);
    expect((await get('/plans/not-one')).body).toMatchObject({
      status: 404,
      detail: expect.stringContaining('/plans') as string,
    });
    expect((await get(`/plans/${UNKNOWN_ID}`)).body).toMatchObject({
      status: 404,
      detail: expect.stringContaining('/plans') as string,
    });
  });

  it('have operations with their windows, where those come from, and projected times', async () => {
    const { planID } = await planned();
    const { body } = await get(`/plans/${planID}/operations`);
    const { data } = body as {
      data: { window: { begin: string }; projected: { begin: string; end: string } }[];
    };
    expect(body).toMatchObject({
      data: [
        { runtimeID: 'r-0', shootName: 'c-r-0', source: { kind: 'rule', index: 0 } },
        { runtimeID: 'r-1', source: { kind: 'shoot', index: null } },
      ],
      count: 2,
      totalCount: 2,
    });
    for (const { window, projected } of data) {
      expect(Date.parse(projected.begin)).toBeGreaterThanOrEqual(Date.parse(window.begin));
      expect(Date.parse(projected.end) - Date.parse(projected.begin)).toBe(1_800_000);
    }
    expect((await get(`/plans/${planID}/operations?page=2&page_size=1`)).body).toMatchObject({
      data: [{ runtimeID: 'r-1' }],
      count: 1,
      totalCount: 2,
    });
  });

  it('name who is left out, all or for one reason', async () => {
    const { planID } = await planned();
    const { body } = await get(`/plans/${planID}/excluded`);
    const { data } = body as { data: { shootName: string; reason: string }[] };
    expect(data.map(({ shootName, reason }) => `${shootName}: ${reason}`)).toEqual([
      'c-asleep: hibernated',
      'c-other: no runtime ID',
      'c-r-2: excluded by targets',
      'c-r-4: unreadable maintenance window',
    ]);
    expect((await get(`/plans/${planID}/excluded?reason=hibernated`)).body).toEqual({
      data: [
        {
          shootName: 'c-asleep',
          runtimeID: 'r-5',
          reason: 'hibernated',
          message: expect.stringContaining('woken up') as string,
        },
      ],
      count: 1,
      totalCount: 1,
    });
    const named = async (query: string): Promise<unknown> => {
      const found = (await get(`/plans/${planID}/excluded?${query}`)).body as {
        data: { shootName: string }[];
      };
      return found.data.map(({ shootName }) => shootName);
    };
    expect(await named('search=C-R-')).toEqual(['c-r-2', 'c-r-4']);
    expect(await named('search=r-5')).toEqual(['c-asleep']);
    expect(await named('search=c-r-&reason=hibernated')).toEqual([]);
    expect((await get(`/plans/${planID}/excluded?search=`)).status).toBe(400);
    expect((await get(`/plans/${planID}/excluded?reason=asleep`)).body).toMatchObject({
      status: 400,
      errors: [{ path: 'reason', message: expect.stringContaining('hibernated') as string }],
    });
  });

  it.each<[string, string, RegExp, object]>([
    [
      'r-0',
      'planned',
      /its next window opens .* \(22:00 Europe\/Berlin\) by rule 1 .* version 1 .*projected/,
      { operation: { runtimeID: 'r-0' }, shootName: 'c-r-0', reason: null },
    ],
    ['r-1', 'planned', /by spec.maintenance.timeWindow of the Shoot c-r-1/, { shootName: 'c-r-1' }],
    [
      'r-2',
      'excluded',
      /^An exclude entry of targets matches Shoot c-r-2$/,
      { reason: 'excluded by targets', operation: null },
    ],
    ['r-3', 'not-selected', /^No include entry/, { shootName: null, reason: null }],
    ['r-4', 'left-out', /no readable maintenance window/, { shootName: 'c-r-4' }],
    ['r-5', 'left-out', /hibernated/, { shootName: 'c-asleep', reason: 'hibernated' }],
    ['r-6', 'unknown', /^The inventory had no Shoot/, { shootName: null, reason: null, operation: null }],
  ])('say of %s: %s', async (runtimeID, kind, message, rest) => {
    const { planID } = await planned();
    const { status, body } = await get(`/plans/${planID}/runtimes/${runtimeID}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      runtimeID,
      kind,
      message: expect.stringMatching(message) as string,
      ...rest,
    });
  });

  it('say of a window that others fill that the runtime is upgraded in a later one', async () => {
    fleet = { runtimes: Array.from({ length: 6 }, (_, index) => runtime(`n-${index}`)), excluded: [] };
    const { planID } = await planned();
    const { body } = await get(`/plans/${planID}/runtimes/n-5`);
    expect(body).toMatchObject({
      message: expect.stringContaining('projected for a later one, from') as string,
    });
    const soon = new Date(NOW + 40 * 3_600_000).toISOString();
    const { strategy } = SCHEDULED;
    fleet = { runtimes: Array.from({ length: 20 }, (_, index) => runtime(`n-${index}`)), excluded: [] };
    const { planID: short } = await planned({ ...SCHEDULED, strategy: { ...strategy, until: soon } });
    expect((await get(`/plans/${short}/runtimes/n-19`)).body).toMatchObject({
      kind: 'planned',
      message: expect.stringContaining('no worker is free in any of its windows before') as string,
      operation: { projected: null },
    });
    expect((await get(`/plans/${short}`)).body).toMatchObject({
      description: expect.stringContaining('find no free worker in time') as string,
    });
    const waves = [{ name: 'canary', count: 1, soakMinutes: 3_000 }];
    const { planID: soaks } = await planned({ ...SCHEDULED, strategy: { ...strategy, until: soon, waves } });
    expect((await get(`/plans/${soaks}`)).body).toMatchObject({
      description: expect.stringContaining('; 19 find no free worker in time (in rest)') as string,
    });
  });
});

describe('an orchestration', () => {
  it('says who was left out of it, and why a runtime is in it or not', async () => {
    const { id } = await aPlan(rig.repositories, 1);
    expect((await get(`/orchestrations/${id}/excluded`)).body).toEqual({ data: [], count: 0, totalCount: 0 });
    expect((await get(`/orchestrations/${id}/excluded?reason=x`)).status).toBe(400);
    expect((await get(`/orchestrations/${id}/runtimes/r-9`)).body).toMatchObject({
      kind: 'unknown',
      operationID: null,
    });
    expect((await get(`/orchestrations/${id}`)).body).toMatchObject({ planChanges: null });
  });

  it('answers 409 while it has no plan, and 404 when there is none', async () => {
    const { body } = await rig.call('POST', '/upgrade/kyma', { body: SCHEDULED });
    const { orchestrationID } = body as { orchestrationID: string };
    for (const part of ['excluded', 'runtimes/r-0']) {
      expect(await get(`/orchestrations/${orchestrationID}/${part}`)).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('has no plan yet') as string },
      });
      expect((await get(`/orchestrations/${UNKNOWN_ID}/${part}`)).status).toBe(404);
    }
    const change = {
      actor: 'alice',
      reason: 'r',
      description: 'Orchestration was canceled',
      now: new Date(NOW).toISOString(),
    };
    await rig.repositories.orchestrations.transition(orchestrationID, 'canceled', change);
    expect((await get(`/orchestrations/${orchestrationID}/excluded`)).body).toMatchObject({
      detail: 'The orchestration has ended before it had a plan: Orchestration was canceled',
    });
  });

  const none = { count: 0, first: [] };
  const inOtherWaves = { count: 1, first: [{ shootName: 'c-r-1', runtimeID: 'r-1' }] };

  it.each([
    ['1 gone', {}, none],
    ['1 gone, 1 in other waves', { inOtherWaves }, inOtherWaves],
  ])(
    'is created with the hash of a plan, and tells how its own plan differs: %s',
    async (said, more, seen) => {
      const { planHash } = await planned();
      const { body } = await rig.call('POST', '/upgrade/kyma', { body: { ...SCHEDULED, planHash } });
      const { orchestrationID } = body as { orchestrationID: string };
      const now = new Date(NOW).toISOString();
      const { orchestrations } = rig.repositories;
      await orchestrations.transition(orchestrationID, 'in progress', {
        actor: 'alice',
        reason: 'turn',
        now,
      });
      const gone = { count: 1, first: [{ shootName: 'c-r-0', runtimeID: 'r-0' }] };
      const changes = { added: none, gone, moved: none, rulesChanged: false, ...more };
      await orchestrations.planned(orchestrationID, {
        count: 0,
        leftOut: {},
        notSelected: 0,
        ...BY_NO_POLICY,
        now,
        changed: { changes, reason: said, pauses: true },
      });
      const answer = await get(`/orchestrations/${orchestrationID}`);
      const { planChanges } = answer.body as { planChanges: unknown };
      expect(planChanges).toEqual({ description: said, ...changes, inOtherWaves: seen, isUnknown: false });
      expect(answer.body).toMatchObject({ parameters: { planHash, onPlanChange: 'pause' }, paused: true });
      const schemaAt = schemasOf(await documentOf(rig));
      const path = ['paths', '/orchestrations/{orchestrationID}', 'get', 'responses', '200', 'content'];
      expectValid(schemaAt(...path, 'application/json', 'schema'), answer.body);
    },
  );
});

it('answers are as the OpenAPI document describes them', async () => {
  const schemaAt = schemasOf(await documentOf(rig));
  const valid = (path: string, method: string, { status, body }: Answer): void =>
    expectValid(
      schemaAt('paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'),
      body,
    );
  const made = await plan();
  const { planID } = made.body as { planID: string };
  valid('/upgrade/kyma/plan', 'post', made);
  rig.gateway.making = nothing;
  valid('/upgrade/cluster/plan', 'post', await plan(SCHEDULED, '/upgrade/cluster/plan'));
  valid('/plans', 'get', await get('/plans'));
  for (const part of ['', '/operations', '/excluded'])
    valid(`/plans/{planID}${part}`, 'get', await get(`/plans/${planID}${part}`));
  for (const runtimeID of ['r-0', 'r-3', 'r-4'])
    valid('/plans/{planID}/runtimes/{runtimeID}', 'get', await get(`/plans/${planID}/runtimes/${runtimeID}`));
  const { id } = await aPlan(rig.repositories, 1);
  for (const part of ['excluded', 'runtimes/{runtimeID}'])
    valid(
      `/orchestrations/{orchestrationID}/${part}`,
      'get',
      await get(`/orchestrations/${id}/${part.replace('{runtimeID}', 'r')}`),
    );
  valid('/orchestrations/{orchestrationID}', 'get', await get(`/orchestrations/${id}`));
});

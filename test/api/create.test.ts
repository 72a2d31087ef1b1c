import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/domain/errors.ts';
import type { OrchestrationRequest } from '../../src/workflows/contract/upgrades.ts';
import {
  ApiRig,
  repositoriesAway,
  repositoriesHanging,
  SUBJECT,
  whileTimeFlies,
  type Answer,
} from './api-rig.ts';

const ALL = { targets: { include: [{ target: 'all' }] } };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
beforeEach(() => {
  rig.gateway.away = false;
});

const create = (
  body: object,
  headers: Record<string, string> = {},
  path = '/upgrade/kyma',
): Promise<Answer> => rig.call('POST', path, { body, headers });
const idOf = (answer: Answer): string => (answer.body as { orchestrationID: string }).orchestrationID;

it('A18 A20 A21 A50: accepts an upgrade, starts it, and echoes its parameters with defaults', async () => {
  const answer = await create(
    { targets: { include: { planName: 'azure', region: '^eu' } }, dryRun: true },
    { 'Content-Type': 'application/json; charset=utf-8' },
  );
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual({ orchestrationID: expect.stringMatching(UUID) as string });
  const parameters = {
    targets: { include: [{ planName: 'azure', region: '^eu' }] },
    strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } },
    dryRun: true,
    kyma: { version: '2.20.5' },
  };
  const id = idOf(answer);
  expect(rig.gateway.starts.at(-1)).toMatchObject({ orchestrationID: id, parameters, createdBy: SUBJECT });
  const seen = await rig.call('GET', `/orchestrations/${id}`);
  expect(seen.body).toMatchObject({ orchestrationID: id, type: 'upgradeKyma', state: 'pending', parameters });
});

describe('the reason of a request', () => {
  const REASON = 'Security fix of Istio\nCHG0042';
  const seen = async (id: string): Promise<unknown> => (await rig.call('GET', `/orchestrations/${id}`)).body;

  it('is answered with who created it, and stands in its log and in the audit', async () => {
    for (const path of ['/upgrade/kyma', '/upgrade/cluster']) {
      const kubernetes = path.endsWith('cluster') ? { kubernetes: { kubernetesVersion: '1.27.4' } } : {};
      const id = idOf(await create({ ...ALL, ...kubernetes, reason: ` ${REASON} ` }, {}, path));
      expect(await seen(id)).toMatchObject({ createdBy: SUBJECT, reason: REASON });
      expect((await seen(id)) as { parameters: object }).not.toHaveProperty('parameters.reason');
      const { body } = await rig.call('GET', `/orchestrations/${id}/events`);
      expect(body).toMatchObject({ data: [{ kind: 'created', reason: REASON }] });
      const audit = await rig.call('GET', '/audit?page_size=1');
      expect(audit.body).toMatchObject({ data: [{ orchestrationID: id, kind: 'created', reason: REASON }] });
      // It comes back with a workflow whose row a restored database has lost.
      expect(rig.gateway.starts.at(-1)).toMatchObject({ orchestrationID: id, reason: REASON });
    }
  });

  it.each([{}, { reason: '' }, { reason: null }, { reason: '  ' }])('may be left out: %j', async (given) => {
    const id = idOf(await create({ ...ALL, ...given }));
    expect(await seen(id)).toMatchObject({ reason: '' });
    const { body } = await rig.call('GET', `/orchestrations/${id}/events`);
    expect(body).toMatchObject({ data: [{ kind: 'created', reason: 'Requested through the API' }] });
  });

  it.each([
    ['x'.repeat(1_001), 'must not be longer than 1,000 characters'],
    ['a\0b', 'must not contain NUL or broken Unicode'],
  ])('is refused when it can not be kept', async (reason, message) => {
    for (const path of ['/upgrade/kyma', '/upgrade/kyma/plan'])
      expect(await create({ ...ALL, reason }, {}, path)).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'reason', message }] },
      });
  });

  it('belongs to what was sent under an Idempotency-Key', async () => {
    const key = { 'Idempotency-Key': 'with-a-reason' };
    const id = idOf(await create({ ...ALL, reason: REASON }, key));
    expect(idOf(await create({ ...ALL, reason: REASON }, key))).toBe(id);
    expect(await create({ ...ALL, reason: 'another one' }, key)).toMatchObject({ status: 422 });
  });
});

it('A50: echoes waves and failure budget with their defaults', async () => {
  const waves = [
    { name: 'canary', targets: { include: { region: '^eu' } }, percent: 2.5, approval: { groups: ['ops'] } },
    { name: 'second', count: 10, workers: 2, soakMinutes: 60 },
  ];
  const answer = await create({ ...ALL, strategy: { waves, failureBudget: { percent: 1, scope: 'wave' } } });
  expect(answer.status).toBe(202);
  const seen = await rig.call('GET', `/orchestrations/${idOf(answer)}`);
  expect((seen.body as { parameters: { strategy: unknown } }).parameters.strategy).toEqual({
    type: 'parallel',
    schedule: 'immediate',
    parallel: { workers: 1 },
    waves: [
      {
        name: 'canary',
        targets: { include: [{ region: '^eu' }] },
        percent: 2.5,
        approval: { groups: ['ops'], notByCreator: false },
      },
      { name: 'second', count: 10, workers: 2, soakMinutes: 60 },
    ],
    failureBudget: { percent: 1, scope: 'wave', onExceeded: 'pause', strict: false },
  });
});

it('A50: accepts the zero values that clients written in Go send, and echoes the defaults', async () => {
  const body = {
    targets: { include: [{ target: 'all', globalAccount: '', planName: '', runtimeID: '' }], exclude: null },
    strategy: { type: '', schedule: '', parallel: { workers: 0 } },
    dryRun: false,
    kyma: { version: '' },
    kubernetes: { kubernetesVersion: '', machineImage: '', machineImageVersion: '' },
  };
  const answers = [await create(body), await create(body, {}, '/upgrade/cluster')];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  const common = {
    targets: { include: [{ target: 'all' }] },
    strategy: { type: 'parallel', schedule: 'immediate', parallel: { workers: 1 } },
    dryRun: false,
  };
  expect(rig.gateway.starts.slice(-2).map(({ type, parameters }) => ({ type, parameters }))).toEqual([
    { type: 'upgradeKyma', parameters: { ...common, kyma: { version: '2.20.5' } } },
    { type: 'upgradeCluster', parameters: { ...common, kubernetes: { kubernetesVersion: '1.31.2' } } },
  ]);
});

it('gives every request without a key an orchestration of its own', async () => {
  const [first, second] = [await create(ALL), await create(ALL)];
  expect(idOf(first)).not.toBe(idOf(second));
});

describe('with an Idempotency-Key', () => {
  const key = (name: string): Record<string, string> => ({ 'Idempotency-Key': name });

  it('answers the same orchestration to the same request, in whatever order its fields are sent', async () => {
    const first = await create({ ...ALL, dryRun: true }, key('same'));
    const second = await create({ dryRun: true, ...ALL }, key('same'));
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(idOf(second)).toBe(idOf(first));
    expect(rig.gateway.starts.filter(({ idempotencyKey }) => idempotencyKey === 'same')).toHaveLength(1);
  });

  it('knows a repeated request also when another default version was configured meanwhile', async () => {
    const first = await create(ALL, key('upgraded'));
    const later = rig.with({
      defaults: { kymaVersion: '2.21.0', kubernetes: { kubernetesVersion: '1.32.0' } },
    });
    const send = (body: object): Promise<Answer> =>
      later.call('POST', '/upgrade/kyma', { body, headers: key('upgraded') });
    const second = await send(ALL);
    expect(second.status).toBe(202);
    expect(idOf(second)).toBe(idOf(first));
    expect((await send({ ...ALL, kyma: { version: '' } })).status).toBe(202);
    expect((await send({ ...ALL, kyma: { version: '2.21.0' } })).status).toBe(422);
  });

  it('refuses another body, and another kind of upgrade, under the same key', async () => {
    const first = await create(ALL, key('other'));
    const others = [
      await create({ ...ALL, dryRun: true }, key('other')),
      await create(ALL, key('other'), '/upgrade/cluster'),
    ];
    expect(first.status).toBe(202);
    for (const answer of others) {
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        type: 'urn:drydock:problem:idempotency-key-reused',
        detail: expect.stringContaining(idOf(first)) as string,
      });
    }
  });

  it('starts nothing anew once its workflow has begun, whatever the engine has forgotten', async () => {
    const first = await create(ALL, key('forgotten'));
    const [request] = rig.gateway.starts.filter(({ idempotencyKey }) => idempotencyKey === 'forgotten');
    await rig.repositories.orchestrations.begun(request as OrchestrationRequest);
    rig.gateway.known.delete(idOf(first));
    const second = await create(ALL, key('forgotten'));
    expect(idOf(second)).toBe(idOf(first));
    expect(rig.gateway.starts.filter(({ idempotencyKey }) => idempotencyKey === 'forgotten')).toHaveLength(1);
  });

  it('gives the same key of another subject another orchestration', async () => {
    const first = await create(ALL, key('shared'));
    const second = await rig.call('POST', '/upgrade/kyma', {
      body: { ...ALL, dryRun: true },
      headers: key('shared'),
      token: await rig.tokenOf('bob', 'runtimeAdmin'),
    });
    expect(second.status).toBe(202);
    expect(idOf(second)).not.toBe(idOf(first));
  });
});

it('accepts while the engine is away, and starts what was accepted when the request is repeated', async () => {
  const key = { 'Idempotency-Key': 'away' };
  rig.gateway.away = true;
  const answer = await create(ALL, key);
  expect(answer.status).toBe(202);
  const id = idOf(answer);
  const seen = await rig.call('GET', `/orchestrations/${id}`);
  expect(seen.body).toMatchObject({ orchestrationID: id, state: 'pending', operationStats: {} });
  rig.gateway.away = false;
  expect(idOf(await create(ALL, key))).toBe(id);
  expect(rig.gateway.starts.at(-1)).toMatchObject({ orchestrationID: id, idempotencyKey: 'away' });
});

it('does not wait long for an engine that takes the request and never answers', async () => {
  const hanging = rig.with({
    orchestrations: { ...gatewayOf(rig), start: () => new Promise(() => undefined) },
  });
  const answer = await hanging.call('POST', '/upgrade/kyma', { body: ALL });
  expect(answer.status).toBe(202);
  expect((await rig.call('GET', `/orchestrations/${idOf(answer)}`)).body).toMatchObject({ state: 'pending' });
});

it.each([
  ['is away', () => repositoriesAway()],
  ['takes questions and never answers', () => repositoriesHanging(rig.repositories)],
])('answers 503 and starts nothing while the database %s', async (_, repositories) => {
  const before = rig.gateway.starts.length;
  const blind = rig.with({ repositories: repositories() });
  const answer = await whileTimeFlies(() => blind.call('POST', '/upgrade/kyma', { body: ALL }));
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable', status: 503 });
  expect(rig.gateway.starts).toHaveLength(before);
});

describe('a time until which windows are waited for', () => {
  // While the token of this test is valid.
  const until = new Date(Date.now() + 60_000).toISOString();
  const strategy = { schedule: 'maintenanceWindow', until };

  it('is kept and shown in UTC', async () => {
    const local = `${new Date(Date.parse(until) + 2 * 3_600_000).toISOString().slice(0, -1)}+02:00`;
    const answer = await rig.call('POST', '/upgrade/kyma', {
      body: { ...ALL, strategy: { ...strategy, until: local } },
    });
    const { body } = await rig.call('GET', `/orchestrations/${idOf(answer)}`);
    expect(body).toMatchObject({ parameters: { strategy } });
  });

  it.each([
    ['that has passed', { ...strategy, until: '2020-01-01T00:00:00Z' }, /must lie in the future/],
    [
      'without an offset',
      { ...strategy, until: '2030-01-01T00:00:00' },
      /must be an RFC 3339 time with an offset/,
    ],
    ['in some years', { ...strategy, until: '9999-12-31T23:00:00-05:00' }, /must lie within a year from now/],
    ['in an immediate orchestration', { until }, /must be left out: only the schedule "maintenanceWindow"/],
  ])('is refused with its path: one %s', async (_, wrong, message) => {
    const answer = await rig.call('POST', '/upgrade/kyma', { body: { ...ALL, strategy: wrong } });
    expect(answer.status).toBe(400);
    const errors = [{ path: 'strategy.until', message: expect.stringMatching(message) as string }];
    expect(answer.body).toMatchObject({ errors });
  });

  it('may have passed when the request is repeated under its key', async () => {
    const body = { ...ALL, strategy };
    const headers = { 'Idempotency-Key': 'until' };
    const first = await rig.call('POST', '/upgrade/kyma', { body, headers });
    const later = rig.with({ clock: () => Date.parse(until) + 1 });
    const again = await later.call('POST', '/upgrade/kyma', { body, headers });
    expect([again.status, again.body]).toEqual([202, first.body]);
  });
});

it('never answers with the text of a failure inside', async () => {
  const failing = rig.with({
    orchestrations: {
      ...gatewayOf(rig),
      start: () => Promise.reject(new TypeError('secret-looking detail of the inside')),
    },
  });
  const answer = await failing.call('POST', '/upgrade/kyma', { body: ALL });
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain('secret-looking');
  expect(rig.log.join('')).toContain('secret-looking');
  expect(rig.log.join('')).not.toContain(await rig.token('runtimeAdmin'));
});

function gatewayOf({ gateway }: ApiRig): ApiRig['deps']['orchestrations'] {
  return {
    start: (request) => gateway.start(request),
    cancel: (id, actor) => gateway.cancel(id, actor),
    look: (id) => gateway.look(id),
    lookAtQueue: () => gateway.lookAtQueue(),
    retry: (request) => gateway.retry(request),
    previewPolicy: (request) => gateway.previewPolicy(request),
    makePlan: (planID) => gateway.makePlan(planID),
    ping: () => Promise.reject(new UnavailableError('engine', 'away')),
  };
}

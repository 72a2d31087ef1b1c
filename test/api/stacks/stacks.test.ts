import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STACK_ACTIONS } from '../../../src/domain/stacks/statuses.ts';
import { ApiRig, SUBJECT } from '../api-rig.ts';
import { added, aDefinition, became, entered, removed } from './definitions.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

beforeEach(() => {
  rig.stackGateway.outcome = { kind: 'accepted', status: 'starting' };
});

describe('POST /orchestration/', () => {
  it('A59 A63 A68 A78: adds a stack, stopped, and shows it as GET does', async () => {
    const definition = aDefinition('/acme/jack/shop');
    const answer = await rig.call('POST', '/orchestration/', { body: definition });
    expect(answer.status).toBe(201);
    const uri = 'http://localhost/orchestration/acme/jack/shop';
    expect(answer.headers.get('Location')).toBe(uri);
    const standing = {
      status: 'stopped',
      status_timestamp: expect.stringMatching(RFC_3339) as string,
      info: { errors: {} },
    };
    const needs = [[], ['disk']];
    const oplans = definition.oplans.map((oplan, at) => ({
      ...{ ...oplan, ...standing },
      info: { errors: {}, needs: needs[at] },
    }));
    expect(answer.body).toEqual({ ...definition, oplans, ...standing, uri, user: SUBJECT });
    expect((await rig.call('GET', '/orchestration/acme/jack/shop', { token: 'operator' })).body).toEqual(
      answer.body,
    );
    expect(rig.stackGateway.ensured).toContain('/acme/jack/shop');
  });

  it('A67: takes what GET answered, under another name', async () => {
    await added(rig, aDefinition('/acme/jack/original'));
    const { body } = await rig.call('GET', '/orchestration/acme/jack/original');
    const copy = { ...(body as object), name: '/acme/jack/copy' };
    expect((await rig.call('POST', '/orchestration/', { body: copy })).status).toBe(201);
  });

  it('fills in defaults and writes times in UTC', async () => {
    const { name, oplans } = aDefinition('/acme/jack/short');
    const schedule = { start_time: '2030-01-31T09:00:00+01:00' };
    const answer = await rig.call('POST', '/orchestration/', {
      body: { name, schedule, oplans: [{ ...oplans[0], ha_policy: null }] },
    });
    expect(answer.body).toMatchObject({
      description: '',
      account: '',
      schedule: { start_time: '2030-01-31T08:00:00.000Z', stop_time: null },
      oplans: [{ ha_policy: 'none' }],
      relationships: [],
    });
  });

  it('refuses a name that exists', async () => {
    await added(rig, aDefinition('/acme/jack/twice'));
    const answer = await rig.call('POST', '/orchestration/', { body: aDefinition('/acme/jack/twice') });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      detail:
        'An orchestration named /acme/jack/twice exists; choose another name, or change it by PUT /orchestration/acme/jack/twice',
    });
  });

  it('answers the same stack under the same Idempotency-Key, and 422 for another body', async () => {
    const headers = { 'Idempotency-Key': 'key-1' };
    const body = aDefinition('/acme/jack/once');
    const answers = await Promise.all(
      [1, 2, 3].map(() => rig.call('POST', '/orchestration/', { headers, body })),
    );
    for (const { status, body: shown } of answers) {
      expect({ status, shown }).toEqual({ status: 201, shown: answers[0]?.body });
    }
    const other = aDefinition('/acme/jack/once', { description: 'Another' });
    const refused = await rig.call('POST', '/orchestration/', { headers, body: other });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ detail: expect.stringContaining('/acme/jack/once') as string });
    const elsewhere = await rig.call('POST', '/orchestration/', {
      headers,
      body,
      token: await rig.tokenOf('bob', 'runtimeAdmin'),
    });
    expect(elsewhere.status).toBe(409);
  });
});

describe('GET /orchestration/{name}', () => {
  it('says which plans come first, also where only a reference says so', async () => {
    const { name, oplans } = aDefinition('/acme/jack/implied');
    await added(rig, { ...aDefinition(name), oplans, relationships: [] });
    const { body } = await rig.call('GET', `/orchestration${name}`);
    expect(body).toMatchObject({
      relationships: [],
      oplans: [
        { label: 'disk', info: { needs: [] } },
        { label: 'web', info: { needs: ['disk'] } },
      ],
    });
  });

  it('A78: shows statuses and errors of plans from their objects', async () => {
    const name = '/acme/jack/failing';
    await added(rig, aDefinition(name));
    await entered(rig, name, 'starting', 'error');
    await became(rig, [name, 'disk', `${name}-disk`], { condition: 'available' });
    await became(rig, [name, 'web', `${name}-web`], { condition: 'failed', error: 'no room' });
    expect((await rig.call('GET', `/orchestration${name}`)).body).toMatchObject({
      status: 'error',
      status_timestamp: '2026-05-12T08:00:00.500000Z',
      info: { errors: { web: `${name}-web: no room` } },
      oplans: [
        { status: 'ready', status_timestamp: '2026-05-12T08:00:00.500000Z', info: { errors: {} } },
        { status: 'error', info: { errors: { [`${name}-web`]: 'no room' } } },
      ],
    });
  });

  it.each([
    '/orchestration/acme/jack/unknown',
    '/orchestration/acme/jack/a%20b',
    '/orchestration/acme/jack/%00',
    `/orchestration/acme/jack/${'x'.repeat(300)}`,
    '/orchestration/acme/jack/unknown/events',
    '/orchestration/a/b/c/d',
  ])('answers 404 for %s', async (path) => {
    const answer = await rig.call('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:not-found' });
  });
});

describe('PUT /orchestration/{name}?action=', () => {
  const name = '/acme/jack/acting';
  beforeAll(async () => void (await added(rig, aDefinition(name))));

  it.each(STACK_ACTIONS)('A69: asks the engine for %s, written in either case', async (action) => {
    for (const written of [action, action.toLowerCase()]) {
      const before = rig.stackGateway.actions.length;
      const answer = await rig.call('PUT', `/orchestration${name}?action=${written}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ name, status: 'starting' });
      expect(rig.stackGateway.actions.slice(before)).toEqual([{ name, request: { action, actor: SUBJECT } }]);
    }
  });

  it.each([
    ['an empty text without a type', '', ''],
    ['an empty text of any type', '', 'application/x-www-form-urlencoded'],
    ['{}', '{}', 'application/json'],
    ['{ } with spaces', ' { } ', 'application/oracle-compute-v3+json'],
  ])('A69: takes the body %s', async (_what, body, type) => {
    const answer = await rig.call('PUT', `/orchestration${name}?action=START`, {
      body,
      headers: { 'Content-Type': type },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['a definition', JSON.stringify(aDefinition(name)), 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['no JSON', '{', 'application/json', 400],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['{} without a type', '{}', '', 415],
  ])('refuses %s as a body', async (_what, body, type, status) => {
    const before = rig.stackGateway.actions.length;
    const answer = await rig.call('PUT', `/orchestration${name}?action=START`, {
      body: new Blob([body]),
      headers: { 'Content-Type': type },
    });
    expect(answer.status).toBe(status);
    expect(rig.stackGateway.actions.length).toBe(before);
  });

  it('A74: answers 409 with the reason that the engine gave', async () => {
    const reason = 'SHUTDOWN needs the status ready or warning, and the orchestration is stopped';
    rig.stackGateway.outcome = { kind: 'refused', reason };
    const answer = await rig.call('PUT', `/orchestration${name}?action=SHUTDOWN`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ detail: reason, message: reason });
  });

  it('answers 404 without asking the engine for what has no row, and when the engine knows none', async () => {
    const before = rig.stackGateway.actions.length;
    expect((await rig.call('PUT', '/orchestration/acme/jack/unknown?action=START')).status).toBe(404);
    expect(rig.stackGateway.actions.length).toBe(before);
    rig.stackGateway.outcome = { kind: 'unknown' };
    expect((await rig.call('PUT', `/orchestration${name}?action=START`)).status).toBe(404);
  });

  it.each([
    ['action=PAUSE', 'action must be one of: START, STOP, SHUTDOWN, RESTART'],
    ['action=', 'action must be one of: START, STOP, SHUTDOWN, RESTART'],
    ['action=START&action=STOP', 'action must be given once'],
    ['Action=START', 'Action is not a known parameter; check its spelling, or leave it out'],
  ])('refuses ?%s', async (query, detail) => {
    const answer = await rig.call('PUT', `/orchestration${name}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ detail });
  });
});

describe('PUT /orchestration/{name}', () => {
  const name = '/acme/jack/changing';
  beforeAll(async () => void (await added(rig, aDefinition(name))));

  it('A59: stores the new definition, then hands its names alone to the engine', async () => {
    const definition = aDefinition(name, { description: 'New' });
    const answer = await rig.call('PUT', `/orchestration${name}`, { body: definition });
    expect(answer.status).toBe(200);
    const sent = rig.stackGateway.definitions.at(-1);
    expect(sent).toMatchObject({
      name,
      request: { actor: SUBJECT, plan: { oplans: [{ label: 'disk' }, {}] } },
    });
    expect(JSON.stringify(sent)).not.toContain('userdata');
    const stored = await rig.repositories.stacks.findRevision(sent?.request.revision ?? '');
    expect(stored).toEqual({ stack: name, definition });
  });

  it('takes what GET answered', async () => {
    const { body } = await rig.call('GET', `/orchestration${name}`);
    expect((await rig.call('PUT', `/orchestration${name}`, { body: body as object })).status).toBe(200);
  });

  it('refuses another name than that of the path', async () => {
    const answer = await rig.call('PUT', `/orchestration${name}`, { body: aDefinition('/acme/jack/other') });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: 'name', message: `must be ${name}, as in the path; a name cannot be changed` }],
    });
  });

  it('answers 404 for a stack that is not there, 409 with the reason of the engine', async () => {
    const unknown = aDefinition('/acme/jack/unknown');
    expect((await rig.call('PUT', '/orchestration/acme/jack/unknown', { body: unknown })).status).toBe(404);
    rig.stackGateway.outcome = { kind: 'refused', reason: 'Wait until it has started' };
    const answer = await rig.call('PUT', `/orchestration${name}`, {
      body: { ...aDefinition(name), description: 'a third one' },
    });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ detail: 'Wait until it has started' });
  });
});

describe('DELETE /orchestration/{name}', () => {
  const name = '/acme/jack/leaving';
  beforeAll(async () => void (await added(rig, aDefinition(name))));

  it('A73 A74: asks the engine; 204 when it is gone, 409 and 404 otherwise', async () => {
    rig.stackGateway.outcome = { kind: 'refused', reason: 'DELETE needs the status stopped' };
    const refused = await rig.call('DELETE', `/orchestration${name}`);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ detail: 'DELETE needs the status stopped' });
    rig.stackGateway.outcome = { kind: 'accepted', status: 'stopped' };
    const answer = await rig.call('DELETE', `/orchestration${name}`);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: '' });
    expect(rig.stackGateway.removals.at(-1)).toEqual({ name, actor: SUBJECT });
    expect((await rig.call('DELETE', '/orchestration/acme/jack/unknown')).status).toBe(404);
  });

  it('A73: the events of a stack stay when it is gone', async () => {
    await removed(rig, name);
    expect((await rig.call('GET', `/orchestration${name}`)).status).toBe(404);
    const { status, body } = await rig.call('GET', `/orchestration${name}/events?page_size=1`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: [{ orchestration: name, kind: 'added', actor: SUBJECT, oplan: null, object: null }],
      count: 1,
      totalCount: 2,
    });
  });
});

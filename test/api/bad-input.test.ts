/** Bad input, each with its exact answer. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../src/api/middleware/json-body.ts';
import { ApiRig, UNKNOWN_ID } from './api-rig.ts';

const ALL = { include: [{ target: 'all' }] };
const FORM = 'application/x-www-form-urlencoded';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

const WORKERS = 'must be a whole number from 1 to 1,000';
const withWorkers = (workers: unknown) => ({ targets: ALL, strategy: { parallel: { workers } } });
const withWaves = (...waves: unknown[]) => ({ targets: ALL, strategy: { waves } });
const including = (...include: unknown[]) => ({ targets: { include } });

describe.each([
  ['workers -1', withWorkers(-1), 'strategy.parallel.workers', WORKERS],
  ['workers 1.5', withWorkers(1.5), 'strategy.parallel.workers', WORKERS],
  ['workers 1e9', withWorkers(1e9), 'strategy.parallel.workers', WORKERS],
  ['workers as a text', withWorkers('5'), 'strategy.parallel.workers', WORKERS],
  ['an unknown field', { targets: ALL, dryrun: true }, 'dryrun', /not a known field/],
  [
    'an unknown field deep inside',
    including({ target: 'all', zone: 'a' }),
    'targets.include[0].zone',
    /not a known field/,
  ],
  ['a wrong type', { targets: ALL, dryRun: 'yes' }, 'dryRun', /must be of type boolean/],
  ['no targets', {}, 'targets', 'is required'],
  ['targets that are a list', { targets: [] }, 'targets', /must be of type object/],
  ['an empty include', including(), 'targets.include', /at least one selector/],
  ['no include', { targets: {} }, 'targets.include', /at least one selector/],
  ['a selector that says nothing', including({}), 'targets.include[0]', /selects nothing/],
  ['a selector of empty texts', including({ planName: '' }), 'targets.include[0]', /selects nothing/],
  [
    'an exclusion that says nothing',
    { targets: { ...ALL, exclude: [{}] } },
    'targets.exclude[0]',
    /selects nothing/,
  ],
  ['another target', including({ target: 'some' }), 'targets.include[0].target', /must be "all"/],
  ['an invalid expression', including({ region: '(' }), 'targets.include[0].region', /./],
  [
    'an expression that needs backtracking',
    including({ region: '(a)\\1' }),
    'targets.include[0].region',
    /./,
  ],
  ['another strategy', { targets: ALL, strategy: { type: 'canary' } }, 'strategy.type', /must be "parallel"/],
  [
    'another schedule',
    { targets: ALL, strategy: { schedule: 'later' } },
    'strategy.schedule',
    /must be "immediate"/,
  ],
  ['a wave without a name', withWaves({ count: 1 }), 'strategy.waves[0].name', 'is required'],
  [
    'a wave after one that takes everything',
    withWaves({ name: 'a' }, { name: 'b', percent: 5 }),
    'strategy.waves[1]',
    /can never get a runtime: waves\[0\]/,
  ],
  [
    'an invalid expression in a wave',
    withWaves({ name: 'a', targets: { include: [{ region: '(' }] } }),
    'strategy.waves[0].targets.include[0].region',
    /not a valid regular expression/,
  ],
  [
    'a budget for each wave without waves',
    { targets: ALL, strategy: { failureBudget: { max: 1, scope: 'wave' } } },
    'strategy.failureBudget.scope',
    /must be "all"/,
  ],
  [
    'a version that is none',
    { targets: ALL, kyma: { version: 'newest' } },
    'kyma.version',
    /semantic version/,
  ],
  [
    'the versions of the other upgrade',
    { targets: ALL, kubernetes: { kubernetesVersion: '1.30.1' } },
    'kubernetes',
    /upgrade\/cluster/,
  ],
])('POST /upgrade/kyma with %s', (_what, body, path, message) => {
  it('A22: 400, naming the field', async () => {
    const answer = await rig.call('POST', '/upgrade/kyma', { body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    const text: unknown = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(answer.body).toMatchObject({
      type: 'urn:drydock:problem:invalid-input',
      title: 'The request is not valid',
      status: 400,
      instance: '/upgrade/kyma',
      errors: [{ path, message: text }],
    });
    expect(rig.gateway.starts).toEqual([]);
  });
});

it('takes a catastrophic regular expression for what it is: harmless in linear time', async () => {
  const answer = await rig.call('POST', '/upgrade/kyma', { body: including({ region: '^(a+)+$' }) });
  expect(answer.status).toBe(202);
  rig.gateway.starts.length = 0;
});

it('names everything that is wrong at once', async () => {
  const body = { targets: { include: [{}], exclude: 5 }, dryRun: 'no', colour: 'red' };
  const { body: problem } = await rig.call('POST', '/upgrade/kyma', { body });
  const { errors } = problem as { errors: { path: string }[] };
  expect(errors.map(({ path }) => path).sort()).toEqual([
    'colour',
    'dryRun',
    'targets.exclude',
    'targets.include[0]',
  ]);
});

describe.each(['/upgrade/kyma', '/upgrade/cluster'])('POST %s', (path) => {
  it.each(['{', '', '{"targets": {}},', "{'targets': 1}", '\u0000'])(
    '400 for malformed JSON %j',
    async (body) => {
      const answer = await rig.call('POST', path, { body });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        type: 'urn:drydock:problem:malformed-body',
        detail: expect.stringContaining('not valid JSON') as string,
      });
    },
  );

  it.each(['null', '[]', '5', '"text"'])('400 for JSON that is no object: %s', async (body) => {
    const answer = await rig.call('POST', path, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: '', message: expect.stringMatching(/must be of type object/) as string }],
    });
  });

  it.each([
    '',
    'text/plain',
    FORM,
    'application/jsonp',
    'multipart/form-data; boundary=x',
    'application/ld+json',
  ])('A20: 415 for the content type %j', async (type) => {
    const body = JSON.stringify({ targets: ALL });
    const answer = await rig.call('POST', path, {
      body: new Blob([body]),
      headers: { 'Content-Type': type },
    });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('Accept-Post')).toBe('application/json');
  });

  it('413 for a body that is too large, said by its length or only found by reading', async () => {
    const body = JSON.stringify({ targets: ALL, padding: 'x'.repeat(BODY_LIMIT_BYTES) });
    const lengths: Record<string, string>[] = [{ 'Content-Length': String(body.length) }, {}];
    for (const headers of lengths) {
      const answer = await rig.call('POST', path, { body, headers });
      expect(answer.status).toBe(413);
      expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:body-too-large' });
    }
  });

  it.each(['', ' ', 'x'.repeat(256), 'ä'])('400 for the Idempotency-Key %j', async (key) => {
    const token = await rig.token('runtimeAdmin');
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    };
    const response = await rig.app.request(path, {
      method: 'POST',
      headers,
      body: JSON.stringify({ targets: ALL }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'Idempotency-Key' }] });
  });
});

describe.each([
  ['GET', (id: string) => `/orchestrations/${id}`],
  ['GET', (id: string) => `/orchestrations/${id}/operations`],
  ['GET', (id: string) => `/orchestrations/${id}/events`],
  ['GET', (id: string) => `/orchestrations/${id}/operations/${UNKNOWN_ID}`],
  ['GET', (id: string) => `/orchestrations/${UNKNOWN_ID}/operations/${id}`],
  ['PUT', (id: string) => `/orchestrations/${id}/cancel`],
  ['POST', (id: string) => `/orchestrations/${id}/retry`],
] as const)('%s %s', (method, pathOf) => {
  it.each([UNKNOWN_ID, 'no-uuid', '1', "';drop table orchestrations;--", '%00', UNKNOWN_ID.slice(1)])(
    '404 for the ID %j',
    async (id) => {
      const headers: Record<string, string> = method === 'POST' ? { 'Content-Type': FORM } : {};
      const answer = await rig.call(method, pathOf(encodeURI(id)), { headers });
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:not-found', status: 404 });
    },
  );
});

describe.each(['/orchestrations', `/orchestrations/${UNKNOWN_ID}/operations`])('GET %s', (path) => {
  it.each([
    ['page=0', 'page'],
    ['page=-1', 'page'],
    ['page=1.5', 'page'],
    ['page=one', 'page'],
    ['page=', 'page'],
    ['page=1&page=2', 'page'],
    ['page=99999999999999999999', 'page'],
    ['page=1000000000', 'page'],
    ['page_size=0', 'page_size'],
    ['page_size=101', 'page_size'],
    ['page_size=10&page_size=20', 'page_size'],
    ['state=done', 'state'],
    ['state=failed&state=done', 'state[1]'],
  ])('400 for ?%s', async (query, field) => {
    const answer = await rig.call('GET', `${path}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: field, message: expect.stringMatching(/^must /) as string }],
    });
  });
});

it.each([
  ['page=0', 'page must be a whole number from 1 to 999,999,999'],
  ['page=1000000000', 'page must be a whole number from 1 to 999,999,999'],
  ['page=1&page=2', 'page must be given once'],
  ['page_size=101', 'page_size must be a whole number from 1 to 100'],
  ['page_size=12345678901', 'page_size must be a whole number from 1 to 100'],
])('names the limits of paging: ?%s', async (query, detail) => {
  expect((await rig.call('GET', `/orchestrations?${query}`)).body).toMatchObject({ status: 400, detail });
  expect((await rig.call('GET', `/orchestrations?page=999999999&page_size=100`)).status).toBe(200);
});

it.each([
  ['GET', '/orchestrations'],
  ['GET', `/orchestrations/${UNKNOWN_ID}`],
  ['GET', `/orchestrations/${UNKNOWN_ID}/operations`],
  ['GET', `/orchestrations/${UNKNOWN_ID}/operations/${UNKNOWN_ID}`],
  ['GET', `/orchestrations/${UNKNOWN_ID}/events`],
  ['PUT', `/orchestrations/${UNKNOWN_ID}/cancel`],
  ['POST', `/orchestrations/${UNKNOWN_ID}/retry`],
  ['POST', '/upgrade/kyma'],
  ['POST', '/upgrade/cluster'],
])('400 for an unknown query parameter: %s %s', async (method, path) => {
  const isForm = path.endsWith('/retry');
  const body = method === 'POST' ? (isForm ? '' : { targets: ALL }) : undefined;
  const headers: Record<string, string> = isForm ? { 'Content-Type': FORM } : {};
  const answer = await rig.call(method, `${path}?dryRun=true`, { body, headers });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({
    errors: [{ path: 'dryRun', message: 'is not a known parameter; check its spelling, or leave it out' }],
  });
});

describe('POST /orchestrations/{id}/retry', () => {
  const retry = (body: string, type: string) =>
    rig.call('POST', `/orchestrations/${UNKNOWN_ID}/retry`, { body, headers: { 'Content-Type': type } });

  it.each(['', 'application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    '415 for %j',
    async (type) => {
      expect((await retry('', type)).status).toBe(415);
    },
  );

  it('400 for an unknown field', async () => {
    const answer = await retry('operationID=x', FORM);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: 'operationID', message: expect.stringMatching(/not a known field/) as string }],
    });
  });
});

/** Requests about the maintenance policy that are refused, each with its answer. Nothing is ever stored. */
import { EMPTY_POLICY } from '../../src/domain/upgrades/maintenance-policy.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { POLICY_LIMIT_BYTES } from '../../src/api/routes/upgrades/policy/policy-document.ts';
import { ApiRig, type Answer } from './api-rig.ts';
import { PATH, SOME } from './policies.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(async () => {
  const { headers, body } = await rig.call('GET', PATH);
  expect({ tag: headers.get('ETag'), body }).toEqual({ tag: '"0"', body: EMPTY_POLICY });
});

const put = (body: object | string, tag: string): Promise<Answer> =>
  rig.call('PUT', PATH, { body, headers: { 'If-Match': tag } });

it.each(['W/"1"', '"0", "1"', '*', '1', '"01"', '"-1"', '"one"', '""', '"1.0"'])(
  '400 for %j, which names no version',
  async (tag) => {
    const answer = await put(SOME, tag);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      errors: [{ path: 'If-Match', message: expect.stringMatching(/^must be one version .* "3"/) as string }],
    });
  },
);

it('names every fault of a document, with its path and what to do', async () => {
  const answer = await put(
    {
      rules: [
        { match: { plan: '(' }, timeBegin: '250000+0000', timeEnd: '020000+0000' },
        { match: {}, timeBegin: '220000', timeEnd: '020000', timeZone: 'Berlin' },
      ],
      freezes: [{ name: 'a', from: '2030-02-30', to: '2031-01-01T00:00:00Z', reason: 'b' }],
      optOut: [{ reason: 'c', until: '2031-01-01T00:00:00Z' }],
      freeze: [],
    },
    '"0"',
  );
  expect(answer).toMatchObject({ status: 400, body: { type: 'urn:drydock:problem:invalid-input' } });
  const { errors } = answer.body as { errors: { path: string; message: string }[] };
  expect(Object.fromEntries(errors.map(({ path, message }) => [path, message]))).toEqual({
    'rules[0].match.plan': expect.stringMatching(/regular expression/) as string,
    'rules[0].timeBegin': expect.stringMatching(/^must be a time of day/) as string,
    'rules[1].match': expect.stringMatching(/^must have a plan/) as string,
    'rules[1].timeZone': expect.stringMatching(/IANA/) as string,
    'freezes[0].from': expect.stringMatching(/^must be a time like/) as string,
    'optOut[0]': expect.stringMatching(/runtimeID or a match/) as string,
    freeze: expect.stringMatching(/not a known field/) as string,
  });
});

it.each(['null', '[]', '5'])('400 for JSON that is no object: %s', async (body) => {
  expect(await put(body, '"0"')).toMatchObject({ status: 400, body: { errors: [{ path: '' }] } });
});

it.each(['{', '', "{'rules': 1}"])('400 for what is no JSON: %j', async (body) => {
  expect(await put(body, '"0"')).toMatchObject({
    status: 400,
    body: { title: 'The body cannot be read' },
  });
});

it('415 for another content type, and for a compressed body', async () => {
  const headers = { 'If-Match': '"0"' };
  const text = { ...headers, 'Content-Type': 'text/yaml' };
  const answer = await rig.call('PUT', PATH, { body: 'rules: []', headers: text });
  expect(answer.status).toBe(415);
  expect(answer.headers.get('Accept')).toBe('application/json');
  const zipped = await rig.call('PUT', PATH, {
    body: SOME,
    headers: { ...headers, 'Content-Encoding': 'gzip' },
  });
  expect(zipped.status).toBe(415);
});

it.each([
  ['GET', '?version=0', 'version'],
  ['GET', '?version=one', 'version'],
  ['GET', '?version=2147483648', 'version'],
  ['GET', '?version=1&version=2', 'version'],
  ['GET', '?page=1', 'page'],
  ['GET', '/versions?page=0', 'page'],
  ['GET', '/versions?page_size=101', 'page_size'],
  ['GET', '/versions?version=1', 'version'],
  ['PUT', '?force=true', 'force'],
  ['PUT', '?reason=a&reason=b', 'reason'],
  ['PUT', '?reason=a%00b', 'reason'],
  ['PUT', `?reason=${'x'.repeat(1_001)}`, 'reason'],
])('400 for a parameter that is unknown or unreadable: %s %.40s', async (method, query, path) => {
  const call = method === 'PUT' ? { body: SOME, headers: { 'If-Match': '"0"' } } : {};
  const answer = await rig.call(method, `${PATH}${query}`, call);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});

it('405 for another method, with those that there are', async () => {
  for (const [method, path, allow] of [
    ['DELETE', PATH, 'GET, HEAD, PUT'],
    ['POST', `${PATH}/versions`, 'GET, HEAD'],
    ['GET', `${PATH}/preview`, 'POST'],
  ] as const) {
    const answer = await rig.call(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe(allow);
  }
});

it.each(['', '/preview'])('413 for a body that is too large, with what to do instead: %s', async (below) => {
  const body = JSON.stringify({ padding: 'x'.repeat(POLICY_LIMIT_BYTES) });
  for (const length of [String(body.length), '']) {
    const headers = { 'If-Match': '"0"', 'Content-Length': length };
    const answer = await rig.call(below === '' ? 'PUT' : 'POST', `${PATH}${below}`, { body, headers });
    expect(answer).toMatchObject({ status: 413, body: { type: 'urn:drydock:problem:body-too-large' } });
    const detail = /^The body may have at most 1572864 bytes; leave out opt-outs/;
    expect(answer.body).toMatchObject({ detail: expect.stringMatching(detail) as string });
  }
});

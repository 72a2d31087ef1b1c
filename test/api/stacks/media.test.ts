import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../../support/environment.ts';
import { ApiRig, type Answer, type Call } from '../api-rig.ts';
import { added, aDefinition, ORACLE_TYPE } from './definitions.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition('/acme/jack/shop'));
});

const post = async (body: Call['body'], headers: Record<string, string>): Promise<Answer> =>
  await rig.call('POST', '/orchestration/', { body, headers });

describe.each(['application/json', ORACLE_TYPE, `${ORACLE_TYPE}; charset=utf-8`, ORACLE_TYPE.toUpperCase()])(
  'A67: a body of %s',
  (type) => {
    it('is taken', async () => {
      const name = `/acme/types/${type.replace(/[^a-z]/gi, '')}${type.length}`;
      expect((await post(aDefinition(name), { 'Content-Type': type })).status).toBe(201);
    });

    it('is looked at', async () => {
      const headers = { 'Content-Type': type };
      expect((await post({}, headers)).status).toBe(400);
      expect((await post('{', headers)).body).toMatchObject({
        type: 'urn:drydock:problem:malformed-body',
        status: 400,
      });
      const put = await rig.call('PUT', '/orchestration/acme/jack/shop', { body: '{"name":1}', headers });
      expect(put.status).toBe(400);
    });
  },
);

it.each([
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/problem+json',
  'application/jsonx',
])('refuses a body of type "%s"', async (type) => {
  for (const [method, path] of [
    ['POST', '/orchestration/'],
    ['PUT', '/orchestration/acme/jack/shop'],
    ['PUT', '/instance/acme/jack/shop-web'],
    ['POST', '/backups'],
  ] as const) {
    const body = new Blob([JSON.stringify(aDefinition('/acme/jack/refused'))]);
    const answer = await rig.call(method, path, { body, headers: { 'Content-Type': type } });
    expect({ path, status: answer.status }).toEqual({ path, status: 415 });
    expect(answer.body).toMatchObject({
      detail: `Send the body as Content-Type: application/json or ${ORACLE_TYPE}`,
    });
  }
  expect((await rig.call('GET', '/orchestration/acme/jack/refused')).status).toBe(404);
});

it.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['text/html', 'application/json'],
  ['application/json', 'application/json'],
  [ORACLE_TYPE, ORACLE_TYPE],
  [`application/json;q=0.5, ${ORACLE_TYPE}`, ORACLE_TYPE],
  [`application/json, ${ORACLE_TYPE};q=0.5`, 'application/json'],
  [`text/html, ${ORACLE_TYPE};q=0.9, */*;q=0.1`, ORACLE_TYPE],
])('A67: Accept: %s is answered in %s', async (accept, type) => {
  const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
  const answer = await rig.call('GET', '/orchestration/acme/jack/shop', { headers });
  expect(answer.headers.get('Content-Type')).toBe(type);
  expect(answer.headers.get('Vary')).toContain('Accept');
  expect(answer.body).toMatchObject({ name: '/acme/jack/shop' });
});

describe('problems on the paths of stacks', () => {
  const PROBLEMS: [status: number, method: string, path: string, call: Call][] = [
    [400, 'GET', '/orchestration/?page=0', {}],
    [401, 'GET', '/orchestration/', { token: null }],
    [401, 'GET', '/orchestration-templates', { token: 'no-jwt' }],
    [403, 'POST', '/orchestration/', { token: 'operator' }],
    [404, 'GET', '/orchestration/a/b/c', {}],
    [404, 'GET', '/instance/a/b/c', {}],
    [404, 'GET', '/backups/1', {}],
    [404, 'GET', '/storage/nothing', {}],
    [404, 'GET', '/orchestration/a/b/c/', {}],
    [405, 'PATCH', '/orchestration/a/b/c', {}],
    [413, 'POST', '/orchestration/', { body: `"${'x'.repeat(1024 * 1024)}"` }],
    [413, 'PUT', '/orchestration/a/b/c?action=START', { body: ' '.repeat(1024 * 1024 + 1) }],
    [415, 'POST', '/orchestration/', { body: '{}', headers: { 'Content-Type': 'text/plain' } }],
  ];

  it.each(PROBLEMS)('%i for %s %s: with message beside detail', async (status, method, path, call) => {
    const answer = await rig.call(method, path, call);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    const { detail, message } = answer.body as { detail: string; message: string };
    expect(detail).not.toBe('');
    expect(message).toBe(detail);
  });

  it.each(PROBLEMS)('%i for %s %s: in the type that Accept names', async (status, method, path, call) => {
    const headers = { ...call.headers, Accept: ORACLE_TYPE };
    const answer = await rig.call(method, path, { ...call, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Content-Type')).toBe(ORACLE_TYPE);
    expect(answer.body).toMatchObject({ status, message: expect.any(String) as string });
  });

  it.each(['/orchestrations/x', '/Orchestration/', '/instances/a/b/c', '/backup', '/', '/upgrade/kyma'])(
    'GET %s: elsewhere the message too, and never this type',
    async (path) => {
      const answer = await rig.call('GET', path, { headers: { Accept: ORACLE_TYPE } });
      expect(answer.status).toBeGreaterThanOrEqual(404);
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
      const { detail, message } = answer.body as { detail: string; message: string };
      expect(message).toBe(detail);
    },
  );
});

it.each([
  ['POST', '/orchestration', 405, 'This path takes GET, HEAD; POST goes to /orchestration/'],
  ['PUT', '/orchestration', 405, 'This path takes GET, HEAD'],
  ['GET', '/orchestration/a/b/c/', 404, 'There is nothing at this path; leave out the slash at its end'],
  ['GET', '/orchestration-templates/', 404, 'There is nothing at this path; leave out the slash at its end'],
  ['PUT', '/orchestration/a/b/c/', 404, 'There is nothing at this path; leave out the slash at its end'],
  ['POST', '/backups/', 404, 'There is nothing at this path; leave out the slash at its end'],
  ['POST', '/orchestration/a/b/c/', 404, 'There is nothing at this path; see /docs for the API'],
  ['GET', '/orchestration/a/b/c//', 404, 'There is nothing at this path; see /docs for the API'],
  ['GET', '/orchestration/a/b/c/d/', 404, 'There is nothing at this path; see /docs for the API'],
  ['GET', '/storage/', 404, 'There is nothing at this path; see /docs for the API'],
  ['GET', '/nowhere/', 404, 'There is nothing at this path; see /docs for the API'],
  ['GET', '/', 404, 'There is nothing at this path; see /docs for the API'],
])('%s %s answers %i and says where to go', async (method, path, status, detail) => {
  const answer = await rig.call(method, path);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ detail });
});

it('A67: speaks the types over a socket as in process', async () => {
  const listener = getRequestListener(rig.app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const base = `http://127.0.0.1:${address.port}`;
  const headers = { Authorization: `Bearer ${await rig.token('runtimeAdmin')}`, Accept: ORACLE_TYPE };
  const answer = await fetch(`${base}/orchestration/`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': ORACLE_TYPE },
    body: JSON.stringify(aDefinition('/acme/jack/socket')),
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('Content-Type')).toBe(ORACLE_TYPE);
  expect(await answer.json()).toMatchObject({ uri: `${base}/orchestration/acme/jack/socket` });
  const action = await fetch(`${base}/orchestration/acme/jack/socket?action=start`, {
    method: 'PUT',
    headers,
  });
  expect(action.status).toBe(200);
  const backup = await fetch(`${base}/backups`, { method: 'POST', headers });
  expect(backup.headers.get('Content-Type')).toBe(ORACLE_TYPE);
  expect(await backup.json()).toHaveProperty('stacks');
});

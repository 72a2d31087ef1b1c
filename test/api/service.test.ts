import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { startAPI } from '../../src/bin/compose/api-server.ts';
import { atEndOfFile } from '../support/environment.ts';
import { ApiRig, repositoriesAway, repositoriesHanging, UNKNOWN_ID, whileTimeFlies } from './api-rig.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
});

it('says that it lives, without a token', async () => {
  expect((await rig.call('GET', '/healthz', { token: null })).body).toEqual({ status: 'ok' });
});

it('is ready when engine, database and issuer answer', async () => {
  const answer = await rig.call('GET', '/readyz', { token: null });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    status: 'ready',
    checks: { engine: { status: 'up' }, database: { status: 'up' }, issuer: { status: 'up' } },
    outside: {},
  });
});

it('lists the systems that upgrades need, and is ready without them', async () => {
  const outside = { inventory: { status: 'down' }, provisioner: { status: 'unknown' } } as const;
  const answer = await rig.with({ outside: () => outside }).call('GET', '/readyz', { token: null });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ status: 'ready', outside });
});

it('says what is away when it is not ready', async () => {
  const { authentication } = rig.deps;
  const lost = rig.with({
    repositories: repositoriesAway(),
    authentication: { ...authentication, issuer: 'http://127.0.0.1:1' },
  });
  rig.gateway.away = true;
  const answer = await lost.call('GET', '/readyz', { token: null });
  rig.gateway.away = false;
  expect(answer.status).toBe(503);
  expect(answer.body).toEqual({
    status: 'not ready',
    checks: {
      engine: { status: 'down', reason: 'The engine does not answer' },
      database: { status: 'down', reason: 'The database does not answer' },
      issuer: { status: 'down', reason: 'The issuer does not answer' },
    },
    outside: {},
  });
});

it('answers 503 with Retry-After to everything that reads, while the database is away', async () => {
  const blind = rig.with({ repositories: repositoriesAway() });
  for (const path of ['', `/${UNKNOWN_ID}`, `/${UNKNOWN_ID}/operations`, `/${UNKNOWN_ID}/events`]) {
    const answer = await blind.call('GET', `/orchestrations${path}`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable' });
    expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|ECONN|select/i);
  }
});

it('gives up reading when the database takes questions and never answers', async () => {
  const hanging = rig.with({ repositories: repositoriesHanging(rig.repositories) });
  const paths = [
    '',
    `/${UNKNOWN_ID}`,
    `/${UNKNOWN_ID}/operations`,
    `/${UNKNOWN_ID}/operations/${UNKNOWN_ID}`,
  ];
  const answers = await whileTimeFlies(() =>
    Promise.all(
      [...paths, `/${UNKNOWN_ID}/events`].map((path) => hanging.call('GET', `/orchestrations${path}`)),
    ),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:database-unavailable' });
  }
});

it('leads from /docs/ to /docs, and says what to do about any other slash at the end', async () => {
  const docs = await rig.call('GET', '/docs/', { token: null });
  expect([docs.status, docs.headers.get('Location')]).toEqual([308, '../docs']);
  for (const path of ['/orchestrations/', `/orchestrations/${UNKNOWN_ID}/`, '/healthz/']) {
    const answer = await rig.call('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ detail: expect.stringMatching(/leave out the slash/) as string });
  }
});

it.each([
  ['/nothing/%22here%22?a=b', '/nothing/%22here%22'],
  ['/nothing/{here}|[x]^%zz', '/nothing/%7Bhere%7D%7C%5Bx%5D%5E%25zz'],
  ['/nothing/größe', '/nothing/gr%C3%B6%C3%9Fe'],
])('names the path of a request as a valid URI reference: %s', async (path, instance) => {
  expect((await rig.call('GET', path, { token: null })).body).toMatchObject({ instance });
});

it('answers 404 to an unknown path, and 405 with Allow to another method', async () => {
  const unknown = await rig.call('GET', '/nowhere', { token: null });
  expect(unknown.status).toBe(404);
  expect(unknown.body).toMatchObject({ type: 'urn:drydock:problem:not-found', instance: '/nowhere' });
  for (const [method, path, allow] of [
    ['DELETE', '/orchestrations', 'GET, HEAD'],
    ['GET', '/upgrade/kyma', 'POST'],
    ['POST', `/orchestrations/${UNKNOWN_ID}/cancel`, 'PUT'],
    ['PATCH', '/healthz', 'GET, HEAD'],
  ] as const) {
    const answer = await rig.call(method, path);
    expect({ path, status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      path,
      status: 405,
      allow,
    });
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  }
});

it('names every request, and logs it without its token', async () => {
  const given = await rig.call('GET', '/orchestrations?page=0', {
    headers: { 'X-Request-Id': 'from-the-caller' },
  });
  expect(given.headers.get('X-Request-Id')).toBe('from-the-caller');
  expect(given.body).toMatchObject({ requestID: 'from-the-caller' });
  const line = rig.log
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .find(({ requestID }) => requestID === 'from-the-caller');
  expect(line).toMatchObject({ method: 'GET', path: '/orchestrations', status: 400, subject: 'alice' });
  expect(rig.log.join('')).not.toContain(await rig.token('runtimeAdmin'));
});

it('counts answers by route, not by path', async () => {
  await rig.call('GET', `/orchestrations/${UNKNOWN_ID}`);
  const { body, headers } = await rig.call('GET', '/metrics', { token: null });
  expect(headers.get('Content-Type')).toContain('text/plain');
  expect(body).toMatch(/_count\{method="GET",route="\/orchestrations\/:orchestrationID",status="404"\} 1/);
  expect(body).not.toContain(UNKNOWN_ID);
});

it('serves over HTTP, refuses a body that never ends, and closes in an orderly way', async () => {
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1', closeLimitMs: 100 });
  atEndOfFile(() => api.close());
  const healthy = await fetch(`${api.url}/healthz`);
  // Longer than proxies keep an idle one by default: they don't use it again just as it is closed.
  expect([healthy.status, healthy.headers.get('keep-alive')]).toEqual([200, 'timeout=75']);
  expect(await sendEndlessBody(`${api.url}/upgrade/kyma`, await rig.token('runtimeAdmin'))).toBe(413);
  // An open connection that asks for nothing must not hold up the end.
  const idle = connect({ port: Number(new URL(api.url).port), host: '127.0.0.1' });
  await new Promise((resolve) => idle.once('connect', resolve));
  const closed = new Promise((resolve) => idle.once('close', resolve));
  await Promise.all([api.close(), api.close()]);
  await closed;
  await expect(fetch(`${api.url}/healthz`)).rejects.toThrow();
});

it('says what to do about a port that is in use', async () => {
  const api = await startAPI({ app: rig.app, port: 0, host: '127.0.0.1' });
  atEndOfFile(() => api.close());
  const port = Number(new URL(api.url).port);
  await expect(startAPI({ app: rig.app, port, host: '127.0.0.1' })).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is in use: end the program that holds it, or choose another port with PORT`,
  );
});

/** Writes in chunks until an answer comes; its status. */
async function sendEndlessBody(url: string, token: string): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    });
    let answered = false;
    const write = (): void => {
      if (!answered) request.write(' '.repeat(64 * 1024), () => setImmediate(write));
    };
    request.on('response', (response) => {
      answered = true;
      response.resume();
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    // After the answer the connection may go in any way.
    request.on('error', (error) => {
      if (!answered) reject(error);
    });
    write();
  });
}

/** Requests that well-behaved clients do not send. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../../src/domain/errors.ts';
import { atEndOfFile, until } from '../../support/environment.ts';
import { ApiRig, UNKNOWN_ID } from '../api-rig.ts';
import { added, aDefinition, entered } from './definitions.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition('/acme/jack/shop'));
});

it.each([
  ['/orchestration/acme%2Fjack%2Fshop'],
  ['/orchestration/%00'],
  ['/orchestration/acme%2Fjack/'],
  ['/orchestration/acme/%C2%84/'],
  ['/instance/a%20b/'],
  ['/storage/volume/acme%2Fjack'],
])('A78: a list of %s is 404: no name has such a part', async (path) => {
  const answer = await rig.call('GET', path);
  expect(answer.status).toBe(404);
  expect(answer.body).toMatchObject({
    message: expect.stringContaining('slashes stand between them as they are') as unknown,
  });
});

it.each([
  ['POST', '/orchestration/'],
  ['PUT', '/orchestration/acme/jack/shop'],
  ['PUT', '/instance/acme/jack/shop-web'],
  ['POST', '/backups'],
  ['POST', `/backups/${UNKNOWN_ID}/restore`],
  ['POST', '/upgrade/kyma'],
])('%s %s of a compressed body is 415', async (method, path) => {
  const answer = await rig.call(method, path, {
    body: aDefinition('/acme/jack/zipped'),
    headers: { 'Content-Encoding': 'gzip' },
  });
  expect(answer.status).toBe(415);
  expect(answer.headers.get('Accept-Encoding')).toBe('identity');
  expect(answer.body).toMatchObject({ detail: 'Send the body as it is, without Content-Encoding' });
});

it('names types as JSON does', async () => {
  const body = aDefinition('/acme/jack/types');
  const answer = await rig.call('POST', '/orchestration/', { body: { ...body, schedule: [] } });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({
    errors: [{ path: 'schedule', message: 'must be of type object, not array' }],
  });
});

it('says what the gateway says of the engine, and logs it as one line', async () => {
  const text = 'The workflow engine has the request, but no worker has answered it in time';
  const cause = new Error('deadline exceeded');
  const gateway = Object.assign(Object.create(rig.stackGateway) as typeof rig.stackGateway, {
    act: () => Promise.reject(new UnavailableError('engine', text, { cause })),
  });
  const answer = await rig
    .with({ stackGateway: gateway })
    .call('PUT', '/orchestration/acme/jack/shop?action=START');
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ message: text });
  const lines = rig.log.filter((line) => line.includes('an outside system is away'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({ reason: text, causes: ['deadline exceeded'] }),
  );
  expect(lines.join()).not.toContain('    at ');
});

describe('a workflow that knows of no such stack', () => {
  const withRemoval = (remove: () => Promise<unknown>): ApiRig => {
    const gateway = Object.assign(Object.create(rig.stackGateway) as typeof rig.stackGateway, {
      remove: async () => {
        await remove();
        return { kind: 'unknown' };
      },
    });
    return rig.with({ stackGateway: gateway });
  };

  it('A73: DELETE is a 204 when the stack was removed by then', async () => {
    const name = '/acme/jack/gone';
    await added(rig, aDefinition(name));
    const { createdAt = '' } = (await rig.repositories.stacks.find(name)) ?? {};
    const event = { actor: 'alice', reason: 'Removed', now: new Date().toISOString() };
    const removing = withRemoval(() => rig.repositories.stacks.remove(name, createdAt, event));
    expect((await removing.call('DELETE', `/orchestration${name}`)).status).toBe(204);
    expect((await removing.call('DELETE', `/orchestration${name}`)).status).toBe(404);
  });

  it('DELETE is no 204 while the stack is there; its run is asked to read the database first', async () => {
    const before = rig.stackGateway.resyncs.length;
    const path = '/orchestration/acme/jack/shop';
    expect((await withRemoval(() => Promise.resolve()).call('DELETE', path)).status).toBe(404);
    expect(rig.stackGateway.resyncs.slice(before)).toEqual(['/acme/jack/shop']);
    expect((await rig.call('GET', path)).status).toBe(200);
  });
});

it('a definition that says what stands already is answered in every status, and bothers nobody', async () => {
  const name = '/acme/jack/same';
  await added(rig, aDefinition(name));
  await entered(rig, name, 'starting');
  const before = rig.stackGateway.definitions.length;
  const answer = await rig.call('PUT', `/orchestration${name}`, { body: aDefinition(name) });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ name, status: 'starting' });
  expect(rig.stackGateway.definitions).toHaveLength(before);
});

describe('a client that goes away while it sends its body', () => {
  it('is no fault of the service', async () => {
    const listener = getRequestListener(rig.app.fetch);
    const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    atEndOfFile(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    const token = await rig.token('runtimeAdmin');
    const before = rig.log.length;
    socket.write(
      `POST /orchestration/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    // The request is being handled before its body has come.
    await once(server, 'request');
    socket.destroy();
    const answered = await until(
      () => rig.log.slice(before).find((line) => line.includes('"path":"/orchestration/"')),
      { what: 'the line of the request' },
    );
    expect(JSON.parse(answered)).toMatchObject({ method: 'POST', status: 400, level: 30 });
    expect(rig.log.slice(before).join()).not.toContain('request failed');
  });
});

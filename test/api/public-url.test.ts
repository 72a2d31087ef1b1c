/** Absolute addresses in answers: from PUBLIC_URL, or from the request. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { getRequestListener } from '@hono/node-server';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/environment.ts';
import { ApiRig } from './api-rig.ts';
import { added, aDefinition, became } from './stacks/definitions.ts';

let rig: ApiRig;

beforeAll(async () => {
  rig = await ApiRig.start();
  await added(rig, aDefinition('/acme/jack/shop'));
  await became(rig, ['/acme/jack/shop', 'web', '/acme/jack/shop-web'], {
    condition: 'running',
    objectID: 'i-1',
    owned: true,
  });
});

describe.each([
  [undefined, 'http://localhost'],
  ['https://drydock.example', 'https://drydock.example'],
  ['https://example.com:8443/fleet/drydock', 'https://example.com:8443/fleet/drydock'],
])('with PUBLIC_URL %s', (publicURL, base) => {
  let service: ApiRig;
  beforeAll(() => {
    service = rig.with({ publicURL });
  });

  it('uri of stacks and objects begins with it', async () => {
    const uri = `${base}/orchestration/acme/jack/shop`;
    const instance = `${base}/instance/acme/jack/shop-web`;
    expect((await service.call('GET', '/orchestration/acme/jack/shop')).body).toMatchObject({ uri });
    const { body } = await service.call('PUT', '/orchestration/acme/jack/shop?action=START');
    expect(body).toMatchObject({ uri });
    const list = (await service.call('GET', '/orchestration/acme/')).body as { result: { uri: string }[] };
    expect(list.result.map((stack) => stack.uri)).toContain(uri);
    expect((await service.call('GET', '/instance/acme/jack/shop-web')).body).toMatchObject({ uri: instance });
    expect((await service.call('GET', '/instance/')).body).toMatchObject({ result: [{ uri: instance }] });
    const change = { body: { desired_state: 'shutdown' } };
    expect((await service.call('PUT', '/instance/acme/jack/shop-web', change)).body).toMatchObject({
      uri: instance,
    });
  });

  it('Location begins with it', async () => {
    const name = `/acme/new/s${base.length}`;
    const answer = await service.call('POST', '/orchestration/', { body: aDefinition(name) });
    expect(answer.headers.get('Location')).toBe(`${base}/orchestration${name}`);
    expect(answer.body).toMatchObject({ uri: `${base}/orchestration${name}` });
    const backup = await service.call('POST', '/backups');
    const { id } = backup.body as { id: string };
    expect(backup.headers.get('Location')).toBe(`${base}/backups/${id}`);
  });

  it('the description of the API names it as its server, and problems keep the path of the request', async () => {
    expect((await service.call('GET', '/openapi.json', { token: null })).body).toMatchObject({
      servers: [{ url: publicURL ?? '/' }],
    });
    expect((await service.call('GET', '/orchestration/a/b/c')).body).toMatchObject({
      instance: '/orchestration/a/b/c',
    });
  });
});

describe('over a socket', () => {
  let port: number;
  beforeAll(async () => {
    const listener = getRequestListener(rig.app.fetch);
    const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEndOfFile(() => {
      server.close();
      server.closeAllConnections();
    });
    ({ port } = server.address() as AddressInfo);
  });

  /** Sends the path as it is; fetch would resolve dot segments itself. */
  async function get(path: string, headers: Record<string, string>): Promise<[number, unknown]> {
    const sent = request({ port, host: '127.0.0.1', path, headers }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return [answer.statusCode ?? 0, JSON.parse(await text(answer)) as unknown];
  }

  it('dot segments of a path are resolved first, as RFC 3986 says: what is left is routed and needs its token', async () => {
    const Authorization = `Bearer ${await rig.token('runtimeOperator')}`;
    for (const path of [
      '/orchestration/acme/x/../jack/shop',
      '/docs/%2e%2e/orchestration/acme/jack/./shop',
    ]) {
      expect(await get(path, { Authorization })).toMatchObject([200, { name: '/acme/jack/shop' }]);
      expect(await get(path, {})).toMatchObject([401, {}]);
    }
  });
});

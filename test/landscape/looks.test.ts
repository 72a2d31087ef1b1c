/** Looks of a service at the outside systems when it starts. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OutsideLooks, outsideLooks } from '../../src/bin/compose/outside-looks.ts';
import { loadConfig } from '../../src/config/index.ts';
import { admin, landscape } from './support.ts';

interface Said {
  line: string;
  isUp: boolean;
}

async function lookAt(env: Record<string, string>): Promise<{ looks: OutsideLooks; said: Said[] }> {
  const said: Said[] = [];
  const looks = outsideLooks(loadConfig(env), (line, isUp) => said.push({ line, isUp }));
  await looks.look();
  return { looks, said: said.sort((a, b) => a.line.localeCompare(b.line)) };
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  server.close();
  await closed;
  return port;
}

describe('a look at the outside systems', () => {
  it('says of each that it is reachable, and what is there, without reading all of it', async () => {
    const started = await landscape({ fleetSize: 1234, requireTenant: true });
    const { looks, said } = await lookAt({
      KUBECONFIG: started.kubeconfigPath,
      GARDENER_NAMESPACE: started.namespace,
      OVERRIDES_NAMESPACE: started.overridesNamespace,
      PROVISIONER_URL: started.provisionerURL,
    });
    expect(said).toEqual([
      // Beside the fleet the project has Shoots that are left out, with their reasons.
      { line: `Gardener: reachable, 1247 Shoots in ${started.namespace}`, isUp: true },
      {
        line: expect.stringMatching(
          /^overrides: reachable, \d+ ConfigMaps and (?:at least )?1 Secret with overrides in /,
        ) as string,
        isUp: true,
      },
      { line: 'Provisioner: reachable, answers GraphQL', isUp: true },
    ]);
    expect(looks.checks()).toEqual({
      inventory: { status: 'up' },
      overrides: { status: 'up' },
      provisioner: { status: 'up' },
    });
    expect(await admin(started, 'GET', '/requests')).toMatchObject({ inventory: 1, overrides: 2 });
  });

  it('says why one is not, with what to do, and no secret', async () => {
    const started = await landscape();
    await admin(started, 'PUT', '/faults/inventory', { mode: 'unavailable', status: 403 });
    const { looks, said } = await lookAt({
      KUBECONFIG: started.kubeconfigPath,
      GARDENER_NAMESPACE: started.namespace,
      OVERRIDES_NAMESPACE: started.overridesNamespace,
      OVERRIDES_KUBECONFIG: '/nowhere/kubeconfig',
      PROVISIONER_URL: `http://127.0.0.1:${await closedPort()}/graphql`,
      PROVISIONER_TOKEN: 'very-secret-token',
    });
    expect(said.map(({ isUp }) => isUp)).toEqual([false, false, false]);
    expect(said.map(({ line }) => line)).toEqual([
      expect.stringMatching(/^Gardener: The Gardener API answered 403.*check the credentials and roles/),
      expect.stringMatching(/^overrides: OVERRIDES_KUBECONFIG must name a kubeconfig file that can be read/),
      expect.stringMatching(/^Provisioner: The Provisioner .*ECONNREFUSED/),
    ]);
    expect(JSON.stringify(said)).not.toContain('very-secret-token');
    expect(Object.values(looks.checks())).toEqual(Array(3).fill({ status: 'down' }));
  });

  it('says of a web page in place of the Provisioner that PROVISIONER_URL is wrong or gives no answer', async () => {
    const server = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const { said } = await lookAt({ PROVISIONER_URL: `http://127.0.0.1:${port}/` });
      expect(said).toEqual([
        { line: expect.stringMatching(/^Provisioner: The Provisioner /) as string, isUp: false },
      ]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('gives up on one that hangs, keeps no other waiting, and looks again for the next who asks', async () => {
    let now = 0;
    let answers = false;
    const said: string[] = [];
    const looks = new OutsideLooks({
      looks: {
        inventory: () => () =>
          answers ? Promise.resolve('3 Shoots in garden') : new Promise(() => undefined),
        provisioner: () => () => Promise.resolve('answers GraphQL'),
      },
      tell: (line) => said.push(line),
      clock: () => now,
      limitMs: 30,
    });
    const first = looks.look();
    expect(looks.checks()).toEqual({ inventory: { status: 'unknown' }, provisioner: { status: 'unknown' } });
    await first;
    expect(said).toEqual(['Provisioner: reachable, answers GraphQL', 'Gardener: no answer within 0.03 s']);
    expect(looks.checks()).toEqual({ inventory: { status: 'down' }, provisioner: { status: 'up' } });
    answers = true;
    now = 61_000;
    looks.checks();
    await expect.poll(() => looks.checks()['inventory']).toEqual({ status: 'up' });
    // Nothing unchanged is said again.
    expect(said.slice(2)).toEqual(['Gardener: reachable, 3 Shoots in garden']);
  });
});

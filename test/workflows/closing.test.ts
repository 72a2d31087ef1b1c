/** Workers end within their limit, whatever Temporal does. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { createActivities } from '../../src/activities/index.ts';
import { startWorkers } from '../../src/bin/compose/worker-process.ts';
import { atEndOfFile, servers } from '../support/environment.ts';
import { Rig } from '../support/rig.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

interface Proxy {
  address: string;
  /** From now on nothing passes, and nobody is told. */
  freeze(): void;
}

async function proxyOfEngine(): Promise<Proxy> {
  const [host = '', port] = servers().temporal.workflows.address.split(':');
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((client) => {
    const engine = connect(Number(port), host);
    for (const [socket, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (data) => isFrozen || other.write(data));
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze: () => {
      isFrozen = true;
    },
  };
}

async function startThrough({ address }: Proxy, onCutShort: () => void) {
  const rig = await Rig.start();
  return await startWorkers({
    connection: { address },
    namespace: rig.namespace,
    activities: createActivities(rig.dependencies()),
    bundle: await workflowBundle(),
    closeLimitMs: 1_500,
    onCutShort,
  });
}

it('workers whose polls Temporal does not answer any more end all the same, and tell of it', async () => {
  const cutShort = vi.fn();
  const proxy = await proxyOfEngine();
  const workers = await startThrough(proxy, cutShort);
  proxy.freeze();
  await workers.close();
  expect(cutShort).toHaveBeenCalledOnce();
});

it('workers that Temporal lets go end without a word', async () => {
  const cutShort = vi.fn();
  const workers = await startThrough(await proxyOfEngine(), cutShort);
  await workers.close();
  expect(cutShort).not.toHaveBeenCalled();
});

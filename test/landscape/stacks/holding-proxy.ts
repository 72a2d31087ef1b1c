/** An HTTP proxy between a driver and its API, at which a test holds or breaks chosen requests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { atEndOfFile } from '../../support/environment.ts';

export interface HoldingProxy {
  kubeConfig: KubeConfig;
  /** Keeps requests of a method whose path contains a text, until `release`. */
  hold(method: string, path: string): void;
  /** Cuts their connection instead, until `release`. */
  fail(method: string, path: string): void;
  /** How many are held at this moment. */
  held(): number;
  release(): void;
}

export async function holdingProxy(target: string): Promise<HoldingProxy> {
  let rule: { how: 'hold' | 'fail'; method: string; path: string } | undefined;
  let waiting: (() => void)[] = [];

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (rule?.method === method && url.includes(rule.path)) {
      if (rule.how === 'fail') {
        request.socket.destroy();
        return;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const body = Buffer.concat(chunks);
    const type = request.headers['content-type'];
    const answer = await fetch(target + url, {
      method,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      ...(body.length > 0 ? { body } : {}),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    server.closeAllConnections();
    server.close();
  });
  const kubeConfig = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  kubeConfig.loadFromClusterAndUser(
    { name: 'held', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'nobody' },
  );
  return {
    kubeConfig,
    hold: (method, path) => {
      rule = { how: 'hold', method, path };
    },
    fail: (method, path) => {
      rule = { how: 'fail', method, path };
    },
    held: () => waiting.length,
    release: () => {
      rule = undefined;
      for (const go of waiting) go();
      waiting = [];
    },
  };
}

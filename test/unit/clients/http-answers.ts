/** A tiny HTTP server for tests at the edge of a client. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { KubeConfig } from '@kubernetes/client-node';
import { atEndOfFile } from '../../support/endings.ts';

export interface ReceivedRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answer of a handler: JSON with status 200, or anything through `raw`; `never` leaves the request without an answer. */
export type Answer =
  { json: unknown; status?: number } | { raw: string; status: number } | 'never' | 'hang up';

export interface HttpAnswers {
  url: string;
  requests: ReceivedRequest[];
}

/** Answers on a free port of the loopback until the test file ends. */
export async function serve(
  handler: (request: ReceivedRequest) => Answer | Promise<Answer>,
): Promise<HttpAnswers> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const request = {
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '', 'http://127.0.0.1'),
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      send(response, await handler(request));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEndOfFile(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'never') return;
  if (answer === 'hang up') {
    response.destroy();
    return;
  }
  const type = 'json' in answer ? 'application/json' : 'text/html';
  response.writeHead(answer.status ?? 200, { 'content-type': type });
  response.end('json' in answer ? JSON.stringify(answer.json) : answer.raw);
}

/** A kubeconfig for that server, with a token. The package takes plain HTTP only where TLS is not verified. */
export function kubeConfigFor(url: string, token = 'kube-token'): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'test', server: url, skipTLSVerify: true },
    { name: 'test', token },
  );
  return kubeConfig;
}

/** An address that refuses connections. */
export const NOBODY = 'http://127.0.0.1:9';

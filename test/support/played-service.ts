/** A service that answers as a test says: for what the real one does only when it breaks. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEndOfFile } from './endings.ts';

export interface PlayedService {
  /** For the commands. */
  env: Record<string, string>;
  /** Method and target of each request, in their order. */
  asked: string[];
}

/** A request that the handler never answers hangs until the end of the file. */
export async function playService(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<PlayedService> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEndOfFile(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { env: { DRYDOCK_API: `http://127.0.0.1:${port}`, DRYDOCK_TOKEN: 'token' }, asked };
}

export function answerJSON(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The head of an answer and the beginning of its body. */
export function beginAnswer(response: ServerResponse): void {
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    .write('{"data": [');
}

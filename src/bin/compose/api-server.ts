import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Api } from '../../api/api-dependencies.ts';

export interface RunningAPI {
  /** `http://host:port`. */
  url: string;
  /** Takes no more requests, lets those under way finish for some seconds, and ends. May be called twice. */
  close(): Promise<void>;
}

const CLOSE_LIMIT_MS = 5_000;
/**
 * An idle connection stays open for so long. Whoever uses one again just as it is closed loses a request: proxies keep theirs for 60 s by default, and
 * Node would close them after five.
 */
const KEEP_ALIVE_MS = 75_000;

export interface APIServerOptions {
  app: Api;
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** Milliseconds that requests under way get at the end, default 5,000. */
  closeLimitMs?: number;
}

/** Serves the API. Rejects with one clear sentence when the port can't be had. */
export async function startAPI(options: APIServerOptions): Promise<RunningAPI> {
  const { app, port, host, closeLimitMs = CLOSE_LIMIT_MS } = options;
  const listener = getRequestListener(app.fetch);
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void listener(request, response),
  );
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(listenProblem(error, host, port), { cause: error });
  }
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    close: () => (closing ??= closeServer(server, closeLimitMs)),
  };
}

async function closeServer(server: Server, limitMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), limitMs);
  try {
    await closed;
  } finally {
    clearTimeout(limit);
  }
}

/** One sentence for an address that cannot be listened on. */
export function listenProblem(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use: end the program that holds it, or choose another port with PORT`;
    case 'EACCES':
      return `Port ${port} may not be opened by this user: choose one above 1023 with PORT`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host} to listen on`;
    default:
      return `The API can't listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Signing in by a browser on this machine: authorization code with PKCE, and a redirect to a port of its own (RFC 8252). */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { CommandError } from '../exit-codes.ts';
import { discover, reasonOf, toSignIn, type IssuerAddress } from './issuer-client.ts';
import type { SignIn } from './token-file.ts';

const HOST = '127.0.0.1';
const PATH = '/callback';

interface LoopbackOptions {
  address: IssuerAddress;
  scope: string;
  /** 0 takes a free one. */
  port: number;
  /** Shows the address at which a person signs in. */
  show: (url: string) => void;
  signal: AbortSignal;
}

export async function signInByLoopback(options: LoopbackOptions): Promise<SignIn> {
  const { address, scope, port, show, signal } = options;
  const client = await import('openid-client');
  const issuer = await discover(address);
  const server = await listen(port);
  try {
    const redirectURI = `http://${HOST}:${portOf(server)}${PATH}`;
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(issuer, {
      redirect_uri: redirectURI,
      ...{ scope, state, nonce },
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    // Nobody is sent to a browser after Ctrl-C, and a signal tells only once.
    if (signal.aborted) throw interruption();
    const returned = returnOf(server, redirectURI, state, signal);
    show(url.href);
    const { url: back, answer } = await returned;
    try {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
      const tokens = await client.authorizationCodeGrant(issuer, back, { ...checks, idTokenExpected: true });
      const signIn = toSignIn(address, tokens);
      page(answer, 200, 'Signed in', 'Go back to the terminal. This window can be closed.');
      return signIn;
    } catch (error) {
      page(answer, 400, 'Not signed in', 'The terminal says why.');
      throw new CommandError('signIn', `The issuer has not signed you in: ${reasonOf(error)}`, {
        next: 'Run `drydock login` again.',
        cause: error,
      });
    }
  } finally {
    server.close();
    server.closeIdleConnections();
  }
}

interface Returned {
  url: URL;
  answer: ServerResponse;
}

/** The first request that comes back from this login. Any page of the web may send others here: they are turned away. */
function returnOf(
  server: Server,
  redirectURI: string,
  state: string,
  signal: AbortSignal,
): Promise<Returned> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(interruption()), { once: true });
    server.on('request', (request, answer) => {
      const target = request.url ?? '/';
      const url = URL.canParse(target, redirectURI) ? new URL(target, redirectURI) : undefined;
      if (request.method !== 'GET' || url?.pathname !== PATH) {
        page(answer, 404, 'Not found', 'Nothing stands here.');
      } else if (url.searchParams.get('state') !== state) {
        page(answer, 400, 'Not signed in', 'This is not the login that the terminal has begun.');
      } else {
        resolve({ url, answer });
      }
    });
  });
}

function interruption(): CommandError {
  return new CommandError('interrupted', 'Interrupted.');
}

function page(answer: ServerResponse, status: number, title: string, text: string): void {
  answer.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  answer.end(
    `<!doctype html><html lang="en"><title>${title} – Drydock</title><h1>${title}</h1><p>${text}</p></html>\n`,
  );
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  // Browsers keep spare connections, which no request ever comes by: the command does not wait for their end.
  server.on('connection', (socket) => socket.unref());
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError('usage', `Port ${port} of this machine can't be listened on: ${reasonOf(error)}`, {
      next: 'Name another one with --port, or sign in with --device.',
      cause: error,
    });
  }
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { PAGE_HEADERS, renderLoginPage, renderProblemPage } from './login-page.ts';
import { createProvider } from './provider.ts';
import { loadSigningKey } from './signing-key.ts';

const HOST = '127.0.0.1';
const FORM_LIMIT_BYTES = 16_384;

export interface IssuerOptions {
  /** Where the signing key is kept, so that tokens outlive a restart. */
  dataDir: string;
  /** The port on 127.0.0.1; 0 takes any free one. */
  port: number;
  /** The audience of the ID tokens, which is also the `client_id` to sign in with. */
  audience: string;
  /** The client by which the API lets browsers sign in; none unless given. */
  loginClientID?: string;
  /** Where browsers reach the API; any port of this machine unless given. */
  publicURL?: string;
  /** The groups that the login page offers. */
  groups?: readonly string[];
  /** Told about failures inside the issuer; by default they are written to stderr. */
  onError?: (error: Error) => void;
}

export interface Issuer {
  /** The claim `iss`, and where `/.well-known/openid-configuration` is found. */
  issuerURL: string;
  /** Frees the port. */
  close(): Promise<void>;
}

/**
 * Starts the local issuer: discovery, JWKS, authorization code with PKCE (S256) for a public client.
 * @throws Error when the port is taken.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const signingKey = await loadSigningKey(options.dataDir);
  const server = await listen(options.port);
  const issuerURL = `http://${HOST}:${portOf(server)}`;
  try {
    const pickedGroups = new Map<string, readonly string[]>();
    const onError =
      options.onError ?? ((error: Error) => void process.stderr.write(`Issuer: ${error.message}\n`));
    const provider = await createProvider({
      issuerURL,
      audience: options.audience,
      loginClientID: options.loginClientID,
      publicURL: options.publicURL,
      signingKey,
      groupsOf: (subject) => pickedGroups.get(subject) ?? [],
      onError,
    });
    const login = { provider, groups: options.groups ?? ['runtimeAdmin', 'runtimeOperator'], pickedGroups };
    const answerProtocol = provider.callback();
    server.on('request', (request, response) => {
      const answer = request.url?.startsWith('/interaction/')
        ? answerLogin(login, request, response)
        : answerProtocol(request, response);
      answer.catch((error: unknown) => {
        onError(error instanceof Error ? error : new Error(String(error)));
        if (response.headersSent) response.destroy();
        else sendPage(response, 500, renderProblemPage('The issuer failed. Its log says why.'));
      });
    });
  } catch (error) {
    await close(server);
    throw error;
  }
  return { issuerURL, close: () => close(server) };
}

interface Login {
  provider: Provider;
  groups: readonly string[];
  pickedGroups: Map<string, readonly string[]>;
}

async function answerLogin(login: Login, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await findInteraction(login.provider, request, response);
  if (!details) {
    const hint =
      'This login has ended or belongs to another browser. Start again at the application that sent you here.';
    sendPage(response, 400, renderProblemPage(hint));
    return;
  }
  const page = {
    action: `/interaction/${details.uid}`,
    clientID: String(details.params.client_id),
    subject: typeof details.params.login_hint === 'string' ? details.params.login_hint : 'developer',
    groups: login.groups,
  };
  if (request.method === 'GET' || request.method === 'HEAD') {
    sendPage(response, 200, renderLoginPage(page));
  } else if (request.method === 'POST') {
    const form = await readForm(request);
    const subject = form?.get('subject')?.trim() ?? '';
    if (!form || subject === '' || subject.length > 200) {
      const problem = 'Give a subject of 1 to 200 characters.';
      sendPage(response, 400, renderLoginPage({ ...page, problem }));
      return;
    }
    const others = (form.get('others') ?? '').split(/\s+/).filter((group) => group !== '');
    login.pickedGroups.set(subject, [...new Set([...form.getAll('group'), ...others])]);
    await forgetEarlierLogin(login.provider, details);
    const result = { login: { accountId: subject }, consent: {} };
    await login.provider.interactionFinished(request, response, result);
  } else {
    response.setHeader('allow', 'GET, HEAD, POST');
    sendPage(response, 405, renderProblemPage('This page is read with GET and sent with POST.'));
  }
}

/** The login that the browser's cookie names, unless it has ended or the cookie is missing. */
async function findInteraction(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  const { errors } = await import('oidc-provider');
  try {
    return await provider.interactionDetails(request, response);
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  }
}

/** Somebody else in the same browser starts from nothing: the provider would first ask to end the earlier session. */
async function forgetEarlierLogin(provider: Provider, interaction: Interaction): Promise<void> {
  if (!interaction.session) return;
  const earlier = await provider.Session.findByUid(interaction.session.uid);
  await earlier?.destroy();
  delete interaction.session;
  await interaction.persist();
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The fields of a form, or nothing when it is larger than the login page's form can be. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= FORM_LIMIT_BYTES) chunks.push(chunk);
  }
  return size > FORM_LIMIT_BYTES ? undefined : new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, PAGE_HEADERS);
  response.end(html);
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`Port ${port} is taken, so the local issuer can't start. Free it or set another port.`, {
      cause: error,
    });
  }
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The local issuer has no port.');
  return address.port;
}

async function close(server: Server): Promise<void> {
  const closed = server.listening ? once(server, 'close') : undefined;
  server.close();
  server.closeAllConnections();
  await closed;
}

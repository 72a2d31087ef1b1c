/** An issuer that answers what a test tells it to: discovery, keys and the token endpoint; nobody signs in there. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { atEndOfFile } from './environment.ts';

export interface TokenRequest {
  form: URLSearchParams;
  authorization: string | undefined;
}

/** A text is sent as a page, anything else as JSON. */
export interface TokenAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface ScriptedIssuer {
  url: string;
  /** Requests for tokens, in their order. */
  requests: TokenRequest[];
  /** Added to discovery. */
  metadata: Record<string, unknown>;
  /** Answer of the token endpoint. */
  answer: (request: TokenRequest) => TokenAnswer | Promise<TokenAnswer>;
  sign(claims: JWTPayload, header?: { kid?: string; key?: CryptoKey }): Promise<string>;
}

export async function startScriptedIssuer(): Promise<ScriptedIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
  const answerOf = async (request: IncomingMessage): Promise<TokenAnswer> => {
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return { status: 200, body: { ...discovery(issuer.url), ...issuer.metadata } };
      case '/jwks':
        return { status: 200, body: jwks };
      case '/token': {
        const form = new URLSearchParams(await text(request));
        const asked = { form, authorization: request.headers.authorization };
        issuer.requests.push(asked);
        return await issuer.answer(asked);
      }
      default:
        return { status: 404, body: {} };
    }
  };
  const server = createServer((request, response) => {
    void answerOf(request).then(({ status, body, headers }) => {
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEndOfFile(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer: ScriptedIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    metadata: {},
    answer: () => ({ status: 500, body: {} }),
    sign: async (claims, { kid = 'one', key = privateKey } = {}) =>
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key),
  };
  return issuer;
}

function discovery(url: string): Record<string, unknown> {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

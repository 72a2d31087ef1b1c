import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintToken, startIssuer, type Issuer } from '../../src/dev/issuer/index.ts';
import { Browser } from '../support/browser.ts';

const AUDIENCE = 'drydock';
const CALLBACK = 'http://127.0.0.1:49152/callback';

let dataDir: string;
let running: Issuer[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'issuer-'));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((issuer) => issuer.close()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(port = 0): Promise<Issuer> {
  const issuer = await startIssuer({ dataDir, port, audience: AUDIENCE });
  running.push(issuer);
  return issuer;
}

function mint(issuerURL: string, overrides: { groups?: string[]; expiresInSeconds?: number } = {}) {
  const claims = { audience: AUDIENCE, subject: 'jane', groups: ['runtimeAdmin'], expiresInSeconds: 60 };
  return mintToken({ dataDir, issuerURL, ...claims, ...overrides });
}

async function getJSON(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
}

async function remoteKeys(issuerURL: string) {
  const discovered = await getJSON(`${issuerURL}/.well-known/openid-configuration`);
  return createRemoteJWKSet(new URL(String(discovered.jwks_uri)));
}

function authorizationURL(endpoint: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: AUDIENCE,
    redirect_uri: CALLBACK,
    scope: 'openid',
    ...parameters,
  });
  return `${endpoint}?${query.toString()}`;
}

describe('tokens', () => {
  it('A8, A9: a minted token verifies against the keys found by discovery and carries the groups', async () => {
    const { issuerURL } = await start();
    const { payload } = await jwtVerify(await mint(issuerURL), await remoteKeys(issuerURL), {
      issuer: issuerURL,
      audience: AUDIENCE,
      algorithms: ['RS256'],
    });
    expect(payload).toMatchObject({ sub: 'jane', groups: ['runtimeAdmin'] });
  });

  it('a token that was asked to be expired is refused', async () => {
    const { issuerURL } = await start();
    const token = await mint(issuerURL, { expiresInSeconds: -60 });
    await expect(jwtVerify(token, await remoteKeys(issuerURL))).rejects.toBeInstanceOf(errors.JWTExpired);
  });

  it('the issuer publishes no private part of its key', async () => {
    const { issuerURL } = await start();
    const { keys } = (await getJSON(`${issuerURL}/jwks`)) as { keys: object[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });
});

describe('the signing key', () => {
  it('is made once, by whoever comes first, and only its owner may read it', async () => {
    const tokens = await Promise.all([1, 2, 3].map(() => mint('http://127.0.0.1:1')));
    const { issuerURL } = await start();
    const keys = await remoteKeys(issuerURL);
    for (const token of tokens) await expect(jwtVerify(token, keys)).resolves.toBeDefined();
    expect((await stat(join(dataDir, 'issuer-key.json'))).mode & 0o777).toBe(0o600);
  });

  it('survives a restart', async () => {
    const first = await start();
    const token = await mint(first.issuerURL);
    const before = await getJSON(`${first.issuerURL}/jwks`);
    await first.close();
    const second = await start(Number(new URL(first.issuerURL).port));
    expect(await getJSON(`${second.issuerURL}/jwks`)).toEqual(before);
    await expect(jwtVerify(token, await remoteKeys(second.issuerURL))).resolves.toBeDefined();
  });

  it('that is damaged is refused without being quoted', async () => {
    await mint('http://127.0.0.1:1');
    const file = join(dataDir, 'issuer-key.json');
    const half = (await readFile(file, 'utf8')).slice(0, 400);
    await writeFile(file, half);
    await expect(mint('http://127.0.0.1:1')).rejects.toThrow(
      `${file} holds no usable signing key. Delete it`,
    );
  });
});

describe('signing in', () => {
  interface Attempt {
    browser?: Browser;
    scope?: string;
    prompt?: string;
    redirectURI?: string;
  }

  async function signIn(issuerURL: string, form: URLSearchParams, attempt: Attempt = {}) {
    const found = await getJSON(`${issuerURL}/.well-known/openid-configuration`);
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const browser = attempt.browser ?? new Browser();
    const asked = authorizationURL(String(found.authorization_endpoint), {
      ...(attempt.scope ? { scope: attempt.scope } : {}),
      ...(attempt.prompt ? { prompt: attempt.prompt } : {}),
      ...(attempt.redirectURI ? { redirect_uri: attempt.redirectURI } : {}),
      state: 'a-state',
      nonce: 'a-nonce',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const page = await browser.open(asked);
    expect(page.visit.status).toBe(200);
    const returned = await browser.open(page.url, { form });
    return { found, html: page.visit.body, page: page.visit, returned, verifier };
  }

  type SignedIn = Pick<Awaited<ReturnType<typeof signIn>>, 'found' | 'returned' | 'verifier'>;

  /** Redeems the code and verifies the ID token. */
  async function claimsOf(issuerURL: string, { found, returned, verifier }: SignedIn) {
    const exchange = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: AUDIENCE,
      redirect_uri: CALLBACK,
      code: new URL(returned.url).searchParams.get('code') ?? '',
      code_verifier: verifier,
    });
    const answer = await fetch(String(found.token_endpoint), { method: 'POST', body: exchange });
    const { id_token: token } = (await answer.json()) as { id_token: string };
    const keys = createLocalJWKSet((await getJSON(String(found.jwks_uri))) as { keys: [] });
    return (await jwtVerify(token, keys, { issuer: issuerURL, audience: AUDIENCE })).payload;
  }

  it('A8, A9: authorization code with PKCE gives an ID token with the subject and groups that were picked', async () => {
    const { issuerURL } = await start();
    const form = new URLSearchParams({ subject: 'joe', group: 'runtimeOperator', others: 'one  two' });
    const { found, html, page, returned, verifier } = await signIn(issuerURL, form);
    expect(html).toContain('runtimeAdmin');
    expect(html).not.toMatch(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");

    const back = new URL(returned.url);
    expect(`${back.origin}${back.pathname}`).toBe(CALLBACK);
    expect(back.searchParams.get('state')).toBe('a-state');
    const payload = await claimsOf(issuerURL, { found, returned, verifier });
    expect(payload).toMatchObject({
      sub: 'joe',
      nonce: 'a-nonce',
      groups: ['runtimeOperator', 'one', 'two'],
    });
  });

  it('in the same browser one may be somebody else the next time', async () => {
    const { issuerURL } = await start();
    const browser = new Browser();
    const first = new URLSearchParams({ subject: 'joe', group: 'runtimeOperator' });
    await signIn(issuerURL, first, { browser });
    const second = new URLSearchParams({ subject: 'ann', group: 'runtimeAdmin' });
    const signedIn = await signIn(issuerURL, second, {
      browser,
      scope: 'openid groups email',
      prompt: 'consent',
    });
    expect(await claimsOf(issuerURL, signedIn)).toMatchObject({ sub: 'ann', groups: ['runtimeAdmin'] });
  });

  interface Tokens {
    id_token: string;
    refresh_token?: string;
  }

  /** As Go's OAuth 2 library does it: the client's ID by HTTP Basic first, and in the form when that is refused. */
  async function redeem(tokenEndpoint: string, form: Record<string, string>): Promise<Tokens> {
    const basic = Buffer.from(`${AUDIENCE}:`).toString('base64');
    const first = await fetch(tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
    const body = new URLSearchParams({ ...form, client_id: AUDIENCE });
    const answer = first.ok ? first : await fetch(tokenEndpoint, { method: 'POST', body });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Tokens;
  }

  it.each([
    ['http://localhost:8000', 'email openid', undefined],
    ['http://localhost:18000', 'email offline_access openid', undefined],
    ['http://127.0.0.1:8000', 'openid groups email offline_access', 'consent'],
    ['http://localhost:41237', 'openid', 'login'],
    ['http://localhost:8000/', 'openid profile', undefined],
  ])(
    'kubelogin and kcp sign in with %s, the scopes "%s" and the prompt %s, and refresh',
    async (redirectURI, scope, prompt) => {
      const { issuerURL } = await start();
      const form = new URLSearchParams({ subject: 'joe', group: 'runtimeOperator' });
      const { found, returned, verifier } = await signIn(issuerURL, form, { redirectURI, scope, prompt });
      const back = new URL(returned.url);
      expect(back.origin).toBe(new URL(redirectURI).origin);
      expect(back.pathname).toBe('/');
      const tokens = await redeem(String(found.token_endpoint), {
        grant_type: 'authorization_code',
        redirect_uri: redirectURI,
        code: back.searchParams.get('code') ?? '',
        code_verifier: verifier,
      });
      const keys = createLocalJWKSet((await getJSON(String(found.jwks_uri))) as { keys: [] });
      const expected = { issuer: issuerURL, audience: AUDIENCE };
      const { payload } = await jwtVerify(tokens.id_token, keys, expected);
      expect(payload).toMatchObject({ sub: 'joe', nonce: 'a-nonce', groups: ['runtimeOperator'] });

      const renewed = await redeem(String(found.token_endpoint), {
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
      });
      const again = await jwtVerify(renewed.id_token, keys, expected);
      expect(again.payload).toMatchObject({ sub: 'joe', groups: ['runtimeOperator'] });
    },
  );

  it('names the scopes that such clients ask for', async () => {
    const { issuerURL } = await start();
    const found = await getJSON(`${issuerURL}/.well-known/openid-configuration`);
    expect(found.scopes_supported).toEqual(
      expect.arrayContaining(['openid', 'groups', 'email', 'offline_access']),
    );
    expect(found.code_challenge_methods_supported).toEqual(['S256']);
  });

  it('a code is worth nothing to who does not know the verifier', async () => {
    const { issuerURL } = await start();
    const { found, returned } = await signIn(issuerURL, new URLSearchParams({ subject: 'joe' }));
    const exchange = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: AUDIENCE,
      redirect_uri: CALLBACK,
      code: new URL(returned.url).searchParams.get('code') ?? '',
      code_verifier: randomBytes(32).toString('base64url'),
    });
    const answer = await fetch(String(found.token_endpoint), { method: 'POST', body: exchange });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('an empty subject shows the form again', async () => {
    const { issuerURL } = await start();
    const { returned } = await signIn(issuerURL, new URLSearchParams({ subject: ' ' }));
    expect(returned.visit.status).toBe(400);
    expect(returned.visit.body).toContain('Give a subject');
  });

  it('without PKCE it goes back with an error', async () => {
    const { issuerURL } = await start();
    const { url } = await new Browser().open(authorizationURL(`${issuerURL}/auth`, {}));
    expect(new URL(url).searchParams.get('error')).toBe('invalid_request');
  });

  it('never returns to another machine', async () => {
    const { issuerURL } = await start();
    const asked = authorizationURL(`${issuerURL}/auth`, { redirect_uri: 'http://example.com/callback' });
    const { visit } = await new Browser().open(asked);
    expect(visit.status).toBe(400);
    expect(visit.body).toContain('Start again at the application');
  });

  it('without its cookie says where to start again', async () => {
    const { issuerURL } = await start();
    const answer = await fetch(`${issuerURL}/interaction/unknown`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Start again at the application');
  });

  it('what the browser sends is shown as text, never as markup', async () => {
    const { issuerURL } = await start();
    const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
    const asked = authorizationURL(`${issuerURL}/auth`, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
      login_hint: '"><script>alert(1)</script>',
    });
    const { visit } = await new Browser().open(asked);
    expect(visit.body).not.toContain('<script');
  });
});

describe('starting', () => {
  it('listens on loopback, writes nothing to the console and frees its port', async () => {
    const spies = (['warn', 'info', 'log', 'error'] as const).map((name) => vi.spyOn(console, name));
    try {
      const issuer = await start();
      expect(new URL(issuer.issuerURL).hostname).toBe('127.0.0.1');
      await issuer.close();
      await expect(fetch(`${issuer.issuerURL}/jwks`)).rejects.toThrow();
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('on a port that is taken says so', async () => {
    const { issuerURL } = await start();
    const { port } = new URL(issuerURL);
    await expect(start(Number(port))).rejects.toThrow(`Port ${port} is taken`);
  });
});

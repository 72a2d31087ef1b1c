import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { OBJECT_ROOTS } from '../../src/api/routes/stacks/objects/object.ts';
import { loadSigningKey } from '../../src/dev/issuer/signing-key.ts';
import { atEndOfFile } from '../support/environment.ts';
import { ApiRig, AUDIENCE, SUBJECT, UNKNOWN_ID } from './api-rig.ts';

const READS = [
  '/orchestrations',
  `/orchestrations/${UNKNOWN_ID}`,
  `/orchestrations/${UNKNOWN_ID}/operations`,
  `/orchestrations/${UNKNOWN_ID}/operations/${UNKNOWN_ID}`,
  `/orchestrations/${UNKNOWN_ID}/events`,
  ...Object.values(OBJECT_ROOTS).map((root) => `${root}/a/b/unknown`),
  '/orchestration/a/b/unknown',
  '/orchestration/a/b/unknown/events',
  `/backups/${UNKNOWN_ID}`,
].map((path) => ({ method: 'GET', path }));
/** These have an answer when nothing is there. */
const LISTS = [
  ...['/orchestration', '/instance', '/storage/volume', '/vnet'].flatMap((root) =>
    ['', '/', '/a', '/a/', '/a/b', '/a/b/'].map((folder) => `${root}${folder}`),
  ),
  '/orchestration-templates',
  '/backups',
  '/maintenance-policy',
  '/maintenance-policy/versions',
].map((path) => ({ method: 'GET', path }));
/** Changes nothing, although it has a body. */
const PREVIEW = { method: 'POST', path: '/maintenance-policy/preview' };
const WRITES = [
  { method: 'POST', path: '/upgrade/kyma' },
  { method: 'POST', path: '/upgrade/cluster' },
  { method: 'PUT', path: `/orchestrations/${UNKNOWN_ID}/cancel` },
  { method: 'POST', path: `/orchestrations/${UNKNOWN_ID}/retry` },
  { method: 'POST', path: '/orchestration/' },
  { method: 'PUT', path: '/orchestration/a/b/unknown' },
  { method: 'DELETE', path: '/orchestration/a/b/unknown' },
  { method: 'PUT', path: '/instance/a/b/unknown' },
  { method: 'PUT', path: '/instance/a/b/unknown/1' },
  { method: 'POST', path: '/backups' },
  { method: 'DELETE', path: `/backups/${UNKNOWN_ID}` },
  { method: 'POST', path: `/backups/${UNKNOWN_ID}/restore` },
  { method: 'PUT', path: '/maintenance-policy' },
];
const ROUTES = [...READS, ...LISTS, PREVIEW, ...WRITES];

let rig: ApiRig;
/** Signs with the real key of the issuer unless told otherwise. */
let sign: (claims: JWTPayload, options?: { key?: CryptoKey; kid?: string }) => Promise<string>;
let tokens: Record<string, string>;

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

beforeAll(async () => {
  rig = await ApiRig.start();
  const jwk = await loadSigningKey(rig.issuerDataDir);
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const claims = {
    iss: rig.issuerURL,
    aud: AUDIENCE,
    sub: SUBJECT,
    groups: ['runtimeAdmin'],
    iat: inSeconds(0),
    exp: inSeconds(600),
  };
  sign = async (changes, { key, kid } = {}) =>
    await new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: 'RS256', kid: kid ?? jwk.kid })
      .sign(key ?? { ...jwk });
  const stranger = await generateKeyPair('RS256');
  tokens = {
    'no token at all': '',
    'something that is no JWT': 'no-jwt',
    'a JWT cut short': (await sign({})).slice(0, -20),
    'an expired token': await sign({ exp: inSeconds(-60) }),
    'a token without expiry': await sign({ exp: undefined }),
    'a token from the future': await sign({ nbf: inSeconds(600) }),
    'a token of another issuer': await sign({ iss: 'https://issuer.example' }),
    'a token for another audience': await sign({ aud: 'somebody-else' }),
    'a token without subject': await sign({ sub: undefined }),
    'a token whose subject cannot be stored': await sign({ sub: 'a\0' }),
    'a token whose subject is half a character': await sign({ sub: 'a\ud800' }),
    'a token whose subject is too long': await sign({ sub: 'a'.repeat(256) }),
    'a token whose subject is too long in bytes': await sign({ sub: '\u20ac'.repeat(86) }),
    'a token without groups': await sign({ groups: undefined }),
    'a token whose groups are one text': await sign({ groups: 'runtimeAdmin' }),
    'a token whose groups are not texts': await sign({ groups: [1, 'runtimeAdmin'] }),
    'an unsigned token (alg none)': new UnsecuredJWT(claims).encode(),
    'HS256 with the public key as secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: jwk.kid })
      .sign(publicKey.export({ format: 'der', type: 'spki' })),
    'a key that is not in the key set': await sign({}, { key: stranger.privateKey, kid: 'stranger' }),
    'a strange key under the kid of a known one': await sign({}, { key: stranger.privateKey }),
  };
});

describe.each(ROUTES)('A8 A12: $method $path', ({ method, path }) => {
  it('asks for a token', async () => {
    const answer = await rig.call(method, path, { token: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="drydock"');
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status: 401, title: 'A valid token is needed', instance: path });
  });

  it('A9: refuses every token that is not in order, before it looks at anything else', async () => {
    for (const [what, token] of Object.entries(tokens).filter(([, text]) => text !== '')) {
      const answer = await rig.call(method, path, method === 'GET' ? { token } : { token, body: '{' });
      expect({ what, status: answer.status }).toEqual({ what, status: 401 });
      expect(answer.headers.get('WWW-Authenticate')).toMatch(
        /^Bearer realm="drydock", error="invalid_token"/,
      );
      expect(JSON.stringify(answer.body)).not.toContain(token);
    }
  });

  it('A10 A11: refuses a valid token of another group', async () => {
    for (const groups of [[], ['developers'], ['runtimeadmin']]) {
      const answer = await rig.call(method, path, { token: await rig.token(...groups) });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('WWW-Authenticate')).toContain('insufficient_scope');
    }
  });
});

it.each(WRITES)('A10: $method $path is not for operators', async ({ method, path }) => {
  const answer = await rig.call(method, path, { token: 'operator', body: { targets: {} } });
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ detail: expect.stringContaining('admin group') as string });
});

it.each([...READS, ...LISTS])('A11: $method $path is for operators and admins', async ({ method, path }) => {
  for (const role of ['operator', 'admin']) {
    const { status } = await rig.call(method, path, { token: role });
    const isList = path === '/orchestrations' || LISTS.some((list) => list.path === path);
    expect(status).toBe(isList ? 200 : 404);
  }
});

it('A11: the preview of a maintenance policy is for operators and admins', async () => {
  for (const role of ['operator', 'admin']) {
    // Nothing of the fleet is known here.
    const { status } = await rig.call(PREVIEW.method, PREVIEW.path, { token: role, body: {} });
    expect(status).toBe(404);
  }
});

it.each([
  ['an expired token', 'The token has expired; get a new one'],
  ['a token of another issuer', 'The token comes from another issuer'],
  ['a token for another audience', 'The token is meant for another audience'],
  ['a token from the future', 'The token is not valid yet'],
  ['a token without groups', 'The token needs the claim groups, a list of group names'],
  ['an unsigned token (alg none)', 'The token is not signed by an accepted algorithm'],
  ['HS256 with the public key as secret', 'The token is not signed by an accepted algorithm'],
  ['a key that is not in the key set', 'The token is not signed by a key of the issuer'],
  ['a strange key under the kid of a known one', 'The signature of the token is wrong'],
])('says of %s: %s', async (what, detail) => {
  const answer = await rig.call('GET', '/orchestrations', { token: tokens[what] });
  expect(answer.body).toMatchObject({ status: 401, detail });
});

it('A9: the groups may stand in another claim, and the groups may have other names', async () => {
  const { authentication } = rig.deps;
  const other = rig.with({
    authentication: { ...authentication, groupsClaim: 'https://example.org/roles', adminGroup: 'boss' },
  });
  const token = await sign({ groups: undefined, 'https://example.org/roles': ['boss'] });
  expect((await other.call('GET', '/orchestrations', { token })).status).toBe(200);
  expect((await other.call('GET', '/orchestrations')).status).toBe(401);
});

it('takes the scheme in any case, and a token among several audiences', async () => {
  const token = await sign({ aud: ['other', AUDIENCE] });
  const answer = await rig.call('GET', '/orchestrations', {
    token: null,
    headers: { Authorization: `bearer ${token}` },
  });
  expect(answer.status).toBe(200);
});

it('answers 503, not 401, while the issuer is away', async () => {
  const { authentication } = rig.deps;
  const lost = rig.with({ authentication: { ...authentication, issuer: 'http://127.0.0.1:1' } });
  const answer = await lost.call('GET', '/orchestrations');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
  expect(answer.body).toMatchObject({ type: 'urn:drydock:problem:issuer-unavailable' });
});

it('answers 503 while the issuer answers discovery but not its keys, and follows rotated keys', async () => {
  const issuer = await startRotatingIssuer();
  const { authentication } = rig.deps;
  const other = rig.with({ authentication: { ...authentication, issuer: issuer.url, keyCooldownMs: 0 } });
  const call = async (token: string): Promise<number> =>
    (await other.call('GET', '/orchestrations', { token })).status;
  issuer.keysAway = true;
  const first = await issuer.rotate();
  expect(await call(first)).toBe(503);
  issuer.keysAway = false;
  expect(await call(first)).toBe(200);
  const second = await issuer.rotate();
  expect(await call(second)).toBe(200);
  expect(await call(first)).toBe(401);
});

interface RotatingIssuer {
  url: string;
  keysAway: boolean;
  /** Replaces the only key; answers a token signed by the new one. */
  rotate(): Promise<string>;
}

async function startRotatingIssuer(): Promise<RotatingIssuer> {
  let keys: unknown[] = [];
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    const wantsKeys = request.url === '/keys';
    response.statusCode = wantsKeys && issuer.keysAway ? 500 : 200;
    response.end(
      JSON.stringify(wantsKeys ? { keys } : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  let number = 0;
  const issuer: RotatingIssuer = {
    url: `http://127.0.0.1:${address.port}`,
    keysAway: false,
    rotate: async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const kid = `key-${(number += 1)}`;
      keys = [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }];
      return await new SignJWT({ groups: ['runtimeOperator'] })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(issuer.url)
        .setAudience(AUDIENCE)
        .setSubject(SUBJECT)
        .setExpirationTime('10m')
        .sign(privateKey);
    },
  };
  return issuer;
}
